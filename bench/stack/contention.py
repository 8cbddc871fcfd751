"""No false refusals: many clients create at once, through the real handler, on the real engine."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from bench.report import Section, Table
from local.aws.engine import Engine
from local.aws.runtime import Runtime
from local.gateway.invocation import Invocation
from local.gateway.messages import HttpRequest
from local.stack.seed import Credentials
from maskline.store import table
from maskline.store.table import ConflictError
from tests.support.in_process import Service
from tests.support.observation import recorded_api_calls
from tests.support.scenario import Scenario, basic, parties

AT_ONCE = 20
PAIRS = 400
POOLS = (1, 5, 20)
# What an open-source masking service refused of the same 400 (the figures of the task).
_OTHERS_REFUSED = {1: "379", 5: "247", 20: "0"}
# How long a transaction keeps its items to itself where overlapping ones conflict.
_HELD_SECONDS = 0.01

_HEADINGS = (
    "Creates",
    "Pool",
    "Asked",
    "Made",
    "Refused",
    "Crossed",
    "Transactions a session",
    "Open-source service refused",
)
_NOTE = f"""\
{AT_ONCE} clients at once, each with its next create as soon as the last is answered. *Crossed*: \
sessions in which a person has a number that another live session of theirs has. The engine takes \
transactions one after the other; *with conflicts* refuses one whose items another holds, as \
DynamoDB does, and holds them for {_HELD_SECONDS * 1000:g} ms."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A session between two people, with the number of the first party under `strategy`."""

    first: str
    second: str
    strategy: str = "shared"


@dataclass(frozen=True, slots=True)
class Created:
    """The answer: `numbers` are those that the first and the second party dial."""

    wanted: Wanted
    status: int
    numbers: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Run:
    """The results of the creates that were asked for."""

    name: str
    pool: int
    created: Sequence[Created]
    transactions: int

    @property
    def made(self) -> list[Created]:
        return [one for one in self.created if one.status == 201]

    @property
    def refused(self) -> int:
        return len(self.created) - len(self.made)

    @property
    def crossed(self) -> int:
        uses = Counter(
            pair
            for one in self.made
            for pair in zip((one.wanted.first, one.wanted.second), one.numbers, strict=True)
        )
        return sum(count - 1 for count in uses.values())

    @property
    def is_right(self) -> bool:
        return self.refused == self.crossed == 0

    def line(self) -> tuple[object, ...]:
        per_session = f"{self.transactions / len(self.created):.2f}"
        others = _OTHERS_REFUSED[self.pool] if self.name == _STRANGERS else "-"
        counts = (len(self.created), len(self.made), self.refused, self.crossed)
        return (self.name, self.pool, *counts, per_session, others)


_STRANGERS = "disjoint pairs"
_ONE_PERSON = "one person in all of them"


def measure() -> Section:
    with Engine() as engine:
        runs = list(_runs(engine))
    lines = [run.line() for run in runs]
    return Section(
        "No false refusals", [_NOTE, Table(_HEADINGS, lines)], all(run.is_right for run in runs)
    )


def _runs(engine: Engine) -> Iterator[Run]:
    for pool in POOLS:
        yield strangers(engine, pool, PAIRS)
    for strategy in ("shared", "per_party"):
        yield one_person(engine, strategy)
        yield one_person(engine, strategy, has_conflicts=True)


def strangers(engine: Engine, pool: int, pairs: int) -> Run:
    """Disjoint pairs: none has anything to do with another."""
    with _opened(engine, pool) as credentials, recorded_api_calls() as calls:
        created = _all_at_once(engine, credentials, disjoint(pairs))
    return Run(_STRANGERS, pool, created, _transactions(calls))


def one_person(engine: Engine, strategy: str, *, has_conflicts: bool = False) -> Run:
    """One person joins as many sessions at once as there are numbers."""
    wanted = [Wanted(_person(0), _person(1 + index), strategy) for index in range(AT_ONCE)]
    conflicts = overlapping_transactions_conflict() if has_conflicts else nullcontext()
    with _opened(engine, AT_ONCE) as credentials, conflicts, recorded_api_calls() as calls:
        created = _all_at_once(engine, credentials, wanted)
    name = f"{_ONE_PERSON}, {strategy}{', with conflicts' if has_conflicts else ''}"
    return Run(name, AT_ONCE, created, _transactions(calls))


def disjoint(pairs: int) -> list[Wanted]:
    return [Wanted(_person(2 * index), _person(2 * index + 1)) for index in range(pairs)]


def _person(index: int) -> str:
    """One of the thousand numbers that Ofcom keeps for drama."""
    return f"+447700900{index:03d}"


def _all_at_once(
    engine: Engine, credentials: Credentials, wanted: Sequence[Wanted]
) -> list[Created]:
    """Create all sessions, by AT_ONCE clients, through the real handler."""
    runtime, gateway = Runtime(engine.deployment), engine.deployment.gateway()
    path = f"/v1/Account/{credentials.auth_id}/Masking/Session/"
    headers = [*basic(credentials.auth_id, credentials.auth_token).items()]

    def create(one: Wanted) -> Created:
        body = parties(one.first, one.second) | {"virtual_number_strategy": one.strategy}
        request = HttpRequest("POST", path, headers, json.dumps(body).encode())
        invocation = gateway.invocation(request)
        assert isinstance(invocation, Invocation)
        return _created(one, runtime.invoke(invocation.function, invocation.event))

    with ThreadPoolExecutor(max_workers=AT_ONCE) as executor:
        return list(executor.map(create, wanted))


def _created(wanted: Wanted, answer: Any) -> Created:
    if answer["statusCode"] != 201:
        return Created(wanted, answer["statusCode"])
    session = json.loads(answer["body"])["session"]
    first, second = (
        session.get(f"{role}_party_virtual_number") or session["virtual_number"]
        for role in ("first", "second")
    )
    return Created(wanted, 201, (first, second))


def _transactions(calls: Sequence[Any]) -> int:
    return sum(call.operation == "TransactWriteItems" for call in calls)


@contextmanager
def _opened(engine: Engine, pool: int) -> Iterator[Credentials]:
    """An account with so many numbers in an otherwise empty table."""
    engine.reset()
    with Service(engine) as service:
        scenario = Scenario(service)
        scenario.provision()
        numbers = ",".join(f"+442079460{index:03d}" for index in range(pool))
        scenario.api("POST", "Number/", {"numbers": numbers}, expected=202)
        yield service.credentials


@contextmanager
def overlapping_transactions_conflict() -> Iterator[None]:
    """Refuse a transaction on an item while an earlier one on it lasts."""
    held: set[table.Place] = set()
    lock = threading.Lock()
    transact = table.transact

    def transact_alone(actions: list[table.Item]) -> None:
        wanted = [_place(action) for action in actions]
        with lock:
            conflicts = [place for place in wanted if place in held]
            if conflicts:
                raise ConflictError("another transaction holds an item", conflicts)
            held.update(wanted)
        try:
            time.sleep(_HELD_SECONDS)
            transact(actions)
        finally:
            with lock:
                held.difference_update(wanted)

    with patch.object(table, "transact", transact_alone):
        yield


def _place(action: table.Item) -> table.Place:
    [write] = action.values()
    item = write.get("Key") or write["Item"]
    return item["PK"]["S"], item["SK"]["S"]
