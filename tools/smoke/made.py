"""The items that a run makes, their places in the table, and their removal.

What others may rely on stays: entries of the audit trail, and log lines.
"""

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

from local.phone.carrier_call import CarrierCall
from maskline.carriers import DEFAULT
from maskline.domain.phone_numbers import E164
from maskline.domain.pins.guessing import day_of
from maskline.domain.sessions.filter import SessionFilter
from maskline.services.limits import guess_limits
from maskline.store import keys, table
from maskline.store.keys import Key
from maskline.store.lists import walk
from maskline.store.lists.index import Search
from tools.operator.new_account import draw_id, draw_token
from tools.planning.stored_history import use_table

Place = tuple[str, str]
"""Partition and sort key of an item."""

# Ranges of numbers for fiction, of which the local stack's own pool has 0110 to 0119, 0170 to 0175.
_PEOPLE = range(100, 110)
_NUMBERS = (*range(120, 170), *range(176, 200))
_FICTION = "+12025550{:03d}"
_NO_LIMITS = ("creates_per_minute", "calls_per_session", "calls_per_caller_per_hour")
# The stack's clock and that of this machine differ, and the local one tells whole seconds only.
_SKEW_MS = 300_000
# A sweep or a webhook may write something once more while it is removed.
_ROUNDS = 3


@dataclass
class Made:
    """`people` are two parties and a stranger. What was never made is removed all the same."""

    people: tuple[E164, ...]
    numbers: tuple[E164, ...]
    account_id: str = field(default_factory=lambda: draw_id("MA"))
    account_token: str = field(default_factory=draw_token)
    carrier_id: str = field(default_factory=lambda: draw_id("MA"))
    carrier_token: str = field(default_factory=draw_token)
    began_at: int = 0
    sessions: list[str] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)
    calls: list[CarrierCall] = field(default_factory=list)

    @classmethod
    def drawn(cls, *, numbers: int) -> "Made":
        """An account, a carrier, three people and so many numbers, as long as there are any."""
        people, pool = [*_PEOPLE], [*_NUMBERS]
        secrets.SystemRandom().shuffle(people)
        secrets.SystemRandom().shuffle(pool)
        return cls(
            tuple(E164(_FICTION.format(one)) for one in people[:3]),
            tuple(E164(_FICTION.format(one)) for one in pool[:numbers]),
        )

    def order(self) -> dict[str, Any]:
        """The order to provision; the deployment's own limits are not what is tried."""
        limits = {"destination_countries": ["US"], **dict.fromkeys(_NO_LIMITS, 0)}
        account = {"auth_id": self.account_id, "auth_tokens": [self.account_token]}
        secrets = {"auth_token": [self.carrier_token]}
        return {
            "account": {**account, "limits": limits},
            "carriers": [{"carrier": DEFAULT, "auth_id": self.carrier_id, "secrets": secrets}],
        }

    def remove(self, now: int) -> int:
        """Delete all of it; how many items are still there. `now` is by the stack's clock."""
        found = self._stored(now)
        for _ in range(_ROUNDS):
            _delete(found)
            found = self._stored(now)
            if not found:
                break
        return len(found)

    def _stored(self, now: int) -> set[Place]:
        # Those too whose create was never answered.
        wanted = SessionFilter(self.began_at - _SKEW_MS, now + _SKEW_MS)
        listed = Search(self.account_id, wanted, now)
        created = [position.session_uuid for position in walk.everything(listed)]
        sessions = {*self.sessions, *created}
        exact = [*self._keys(now), *self._traces(sessions)]
        in_partitions = (place for one in self._partitions(sessions) for place in _places(one))
        return {*table.batch_get(exact), *in_partitions}

    def _partitions(self, sessions: Iterable[str]) -> Iterator[str]:
        yield keys.account(self.account_id)["PK"]
        for session_uuid in sessions:
            yield keys.session(session_uuid)["PK"]
        for call in self.calls:
            yield keys.pin_call_partition(call.call_uuid)
            for call_uuid in (call.call_uuid, *(leg.uuid for leg in call.legs)):
                yield keys.call_partition(call_uuid)

    def _traces(self, sessions: Iterable[str]) -> Iterator[Key]:
        """That sessions know somebody who is none of their parties."""
        for person in self.people:
            listed = keys.party_list(self.account_id, person)
            yield from (keys.outsider(listed, session_uuid) for session_uuid in sessions)

    def _keys(self, now: int) -> Iterator[Key]:
        yield keys.carrier(DEFAULT, self.account_id)
        yield keys.token(self.account_token)
        yield keys.token(self.carrier_token)
        limits = guess_limits()
        since, until = self.began_at - _SKEW_MS, now + _SKEW_MS
        windows = range(limits.window(since), limits.window(until) + 1)
        days = range(day_of(since), day_of(until) + 1)
        for number in self.numbers:
            yield keys.number(number)
            yield from (keys.route(person, number) for person in self.people)
            yield from (keys.pin_route(number, pin) for pin in self.pins)
            yield from (keys.number_day(number, day) for day in days)
        for person in self.people:
            for window in windows:
                yield keys.caller_guesses(self.account_id, person, window)


def open_table(environment: Mapping[str, str], parameters: Mapping[str, str]) -> None:
    """Let this process read the stack's table, with the operator's credentials."""
    os.environ.update(environment)
    use_table(environment["TABLE_NAME"], parameters)


def failed_requests(session_uuid: str) -> int:
    """Count the callbacks of a session that were refused, or not answered, at least once."""
    places = _places(keys.session(session_uuid)["PK"])
    return sum(sk.startswith(keys.attempts("", "")["SK"]) for _, sk in places)


def is_timeout_pending(session_uuid: str) -> bool:
    """True until the minute's sweep has told that the session's time is over."""
    return "expiry_shard" in (table.get(keys.session(session_uuid)) or {})


def _places(partition: str) -> Iterator[Place]:
    for record in table.query("PK = :pk", {":pk": partition}, ProjectionExpression="PK, SK"):
        yield record["PK"], record["SK"]


def _delete(places: Iterable[Place]) -> None:
    deployed = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
    with deployed.batch_writer() as batch:
        for pk, sk in places:
            batch.delete_item(Key={"PK": pk, "SK": sk})
