"""The content of Vonage's webhooks, and of its records of calls, in its own names.

Source: its Voice API webhook reference and call flow. Each leg ends as "completed", also one that
nobody answered, after the reason for that; but not one that the carrier itself rejected.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from local.phone.api.calls import KeptCall
from local.phone.dialect import Moment
from local.phone.grammar.dialect import Words
from local.phone.vonage.ncco import Notice

if TYPE_CHECKING:
    from local.phone.carrier_call import CarrierCall

Params = dict[str, Any]

# Euros a minute, billed by the second.
RATE = Decimal("0.00450000")
# Statuses and details of legs that nobody answered, by the network's word for that.
_UNANSWERED: Mapping[str, Params] = {
    "busy": {"status": "busy"},
    "rejected": {"status": "unanswered", "detail": "declined"},
    "no-answer": {"status": "timeout"},
    "timeout": {"status": "unanswered", "detail": "timeout"},
    "unreachable": {"status": "failed", "detail": "number_out_of_service"},
    "loop": {"status": "rejected", "detail": "restricted"},
    "cancel": {"status": "cancelled"},
}


def status_of(reason: str) -> str:
    """Return the carrier's status of a leg that ended so."""
    return str(_UNANSWERED.get(reason, {}).get("status", "completed"))


def answer(call: "CarrierCall") -> Params:
    return {
        "from": wire(call.caller),
        "to": wire(call.dialled_number),
        "endpoint_type": "phone",
        "conversation_uuid": conversation(call.call_uuid),
        "region_url": "https://api-eu-1.vonage.com",
        "uuid": call.call_uuid,
    }


def fallen_back(call: "CarrierCall") -> Params:
    original = {"url": call.carrier.answer_url, "type": "answer"}
    return {**answer(call), "reason": "timeout", "original_request": original}


def redirected(call: "CarrierCall") -> Params:
    notice = call.redirect
    return {**notice.payload} if isinstance(notice, Notice) else {}


def digits(call: "CarrierCall") -> Params:
    return {
        "speech": {},
        "dtmf": {"digits": call.entered, "timed_out": not call.entered},
        **_place(call, call.call_uuid, call.caller, call.dialled_number),
    }


def whisper(call: "CarrierCall") -> Params:
    """Nobody documents what this is told: here, what an answer webhook is."""
    leg = call.legs[-1]
    told = {"from": wire(leg.caller_id), "to": wire(leg.to), "uuid": leg.uuid}
    return {**answer(call), **told}


def call_event(call: "CarrierCall", status: str, **more: Any) -> Params:
    """An event of the caller's leg, or of the one that was placed."""
    return {
        **_place(call, call.call_uuid, call.caller, call.dialled_number),
        "status": status,
        "direction": "outbound" if call.is_placed else "inbound",
        **more,
    }


def leg_event(call: "CarrierCall", status: str, **more: Any) -> Params:
    leg = call.legs[-1]
    return {
        **_place(call, leg.uuid, leg.caller_id, leg.to),
        "status": status,
        "direction": "outbound",
        **more,
    }


# What "answered" has besides: nothing yet.
_ANSWERED: Params = {"start_time": None, "rate": "", "network": ""}


def call_endings(call: "CarrierCall") -> Sequence[Params]:
    """The last events of the first leg. That of a caller has no reason to be told."""
    assert call.ended is not None
    ended = call.ended
    figures = _figures(call, ended.answered_at, ended.ended_at)
    why = _UNANSWERED.get(ended.reason) if call.is_placed and ended.answered_at is None else None
    completed = call_event(call, "completed", **figures)
    return _endings(call_event(call, **why) if why else None, completed)


def leg_endings(call: "CarrierCall") -> Sequence[Params]:
    leg = call.legs[-1]
    assert leg.ended_at is not None
    why = _UNANSWERED[leg.status] if leg.answered_at is None else None
    completed = leg_event(call, "completed", **_figures(call, leg.answered_at, leg.ended_at))
    return _endings(leg_event(call, **why) if why else None, completed)


