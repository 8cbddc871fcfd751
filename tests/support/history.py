"""What the table was at every moment, from its own stream: the judge of concurrent requests.

Requests leave a mark in the table when they start and when they end, so that the stream puts them
in one order with all writes, and no clock has to be believed.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from maskline import clock
from maskline.domain.phone_numbers import E164
from maskline.store import keys
from tests.support.service import Record, Service

T = TypeVar("T")
Pair = tuple[str, str]


class Marks:
    """Marks requests in the table. Its items are none that the service knows."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._names = count()

    def around(self, action: Callable[[], T]) -> tuple[str, T]:
        """The action's mark and result."""
        name = f"request {next(self._names)}"
        self._put(name, "start")
        result = action()
        self._put(name, "end")
        return name, result

    def _put(self, name: str, moment: str) -> None:
        self._service.engine.client("dynamodb").put_item(
            TableName=self._service.engine.table_name,
            Item={"PK": {"S": name}, "SK": {"S": moment}, "item": {"S": "mark"}},
        )


@dataclass
class Moment:
    """The table after one write. `taken` maps each pair of a live session to that session."""

    taken: dict[Pair, str] = field(default_factory=dict)
    open_requests: set[str] = field(default_factory=set)

    def numbers_of(self, party_key: str) -> set[str]:
        return {number for party, number in self.taken if party == party_key}


class AmbiguousPairError(AssertionError):
    """Two live sessions had the same (party, number) pair at one moment (I1)."""


def moments(service: Service) -> Iterator[Moment]:
    """One after each write of a session or a mark; the same object, changed.

    Of the writes only those of session items count: they say what was claimed and until when.
    """
    now = clock.now_ms()
    moment = Moment()
    for change in service.stream():
        record = change["after"] or change["before"] or {}
        if record["item"] == "session":
            _apply_session(moment, record, is_live=record["expires_at"] > now)
            yield moment
        elif record["item"] == "mark":
            _apply_mark(moment, record)
            yield moment


def _apply_session(moment: Moment, record: Record, *, is_live: bool) -> None:
    session: str = record["session_uuid"]
    for pair in pairs_of(record):
        holder = moment.taken.get(pair, session)
        if is_live and holder != session:
            raise AmbiguousPairError(f"{holder} and {session}")
        if is_live:
            moment.taken[pair] = session
        elif holder == session:
            moment.taken.pop(pair, None)


def _apply_mark(moment: Moment, record: Record) -> None:
    if record["SK"] == "start":
        moment.open_requests.add(record["PK"])
    else:
        moment.open_requests.discard(record["PK"])


def pairs_of(session: Record) -> list[Pair]:
    """The (party, number) pairs of a session item, parties by their keys."""
    return [
        (keys.party_key(E164(session["first_party"])), session["first_virtual_number"]),
        (keys.party_key(E164(session["second_party"])), session["second_virtual_number"]),
    ]


@dataclass(frozen=True)
class Refusal:
    """A create that was refused: its mark, and the parties by their keys."""

    request: str
    party_keys: tuple[str, str]
    is_shared: bool

    def is_justified(self, moment: Moment, pool: Collection[E164]) -> bool:
        """Whether at that moment every number was really taken for one of the parties."""
        first, second = (moment.numbers_of(key) for key in self.party_keys)
        if self.is_shared:
            return set(pool) <= first | second
        return set(pool) <= first or set(pool) <= second


def unjustified(
    service: Service, refusals: Collection[Refusal], pool: Collection[E164]
) -> set[str]:
    """The refusals for which there was no moment, while they were asked for, that explains them."""
    waiting = {refusal.request: refusal for refusal in refusals}
    for moment in moments(service):
        for name in moment.open_requests & waiting.keys():
            if waiting[name].is_justified(moment, pool):
                del waiting[name]
    return set(waiting)
