"""Events as they stand in a session's outbox, and go through the queue: numbers sealed.

An outbox says of whose call it tells, and when. The numbers are those of the session, whose item is
read together with its outbox; only one that differs from them is written with the events:

    [{at, by, call, told: [name, or [name, *outcome], or {name, recording, ...}]}]

and in such a map from, to or number, where they differ. The first party's are told without `by`,
an event of no call without `call`, and all names without the word that each begins with.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, astuple, dataclass, fields
from itertools import groupby
from typing import Any

from maskline.domain.calls.events import LegOutcome, PinCheck, PinStatus, SessionEvent
from maskline.domain.calls.recording import Recording, RecordingStatus
from maskline.domain.calls.route import Route
from maskline.domain.money import US_DOLLAR
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role, Session
from maskline.domain.stored import known, unusual
from maskline.store import keys
from maskline.store.sealing.seal import ItemSeal, seal_for
from maskline.store.table import Record

_WORD = "Session"
_OUTCOME_FIELDS = len(fields(LegOutcome))


@dataclass(frozen=True, slots=True)
class Beside:
    """The numbers of a session's roles that the item beside an outbox surely has."""

    parties: Mapping[Role, E164]
    numbers: Mapping[Role, E164]


NOTHING_BESIDE = Beside({}, {})


def beside(session: Session) -> Beside:
    """Return these for an outbox that is written with the whole session."""
    return Beside(
        {role: session.party(role) for role in Role},
        {role: session.virtual_number(role) for role in Role},
    )


def beside_of(route: Route) -> Beside:
    """Return these for a session that was not read.

    A role keeps its party, but may have another number by now. Whom a lone party calls has no role.
    """
    peer = {} if route.is_lone else {route.role.other: route.peer}
    return Beside({route.role: route.party} | peer, {})


def outbox(
    account_id: str, session_uuid: str, told: Iterable[SessionEvent], known_beside: Beside
) -> list[Record]:
    """The events to tell, as they are written with the session."""
    seal = seal_for(account_id, keys.session(session_uuid))
    return [
        _envelope(events, seal, known_beside)
        for events in (tuple(alike) for _, alike in groupby(told, key=_place))
    ]


def _place(event: SessionEvent) -> tuple[object, ...]:
    numbers = (event.from_number, event.to_number, event.virtual_number)
    return event.at, event.call_uuid, numbers


def _envelope(events: tuple[SessionEvent, ...], seal: ItemSeal, known_beside: Beside) -> Record:
    event = events[0]
    by = min(Role, key=lambda role: len(_differing(event, role, known_beside)))
    differing = _differing(event, by, known_beside)
    number = {"number": differing.pop("number")} if "number" in differing else {}
    sealed = {name: seal.seal(_field(event.at, name), one) for name, one in differing.items()}
    caller = {} if by is Role.FIRST else {"by": by}
    call = {"call": event.call_uuid} if event.call_uuid else {}
    told = [_entry(one) for one in events]
    return {"at": event.at, "told": told} | caller | call | sealed | number


def _differing(event: SessionEvent, by: Role, known_beside: Beside) -> dict[str, E164]:
    """The numbers of an event that are not those of a call by that role."""
    parties = known_beside.parties
    usual = {
        "from": parties.get(by),
        "to": parties.get(by.other),
        "number": known_beside.numbers.get(by),
    }
    told = {"from": event.from_number, "to": event.to_number, "number": event.virtual_number}
    return {name: number for name, number in told.items() if number != usual[name]}


def _field(at: int, name: str) -> str:
    """Binds a number to its events: the session's others are in the same item."""
    return f"outbox/{at}/{name}"


def _entry(event: SessionEvent) -> str | tuple[object, ...] | Record:
    name = event.name.removeprefix(_WORD)
    if event.outcome:
        told = astuple(event.outcome)
        return name, *(told[:-1] if event.outcome.currency == US_DOLLAR else told)
    facts: Record = {}
    if event.recording:
        facts["recording"] = unusual(event.recording)
    if event.pin_check:
        facts["pin_check"] = asdict(event.pin_check)
    return {"name": name} | facts if facts else name


def events_in(session: Record) -> Iterator[Record]:
    """The events of a session's outbox, in JSON, each with its numbers as (field, sealed).

    The session is as its item, or an image of it, was decoded. Nothing is opened.
    """
    for envelope in session.get("outbox", ()):
        by = Role(envelope.get("by", Role.FIRST))
        place = {
            "at": envelope["at"],
            "call_uuid": envelope.get("call", ""),
            "from": _sealed(envelope, "from", session, by),
            "to": _sealed(envelope, "to", session, by.other),
            "virtual_number": envelope.get("number") or _number_of(session, by),
        }
        for entry in envelope["told"]:
            yield _facts(entry) | place


def _sealed(envelope: Record, name: str, session: Record, role: Role) -> tuple[str, str]:
    is_other = name in envelope
    field = _field(envelope["at"], name) if is_other else f"{role}_party"
    sealed: bytes = envelope[name] if is_other else session.get(field, b"")
    return field, base64.b64encode(sealed).decode("ascii")


def _number_of(session: Record, role: Role) -> str:
    first: str = session["first_virtual_number"]
    return first if role is Role.FIRST else session.get("second_virtual_number", first)


def _facts(entry: str | list[Any] | Record) -> Record:
    """Return the facts that this release knows of an event, without its numbers."""
    if isinstance(entry, str):
        return {"name": _WORD + entry}
    if isinstance(entry, list | tuple):
        name, *outcome = entry
        return {"name": _WORD + name, "outcome": outcome[:_OUTCOME_FIELDS]}
    facts: Record = {"name": _WORD + entry["name"]}
    if "recording" in entry:
        facts["recording"] = known(Recording, entry["recording"])
    if "pin_check" in entry:
        facts["pin_check"] = known(PinCheck, entry["pin_check"])
    return facts


def event_from_record(
    record: Mapping[str, Any], account_id: str, session_uuid: str
) -> SessionEvent:
    """An event out of `events_in`. Raises sealing.SealBrokenError.

    A name that we do not know is told as it is. What a recording or PIN check came to is told in
    words of our own, so a status that we do not know raises ValueError.
    """
    seal = seal_for(account_id, keys.session(session_uuid))
    from_number, to_number = (
        E164(seal.open(field, base64.b64decode(sealed)))
        for field, sealed in (record["from"], record["to"])
    )
    return SessionEvent(
        name=record["name"],
        at=record["at"],
        from_number=from_number,
        to_number=to_number,
        virtual_number=E164(record["virtual_number"]),
        call_uuid=record.get("call_uuid", ""),
        outcome=LegOutcome(*record["outcome"]) if "outcome" in record else None,
        recording=_recording(record["recording"]) if "recording" in record else None,
        pin_check=_pin_check(record["pin_check"]) if "pin_check" in record else None,
    )


def _recording(record: Record) -> Recording:
    status = RecordingStatus(record.get("status", RecordingStatus.ORDERED))
    return Recording(**known(Recording, record) | {"status": status})


def _pin_check(record: Record) -> PinCheck:
    return PinCheck(PinStatus(record["status"]), record["retries"])
