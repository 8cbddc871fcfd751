"""The part of a dialect that the family shares."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from local.gateway.messages import HttpRequest, HttpResponse
from local.phone.dialect import (
    AnswerFailedError,
    Arrival,
    Moment,
    OnFailure,
    Order,
    RefusedOrderError,
)
from local.phone.grammar.dialect import OF_CALL, SharedDialect
from local.phone.instructions import Hook, Instruction, InvalidDocumentError
from local.phone.legs import Ending, Leg
from local.phone.twiml.documents import instructions
from local.phone.twiml.records import Params, cause_of, word, written
from local.phone.twiml.rest import Rest
from local.phone.webhooks import Delivery, Kind
from local.phone.xml.reading import Language, read_document

if TYPE_CHECKING:
    from local.phone.api.front import CarrierApi
    from local.phone.carrier_call import CarrierCall

_IN_A_WHISPER = {"Say", "Play"}
_ASKED: Mapping[Kind, OnFailure] = {"answer": "falls back", "redirect": "falls back"}
_PROGRESS = OF_CALL - {Moment.CALL_ENDED}
# The place of an event among those of its leg.
_SEQUENCE = {"initiated": 0, "ringing": 1, "in-progress": 2}


class TwimlDialect(SharedDialect):
    """See Dialect. A carrier adds its signature, its rules and what its webhooks say besides."""

    name: ClassVar[str]
    account_name: ClassVar[str]
    language: ClassVar[Language]
    rest: ClassVar[Rest]
    extra_ring: ClassVar[int] = 0
    # Whether the status URL of an inbound call gets more than its end.
    tells_all: ClassVar[bool] = False

    # --- what each carrier says in its own way ---

    def standard(self, call: "CarrierCall", status: str) -> Params:
        """The parameters of every webhook."""
        return {
            "AccountSid": call.carrier.account_id,
            "ApiVersion": "2010-04-01",
            "CallSid": call.call_uuid,
            "CallStatus": status,
            "Direction": "outbound-api" if call.is_placed else "inbound",
            "From": call.caller,
            "To": call.dialled_number,
        }

    def of_leg(self, call: "CarrierCall", status: str) -> Params:
        """The parameters of what is told of a leg that was dialled."""
        leg = call.legs[-1]
        return {
            **self.standard(call, status),
            "CallSid": leg.uuid,
            "ParentCallSid": call.call_uuid,
            "Direction": "outbound-dial",
            "From": leg.caller_id,
            "To": leg.to,
        }

    def end(self, ended: Ending | Leg) -> Params:
        """The parameters of the end of a leg, besides its duration."""
        raise NotImplementedError

    def progress(self, call: "CarrierCall", status: str) -> Params:
        """The parameters of an event of a leg."""
        return {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(_SEQUENCE.get(status, 3)),
            "Timestamp": written(call.instant_ms(call.seconds)) or "",
        }

    def digits(self, call: "CarrierCall") -> Params:
        return {**self.standard(call, "in-progress"), "Digits": call.entered}

    def bridged(self, leg: Leg) -> Params:  # noqa: ARG002 (some need it)
        """Only some carriers tell if two legs were put through."""
        return {}

    def media_url(self, call: "CarrierCall", recording: str) -> str:
        """The URL of a recording's file, without a suffix for its format."""
        media = call.carrier.media or self.rest.api_url
        return f"{media}{self.rest.accounts}/{call.carrier.account_id}/Recordings/{recording}"

    # --- Dialect ---

    def kind(self, moment: Moment, call: "CarrierCall") -> Kind:
        if moment in _PROGRESS:
            return "ring" if call.order else "status"
        return super().kind(moment, call)

    def hook(self, moment: Moment, call: "CarrierCall") -> Hook | None:
        if moment in _PROGRESS and call.order:
            return Hook(call.order.progress_url, call.carrier.method)
        return super().hook(moment, call)

    def told(self, moment: Moment, call: "CarrierCall") -> Params | None:
        words = _WORDS.get(moment)
        return words(self, call) if words else None

    def read(self, kind: Kind, answer: Delivery) -> Sequence[Instruction]:
        if answer.status != 200:
            raise AnswerFailedError
        elements = read_document(answer.content_type, answer.body, self.language)
        if kind == "confirm" and not {element.name for element in elements} <= _IN_A_WHISPER:
            raise InvalidDocumentError(f"{sorted(_IN_A_WHISPER)} are all that a whisper may say")
        return instructions(elements, extra_ring=self.extra_ring)

    def on_failure(self, kind: Kind) -> OnFailure:
        return _ASKED.get(kind, "ends")

    def cause(self, ended: Ending) -> str:
        return f"{self.final(ended)}, SIP {cause_of(ended.reason).sip}"

    def arrival(self, params: Mapping[str, Any]) -> Arrival | None:
        names = ("CallSid", "From", "To")
        return Arrival(*(str(params.get(name, "")) for name in names))

    def order(self, params: Mapping[str, Any]) -> Order:
        for name in ("To", "From", "Url"):
            if not params.get(name):
                raise RefusedOrderError(name)
        self.check_order(params)
        events = params.get("StatusCallbackEvent", "completed")
        words = events if isinstance(events, list) else str(events).split(" ")
        status_url = str(params.get("StatusCallback", ""))
        return Order(
            caller=str(params["From"]),
            callee=str(params["To"]),
            answer_url=str(params["Url"]),
            status_url=status_url,
            progress_url=status_url,
            method=str(params.get(self.rest.method_name, "POST")),
            ring_seconds=int(params.get("Timeout", 60)),
            limit_seconds=int(params.get("TimeLimit", 14_400)),
            wanted=frozenset(words),
        )

    def check_order(self, params: Mapping[str, Any]) -> None:
        """Refuse what the carrier does. Raises RefusedOrderError."""
        attributes = self.language.attributes
        rules = {
            "To": attributes["Dial"]["callerId"],
            "From": attributes["Dial"]["callerId"],
            "Url": attributes["Number"]["url"],
            "FallbackUrl": attributes["Number"]["url"],
            "StatusCallback": attributes["Number"]["url"],
            "Timeout": attributes["Dial"]["timeout"],
            "TimeLimit": attributes["Dial"]["timeLimit"],
        }
        for name, value in params.items():
            if name not in self.rest.order_names:
                raise RefusedOrderError(name)
            if name in rules and not rules[name](str(value)):
                raise RefusedOrderError(name)

    def answer(self, path: str, request: HttpRequest, api: "CarrierApi") -> HttpResponse:
        return self.rest.answer(path, request, api)

    @staticmethod
    def final(ended: Ending) -> str:
        """A caller who hangs up while nobody has answered was never answered either."""
        is_unanswered = ended.answered_at is None and ended.status == "completed"
        return "no-answer" if is_unanswered else word(ended.status)