def _endings(why: Params | None, completed: Params) -> Sequence[Params]:
    if why is None:
        return [completed]
    return [why] if why["status"] == "rejected" else [why, completed]


def recording(call: "CarrierCall") -> Params:
    recorded = call.recording
    assert recorded is not None
    return {
        "start_time": iso(call.instant_ms(recorded.started_at)),
        "recording_url": f"{call.carrier.media}/v1/files/{recorded.uuid}",
        "size": 12345,
        "recording_uuid": recorded.uuid,
        "end_time": iso(call.instant_ms(recorded.started_at + recorded.seconds)),
        "conversation_uuid": conversation(call.call_uuid),
        "timestamp": iso(call.instant_ms(call.seconds)),
    }


def record(call: KeptCall, *, api_url: str, is_priced: bool) -> Params:
    """The API's record of a leg, which has its figures once it is over."""
    href = f"{api_url}/v1/calls/{call.uuid}"
    known: Params = {
        "_links": {"self": {"href": href}},
        "uuid": call.uuid,
        "conversation_uuid": conversation(call.parent or call.uuid),
        "to": {"type": "phone", "number": wire(call.callee)},
        "from": {"type": "phone", "number": wire(call.caller)},
        "direction": "outbound" if call.is_placed else "inbound",
    }
    if call.is_alive:
        return {**known, "status": "ringing" if call.answered_ms is None else "answered"}
    figures = {
        "status": status_of(call.reason) if call.answered_ms is None else "completed",
        "duration": str(call.seconds),
        "rate": str(RATE),
        "start_time": iso(call.answered_ms),
        "end_time": iso(call.ended_ms),
        "network": "GB-FIXED",
    }
    return {**known, **figures, **({"price": price(call.seconds)} if is_priced else {})}


def _figures(call: "CarrierCall", answered_at: int | None, ended_at: int) -> Params:
    seconds = 0 if answered_at is None else ended_at - answered_at
    return {
        "start_time": iso(call.instant_ms(answered_at)),
        "end_time": iso(call.instant_ms(ended_at)),
        "duration": str(seconds),
        "rate": str(RATE),
        "price": price(seconds),
        "network": "GB-FIXED",
    }


def price(seconds: int) -> str:
    return f"{RATE * seconds / 60:.8f}"


def wire(number: str) -> str:
    """A number as the carrier writes it; what is none stays as it is."""
    return number.removeprefix("+")


def conversation(call_uuid: str) -> str:
    return f"CON-{call_uuid}"


def iso(instant_ms: int | None) -> str | None:
    if instant_ms is None:
        return None
    instant = datetime.fromtimestamp(instant_ms / 1000, UTC)
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _place(call: "CarrierCall", uuid: str, caller: str, callee: str) -> Params:
    """The facts of every event: of which leg it is, and when."""
    return {
        "from": wire(caller),
        "to": wire(callee),
        "uuid": uuid,
        "conversation_uuid": conversation(call.call_uuid),
        "timestamp": iso(call.instant_ms(call.seconds)),
    }


WORDS: Words = {
    Moment.ARRIVED: answer,
    Moment.FALLEN_BACK: fallen_back,
    Moment.REDIRECTED: redirected,
    Moment.ENTERED: digits,
    Moment.WHISPER: whisper,
    Moment.CALL_INITIATED: partial(call_event, status="started"),
    Moment.CALL_RINGING: partial(call_event, status="ringing"),
    Moment.CALL_ANSWERED: partial(call_event, status="answered", **_ANSWERED),
    Moment.CALL_ENDED: call_endings,
    Moment.LEG_INITIATED: partial(leg_event, status="started"),
    Moment.LEG_RINGING: partial(leg_event, status="ringing"),
    Moment.LEG_ANSWERED: partial(leg_event, status="answered", **_ANSWERED),
    Moment.LEG_ENDED: leg_endings,
    Moment.RECORDED: recording,
}
