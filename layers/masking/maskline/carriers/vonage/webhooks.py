"""Read Vonage's webhooks, and its records of calls, into the domain's words."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from maskline.carriers import values
from maskline.carriers.adapter import Digits, Inbound, Message
from maskline.carriers.request import CarrierRequest, MalformedWebhookError
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
from maskline.observability import logger

Content = Mapping[str, Any]

_EURO = "EUR"
_BEGINNINGS = {"ringing": ReportKind.RINGING, "answered": ReportKind.ANSWERED}
_OVER = "completed"
# How a leg ends that nobody answered. Of most of these the carrier says "completed" as well.
_UNANSWERED = {
    "busy": LegStatus.BUSY,
    "unanswered": LegStatus.NO_ANSWER,
    "timeout": LegStatus.NO_ANSWER,
    "rejected": LegStatus.FAILED,
    "failed": LegStatus.FAILED,
    "cancelled": LegStatus.CANCEL,
}
_DECLINED = "declined"


def read(step: Step, request: CarrierRequest) -> Message:
    """Read a webhook, as Carrier.read."""
    if step in (Step.WHISPER, Step.DIAL_END):
        return None
    return _READERS[step](request.json())


def is_of_its_call(request: CarrierRequest) -> bool:
    """Tell if digits are of the call that their URL names: the URL is not signed.

    Of other webhooks the carrier names the other leg, or none.
    """
    if f"/{Step.DIGITS}/" not in request.url.partition("?")[0]:
        return True
    try:
        _, urls = read_requested(request.base_url, "vonage", request.url)
        return values.text(request.json(), "uuid") in {"", urls.call_uuid}
    except (ForgedWebhookError, MalformedWebhookError):
        return False


def _answer(said: Content) -> Message:
    """The fallback URL is this one too, and gets events for which we had no answer."""
    if "status" in said:
        return _hangup(said)
    if "dtmf" in said or "payload" in said:
        return None
    return Inbound.of(_essential_uuid(said), values.text(said, "from"), values.text(said, "to"))


def _digits(said: Content) -> Digits:
    dtmf = said.get("dtmf")
    entered = values.text(dtmf, "digits") if isinstance(dtmf, dict) else values.text(said, "dtmf")
    return Digits.of(entered)


def _dial(said: Content) -> CallReport | None:
    """The leg of a connect; the caller's own is reported elsewhere."""
    if not _is_of_leg(said, "outbound"):
        return None
    kind = _BEGINNINGS.get(values.text(said, "status"))
    if kind:
        return begun(kind, Side.CALLEE, _essential_uuid(said))
    return _ended(said, Side.CALLEE)


def _hangup(said: Content) -> CallReport | None:
    """The application's events: the caller's leg, and none that we have called."""
    if not _is_of_leg(said, "inbound") or said.get("status") != _OVER:
        return None
    return _closed(said, _essential_uuid(said), LegStatus.CANCEL)


def _first_leg(said: Content) -> CallReport | None:
    """The events of a leg that we placed. Its answer is for the answer URL to tell."""
    if not _is_of_leg(said, "outbound"):
        return None
    if said.get("status") == "ringing":
        return first_leg(ReportKind.RINGING, _essential_uuid(said))
    return _ended(said, Side.CALLER)


def _is_of_leg(said: Content, direction: str) -> bool:
    """Say whether an event is about a leg of this direction.

    An error has no status: it is told to the operator, and without the text, which may quote ours.
    """
    if "status" not in said and "reason" in said:
        logger.warning("the carrier reports an error", event="carrier_error", carrier="vonage")
    return said.get("direction") == direction


def _ended(said: Content, side: Side) -> CallReport | None:
    """Read the end of a leg that we called, None for other states.

    That it is completed says nothing of why nobody answered, so then it only ends the attempt.
    """
    status = values.text(said, "status")
    if status == _OVER and not _was_answered(said):
        return CallReport(
            ReportKind.DIAL_OVER, side, _essential_uuid(said), LegStatus.NO_ANSWER, currency=_EURO
        )
    if not is_over(status):
        return None
    return _closed(said, _essential_uuid(said), LegStatus.NO_ANSWER, side=side)


def _closed(
    said: Content, leg_uuid: str, unanswered: LegStatus, *, side: Side = Side.CALLER
) -> CallReport:
    """Return the last word on a leg; `unanswered` is the status of one without any of its own.

    The carrier bills by the second: its own example has a price of just the seconds that it names.
    """
    was_answered = _was_answered(said)
    duration = values.seconds(values.text(said, "duration")) if was_answered else 0
    amount = values.money(values.text(said, "price"))
    return CallReport(
        kind=ReportKind.ENDED,
        side=side,
        leg_uuid=leg_uuid,
        status=_status(said, LegStatus.COMPLETED if was_answered else unanswered),
        was_answered=was_answered,
        duration_seconds=duration,
        billed_seconds=duration,
        amount=amount,
        currency=_EURO,
        is_priced_later=amount is None,
        hangup_cause=values.cause(values.text(said, "detail"), values.text(said, "status")),
    )


def _status(said: Content, completed: LegStatus) -> LegStatus:
    if values.text(said, "detail") == _DECLINED:
        return LegStatus.REJECTED
    return _UNANSWERED.get(values.text(said, "status"), completed)


def _was_answered(said: Content) -> bool:
    """Only a leg that was answered lasts, and costs something."""
    if values.text(said, "status") != _OVER:
        return False
    return values.seconds(values.text(said, "duration")) > 0 or bool(
        values.money(values.text(said, "price"))
    )


def read_record(leg_uuid: str, record: Content) -> CallReport | None:
    """Read the record of a leg; None if it is not over."""
    is_told = is_over(values.text(record, "status"))
    return _closed(record, leg_uuid, LegStatus.NO_ANSWER) if is_told else None


def is_over(status: str) -> bool:
    """Tell if a leg in that status has ended."""
    return status == _OVER or status in _UNANSWERED


def _recording(said: Content) -> RecordingReport:
    """The carrier names no leg here: our URL does. Without an id and a file, there is none."""
    uuid = values.known_id(values.text(said, "recording_uuid"), "recording_uuid")
    url = values.media_url(values.text(said, "recording_url"))
    if not uuid or not url:
        return RecordingReport(Recording(status=RecordingStatus.FAILED))
    started, ended = _instant(said, "start_time"), _instant(said, "end_time")
    lasted = None if started is None or ended is None else max(ended - started, 0) // 1000
    recording = Recording(
        status=RecordingStatus.COMPLETED,
        uuid=uuid,
        media_url=url,
        resource_url=url,
        duration_seconds=lasted,
        started_at=started,
        ended_at=ended,
    )
    return RecordingReport(recording, shows_answer=False)


def _instant(said: Content, name: str) -> int | None:
    try:
        read_at = datetime.fromisoformat(values.text(said, name))
    except ValueError:
        return None
    in_zone = read_at if read_at.tzinfo else read_at.replace(tzinfo=UTC)
    return int(in_zone.timestamp() * 1000)


def _essential_uuid(said: Content) -> str:
    return values.essential_id(values.text(said, "uuid"), "uuid")


_READERS: dict[Step, Callable[[Content], Message]] = {
    Step.ANSWER: _answer,
    Step.DIGITS: _digits,
    Step.FIRST_ANSWER: lambda said: first_leg(ReportKind.ANSWERED, _essential_uuid(said)),
    Step.DIAL: _dial,
    Step.RECORDING: _recording,
    Step.HANGUP: _hangup,
    Step.FIRST_RING: _first_leg,
    Step.FIRST_HANGUP: _first_leg,
}