def _arrived(dialect: TwimlDialect, call: "CarrierCall") -> Params:
    return dialect.standard(call, "in-progress" if call.is_placed else "ringing")


def _fallen_back(dialect: TwimlDialect, call: "CarrierCall") -> Params:
    told = {"ErrorCode": "11200", "ErrorUrl": call.carrier.answer_url}
    return {**dialect.standard(call, "in-progress"), **told}


def _dial_over(dialect: TwimlDialect, call: "CarrierCall") -> Params:
    leg = call.legs[-1]
    is_gone = leg.ended_by == "caller"
    return {
        **dialect.standard(call, "completed" if is_gone else "in-progress"),
        "DialCallStatus": word(leg.final_status),
        "DialCallSid": leg.uuid,
        "DialCallDuration": str(leg.duration),
        **dialect.bridged(leg),
    }


def _call_event(dialect: TwimlDialect, call: "CarrierCall", status: str) -> Params | None:
    is_told = _is_wanted(status, call.order.wanted) if call.order else dialect.tells_all
    if not is_told:
        return None
    return {**dialect.standard(call, status), **dialect.progress(call, status)}


def _call_ended(dialect: TwimlDialect, call: "CarrierCall") -> Params | None:
    assert call.ended is not None
    if call.order is not None and "completed" not in call.order.wanted:
        return None
    status = dialect.final(call.ended)
    return {
        **dialect.standard(call, status),
        **dialect.progress(call, status),
        "CallDuration": str(call.ended.duration),
        **dialect.end(call.ended),
    }


def _leg_event(dialect: TwimlDialect, call: "CarrierCall", status: str) -> Params | None:
    if call.dial is None or not _is_wanted(status, call.dial.wanted):
        return None
    return {**dialect.of_leg(call, status), **dialect.progress(call, status)}


def _leg_ended(dialect: TwimlDialect, call: "CarrierCall") -> Params | None:
    leg = call.legs[-1]
    told = _leg_event(dialect, call, word(leg.final_status))
    return told and {**told, "CallDuration": str(leg.duration), **dialect.end(leg)}


def _is_wanted(status: str, wanted: Collection[str]) -> bool:
    """Tell if what has this status was ordered: by one word for every way to end."""
    words = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}
    return words.get(status, "completed") in wanted


def _recorded(dialect: TwimlDialect, call: "CarrierCall") -> Params:
    made = call.recording
    told = {"RecordingStatus": "absent", "RecordingDuration": "0", "RecordingSid": ""}
    if made is not None:
        told = {
            "RecordingStatus": "completed",
            "RecordingDuration": str(made.seconds),
            "RecordingSid": made.uuid,
            "RecordingUrl": dialect.media_url(call, made.uuid),
            "RecordingStartTime": written(call.instant_ms(made.started_at)) or "",
        }
    return {
        "AccountSid": call.carrier.account_id,
        "CallSid": call.call_uuid,
        "RecordingChannels": "1",
        "RecordingSource": "DialVerb",
        **told,
    }


_WORDS: Mapping[Moment, Callable[[TwimlDialect, "CarrierCall"], Params | None]] = {
    Moment.ARRIVED: _arrived,
    Moment.FALLEN_BACK: _fallen_back,
    Moment.REDIRECTED: lambda dialect, call: dialect.standard(call, "in-progress"),
    Moment.ENTERED: lambda dialect, call: dialect.digits(call),
    Moment.WHISPER: lambda dialect, call: dialect.of_leg(call, "in-progress"),
    Moment.DIAL_OVER: _dial_over,
    Moment.CALL_INITIATED: lambda dialect, call: _call_event(dialect, call, "initiated"),
    Moment.CALL_RINGING: lambda dialect, call: _call_event(dialect, call, "ringing"),
    Moment.CALL_ANSWERED: lambda dialect, call: _call_event(dialect, call, "in-progress"),
    Moment.CALL_ENDED: _call_ended,
    Moment.LEG_INITIATED: lambda dialect, call: _leg_event(dialect, call, "initiated"),
    Moment.LEG_RINGING: lambda dialect, call: _leg_event(dialect, call, "ringing"),
    Moment.LEG_ANSWERED: lambda dialect, call: _leg_event(dialect, call, "in-progress"),
    Moment.LEG_ENDED: _leg_ended,
    Moment.RECORDED: _recorded,
    Moment.NOT_RECORDED: _recorded,
}
