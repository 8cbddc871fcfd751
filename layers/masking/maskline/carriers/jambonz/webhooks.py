"""Read jambonz's webhooks, and its records of calls, into the domain's words.

An application has one URL for the statuses of all legs: a callee's leg names its caller's as its
parent. jambonz knows no money and no instants, and it keeps no recordings for us: that an ordered
one will not be had is read from the first word of a callee's leg.

Source: the callback schemas of jambonz-python-sdk; jambonz-feature-server, dial.js, call-info.js.
"""

from collections.abc import Callable, Mapping
from typing import Any

from maskline.carriers import values
from maskline.carriers.adapter import Digits, Inbound, Message, OfCall
from maskline.carriers.jambonz.verbs import RECORDING_ORDERED
from maskline.carriers.request import CarrierRequest
from maskline.carriers.urls import Step, read_requested
from maskline.domain.calls.call_order import first_leg
from maskline.domain.calls.recording import Recording, RecordingStatus
from maskline.domain.calls.report import (
    CallReport,
    LegStatus,
    RecordingReport,
    ReportKind,
    Side,
    begun,
)
from maskline.domain.errors import ForgedWebhookError

Body = Mapping[str, Any]

_RINGING = {"ringing", "early-media"}
# The words for a leg that is over. "failed" is any other SIP status than those of its own words.
_FINAL = {
    "completed": LegStatus.COMPLETED,
    "busy": LegStatus.BUSY,
    "no-answer": LegStatus.NO_ANSWER,
    "failed": LegStatus.FAILED,
}
_BY_SIP_STATUS = {
    408: LegStatus.NO_ANSWER,
    480: LegStatus.NO_ANSWER,
    486: LegStatus.BUSY,
    487: LegStatus.NO_ANSWER,
    600: LegStatus.BUSY,
    603: LegStatus.REJECTED,
    607: LegStatus.REJECTED,
}
_NOT_RECORDED = RecordingReport(Recording(status=RecordingStatus.FAILED))


def read(step: Step, request: CarrierRequest) -> Message:
    """Read a webhook, as Carrier.read. Raises ForgedWebhookError too: no URL is signed."""
    body = request.json()
    named = read_requested(request.base_url, "jambonz", request.url)[1].call_uuid
    if named and named != (values.text(body, "parent_call_sid") or values.text(body, "call_sid")):
        raise ForgedWebhookError("of another call than its URL")
    return _READERS[step](body)


def is_over(record: Body) -> bool:
    """Tell if the record of a call says that it has ended."""
    return values.text(record, "call_status") in _FINAL


def read_record(leg_uuid: str, record: Body) -> CallReport | None:
    """Read the record of a leg; None if it is not over."""
    return _ended(record, Side.CALLER, leg_uuid) if is_over(record) else None


def _inbound(body: Body) -> Inbound:
    return Inbound.of(_sid(body, "call_sid"), values.text(body, "from"), values.text(body, "to"))


def _digits(body: Body) -> Digits:
    """A caller who enters nothing is told of as well, without any digits."""
    return Digits.of(values.text(body, "digits"))


def _dial_end(body: Body) -> CallReport:
    """The dial is over, also when the caller is gone: then the leg rests where it was.

    One that is still "in-progress" was answered and never joined, by a whisper that failed.
    """
    word = values.text(body, "dial_call_status")
    code = values.code(values.text(body, "dial_sip_status"))
    status = _final_status(word, code)
    if word in _RINGING | {"trying"}:
        is_caller_gone = values.text(body, "call_status") in _FINAL
        status = LegStatus.CANCEL if is_caller_gone else LegStatus.NO_ANSWER
    return CallReport(
        kind=ReportKind.DIAL_OVER,
        side=Side.CALLEE,
        leg_uuid=values.known_id(values.text(body, "dial_call_sid"), "dial_call_sid"),
        status=status,
        hangup_code=code,
    )


def _call_status(body: Body) -> CallReport | OfCall | None:
    """The end of a caller's leg, or any word of a callee's."""
    if values.text(body, "parent_call_sid"):
        return _of_callee(body)
    if not is_over(body):
        return None
    return _ended(body, Side.CALLER, _sid(body, "call_sid"))


def _first_leg(body: Body) -> CallReport | OfCall | None:
    """Read that a first party rings as well. They answer at another URL."""
    if not values.text(body, "parent_call_sid") and values.text(body, "call_status") in _RINGING:
        return first_leg(ReportKind.RINGING, _sid(body, "call_sid"))
    return _call_status(body)


def _of_callee(body: Body) -> OfCall | None:
    call_uuid, leg_uuid = _sid(body, "parent_call_sid"), _sid(body, "call_sid")
    match values.text(body, "call_status"):
        case "trying" if body.get("customerData") == RECORDING_ORDERED:
            return OfCall(call_uuid, _NOT_RECORDED)
        case "ringing" | "early-media":
            return OfCall(call_uuid, begun(ReportKind.RINGING, Side.CALLEE, leg_uuid))
        case "in-progress":
            return OfCall(call_uuid, begun(ReportKind.ANSWERED, Side.CALLEE, leg_uuid))
        case word if word in _FINAL:
            return OfCall(call_uuid, _ended(body, Side.CALLEE, leg_uuid))
        case _:
            return None


def _ended(body: Body, side: Side, leg_uuid: str) -> CallReport:
    """Only a leg that was answered is ever "completed". No amount is told, now or later."""
    word, code = values.text(body, "call_status"), values.code(values.text(body, "sip_status"))
    status = _final_status(word, code)
    if status is LegStatus.NO_ANSWER and values.text(body, "direction") == "inbound":
        status = LegStatus.CANCEL
    is_completed = status is LegStatus.COMPLETED
    return CallReport(
        kind=ReportKind.ENDED,
        side=side,
        leg_uuid=leg_uuid,
        status=status,
        was_answered=is_completed,
        duration_seconds=values.seconds(values.text(body, "duration")) if is_completed else 0,
        hangup_cause=values.cause(values.text(body, "sip_reason")),
        hangup_code=code,
    )


def _final_status(word: str, sip_status: int) -> LegStatus:
    status = _FINAL.get(word, LegStatus.FAILED)
    if word != "failed":
        return status
    return _BY_SIP_STATUS.get(sip_status, status)


def _sid(body: Body, name: str) -> str:
    return values.essential_id(values.text(body, name), name)


_READERS: dict[Step, Callable[[Body], Message]] = {
    Step.ANSWER: _inbound,
    Step.DIGITS: _digits,
    Step.WHISPER: lambda _: None,
    Step.FIRST_ANSWER: lambda body: first_leg(ReportKind.ANSWERED, _sid(body, "call_sid")),
    Step.DIAL: lambda _: None,
    Step.DIAL_END: _dial_end,
    Step.RECORDING: lambda _: None,
    Step.HANGUP: _call_status,
    Step.FIRST_RING: _first_leg,
    Step.FIRST_HANGUP: _first_leg,
}
