"""Clients that create sessions at the same moment, each through the real handler."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any

from local.aws.deployment import from_template
from local.aws.runtime import Runtime
from local.gateway.invocation import Invocation
from local.gateway.messages import HttpRequest
from local.stack.seed import Credentials
from tests.support.scenario import basic, parties

PROCESSES = 4
AT_ONCE = 20


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


class Creator:
    """The create function in this process, as one Lambda environment or several share it."""

    def __init__(self, credentials: Credentials) -> None:
        deployment = from_template()
        self._runtime = Runtime(deployment)
        self._gateway = deployment.gateway()
        self._credentials = credentials

    def create(self, wanted: Wanted) -> Created:
        known = self._credentials
        body = parties(wanted.first, wanted.second) | {"virtual_number_strategy": wanted.strategy}
        request = HttpRequest(
            "POST",
            f"/v1/Account/{known.auth_id}/Masking/Session/",
            [*basic(known.auth_id, known.auth_token).items()],
            json.dumps(body).encode(),
        )
        invocation = self._gateway.invocation(request)
        assert isinstance(invocation, Invocation)
        answer = self._runtime.invoke(invocation.function, invocation.event)
        return _created(wanted, answer)


def _created(wanted: Wanted, answer: Any) -> Created:
    content = json.loads(answer["body"])
    if answer["statusCode"] != 201:
        return Created(wanted, answer["statusCode"])
    session = content["session"]
    numbers = [
        session.get(f"{role}_party_virtual_number") or session["virtual_number"]
        for role in ("first", "second")
    ]
    return Created(wanted, 201, (numbers[0], numbers[1]))


def in_threads(credentials: Credentials, wanted: Sequence[Wanted]) -> list[Created]:
    """All sessions, by so many clients at once, in one process."""
    return _all_at_once(Creator(credentials).create, wanted, clients=AT_ONCE)


def _all_at_once(
    create: Callable[[Wanted], Created], wanted: Sequence[Wanted], *, clients: int
) -> list[Created]:
    with ThreadPoolExecutor(max_workers=clients) as executor:
        return list(executor.map(create, wanted))


def in_processes(credentials: Credentials, wanted: Sequence[Wanted]) -> list[Created]:
    """Create by as many clients in other processes, which share nothing but the table."""
    context = get_context("spawn")
    start = context.Barrier(PROCESSES)
    with ProcessPoolExecutor(
        PROCESSES, mp_context=context, initializer=_prepare, initargs=(credentials, start)
    ) as executor:
        shares = [wanted[number::PROCESSES] for number in range(PROCESSES)]
        return list(chain.from_iterable(executor.map(_create_share, shares)))


# A child's own, from `_prepare` on.
_child: dict[str, Any] = {}


def _prepare(credentials: Credentials, start: Barrier) -> None:
    _child["creator"] = Creator(credentials)
    _child["start"] = start


def _create_share(wanted: Sequence[Wanted]) -> list[Created]:
    _child["start"].wait()
    return _all_at_once(_child["creator"].create, wanted, clients=AT_ONCE // PROCESSES)
