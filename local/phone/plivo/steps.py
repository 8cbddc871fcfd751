"""One call at the carrier: follows the XML it is answered with, step by step, in virtual time."""

import uuid
from collections.abc import Callable, Sequence
from typing import Literal

from local.phone.plivo.call import CarrierCall
from local.phone.plivo.digits import digits_taken, seconds_to_first_digit
from local.phone.plivo.records import (
    ANSWER_URL_FAILED,
    BUSY,
    NORMAL,
    REJECTED,
    TIME_LIMIT,
    UNANSWERED,
    Hangup,
    Leg,
    LegEnding,
    Unanswered,
)
from local.phone.plivo.webhooks import Webhook
from local.phone.plivo.xml import AUDIO, Element, InvalidDocumentError

Party = Literal["caller", "callee"]

_DEFAULT_TIME_LIMIT = 14_400
_DEFAULT_RING_TIMEOUT = 120
_DEFAULT_MAX_LENGTH = 60
_SOURCES = {"caller": "Caller", "callee": "Callee"}


class NotSimulatedError(Exception):
    """The document is valid, but asks for something that the simulator does not do yet."""


class SimulatedCall(CarrierCall):
    """The steps of a call: `start`, then `answer` or `decline`, then `hangup`.

    Whoever is asked for digits first has to `press` them.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self._dial: Element | None = None
        self._rest: Sequence[Element] = ()
        self._record: Element | None = None
        self._asked: Element | None = None

    def start(self) -> "SimulatedCall":
        """The caller dials: ask the application what to do, and do it up to a ringing phone."""
        self._require("new")
        self._announce("PUT")
        self.state = "running"
        params = self.record.start()
        answer = Webhook("answer", self.carrier.method, self.carrier.answer_url, params)
        elements = self._document(answer)
        if elements is None and self.carrier.fallback_answer_url:
            url = self.carrier.fallback_answer_url
            elements = self._document(Webhook("fallback", self.carrier.method, url, params))
        if elements is None:
            self._end(Hangup(ANSWER_URL_FAILED, "Error", "failed", None, self._seconds))
        else:
            self._run(elements)
        return self

    def press(self, digits: str = "") -> "SimulatedCall":
        """The caller enters digits, "" to say nothing until the time is over."""
        self._require("entering")
        assert self._asked is not None
        asked, self._asked, self.state = self._asked, None, "running"
        entered = digits_taken(asked, digits)
        if not entered:
            self._seconds += seconds_to_first_digit(asked)
            self._run(self._rest)
            return self
        self._seconds += len(entered)
        method = asked.attributes.get("method", "POST")
        params = self.record.common("in-progress") | {"Digits": entered}
        webhook = Webhook("digits", method, asked.attributes["action"], params)
        self._run_or_end(self._document(webhook))
        return self

    def answer(self, *, after: int = 4) -> "SimulatedCall":
        """The callee picks up after that many seconds of ringing."""
        leg = self._ringing_leg()
        if after >= leg.ring_timeout:
            return self.decline("no-answer")
        self._seconds += after
        leg.answered_at = self._seconds
        leg.status = "answered"
        self.state = "talking"
        self._dial_callback(self.record.dial_event(leg, "answer"))
        self._confirm(leg)
        self._dial_callback(self.record.dial_event(leg, "connected"))
        return self

    def _confirm(self, leg: Leg) -> None:
        """The callee hears what the Dial's confirmSound says, before being put through."""
        assert self._dial is not None
        url = self._dial.attributes.get("confirmSound")
        if url is None:
            return
        elements = self._document(Webhook("confirm", "POST", url, self.record.confirm(leg)))
        if not elements or any(element.name not in AUDIO for element in elements):
            raise InvalidDocumentError(f"{sorted(AUDIO)} are all that confirmSound may say")
        for element in elements:
            self._hear(element, self.whispered)

    def decline(self, outcome: LegEnding = "no-answer", *, after: int = 4) -> "SimulatedCall":
        """The callee does not pick up, or cannot."""
        leg = self._ringing_leg()
        ended = UNANSWERED[outcome]
        waits = outcome in ("no-answer", "timeout")
        self._seconds += leg.ring_timeout if waits else after
        leg.status = outcome
        leg.ended_at = self._seconds
        if self.carrier.reports_unanswered_legs:
            self._dial_callback(self.record.dial_hangup(leg, ended.cause, "Callee"))
        self._finish_dial(leg, ended, caller_left=outcome == "cancel")
        return self

    def hangup(self, by: Party = "caller", *, after: int = 12) -> "SimulatedCall":
        """One side hangs up after that many seconds of talk (or, if it still rings, of ringing)."""
        if self.state == "dialling":
            if by == "callee":
                return self.decline("rejected", after=after)
            return self.decline("cancel", after=after)
        self._require("talking")
        leg = self.legs[-1]
        overrun = after >= leg.time_limit
        self._seconds += min(after, leg.time_limit)
        leg.ended_at = self._seconds
        leg.status = "completed"
        cause = TIME_LIMIT if overrun else NORMAL
        source = "Plivo" if overrun else _SOURCES[by]
        self._dial_callback(self.record.dial_hangup(leg, cause, source))
        ended = Unanswered("completed", rang=True, cause=cause)
        self._finish_dial(leg, ended, caller_left=by == "caller" and not overrun)
        self._tell_of_recording(leg)
        return self

    def _run(self, elements: Sequence[Element]) -> None:
        """Follow a document until somebody has to be waited for, or to its end."""
        for index, element in enumerate(elements):
            self._rest = elements[index + 1 :]
            if not _STEPS[element.name](self, element):
                return
        self._pick_up()
        self._end_at_xml()

    def _speak(self, element: Element) -> bool:
        self._pick_up()
        return self._hear(element)

    def _hear(self, element: Element, heard: list[str] | None = None) -> bool:
        if element.text:
            (self.heard if heard is None else heard).append(element.text)
        self._seconds += element.number("length", default=2)
        return True

    def _hang_up(self, element: Element) -> bool:
        refused = {"busy": BUSY, "rejected": REJECTED}.get(element.attributes.get("reason", ""))
        if refused is None or self._answered_at is not None:
            self._end_at_xml(source="Answer XML")
        else:
            status = "busy" if refused is BUSY else "failed"
            self._end(Hangup(refused, "Answer XML", status, None, self._seconds))
        return False

    def _prepare_recording(self, element: Element) -> bool:
        """A recording of the dialled leg; the caller's own voice alone is not simulated."""
        if not element.flag("startOnDialAnswer", default=False):
            raise NotSimulatedError("<Record> of the caller alone")
        self._record = element
        return True

    def _tell_of_recording(self, leg: Leg) -> None:
        """Last of all: the file has to be made first."""
        element = self._record
        if element is None or "callbackUrl" not in element.attributes:
            return
        seconds = min(leg.duration, element.number("maxLength", default=_DEFAULT_MAX_LENGTH))
        file_format = element.attributes.get("fileFormat", "mp3")
        params = self.record.no_recording()
        if self.carrier.records:
            params = self.record.recording(leg, file_format, seconds=seconds)
            self._hand_over(params)
        method = element.attributes.get("callbackMethod", "POST")
        self._emit(Webhook("recording", method, element.attributes["callbackUrl"], params))

    def _get_digits(self, element: Element) -> bool:
        if "action" not in element.attributes or not element.flag("redirect", default=True):
            raise NotSimulatedError("<GetDigits> whose digits decide nothing")
        self._pick_up()
        for child in element.children:
            self._hear(child)
        self._asked = element
        self.state = "entering"
        return False

    def _redirect(self, element: Element) -> bool:
        self._pick_up()
        method = element.attributes.get("method", "POST")
        params = self.record.common("in-progress") | {"Event": "Redirect"}
        elements = self._document(Webhook("redirect", method, element.text, params))
        self._run_or_end(elements)
        return False

    def _dial_out(self, element: Element) -> bool:
        if len(element.children) > 1:
            raise NotSimulatedError("<Dial> with several numbers")
        self._pick_up()
        number = element.children[0].text
        leg = Leg(
            uuid=str(uuid.uuid4()),
            to=number if number.startswith("+") else f"+{number}",
            # Without a caller ID the carrier shows the caller's own number: masking depends on it.
            caller_id=element.attributes.get("callerId", self.caller),
            ring_timeout=element.number("timeout", default=_DEFAULT_RING_TIMEOUT),
            time_limit=element.number("timeLimit", default=_DEFAULT_TIME_LIMIT),
            dialled_at=self._seconds,
        )
        self.legs.append(leg)
        self._dial = element
        self.state = "dialling"
        if leg.to.lstrip("+") == self.caller.lstrip("+"):
            self.decline("loop", after=0)
        return False

    def _finish_dial(self, leg: Leg, ended: Unanswered, *, caller_left: bool) -> None:
        assert self._dial is not None
        dial, self._dial, self.state = self._dial, None, "running"
        next_elements = self._after_dial(
            dial, self.record.dial_end(leg, ended, caller_left=caller_left)
        )
        if caller_left:
            hangup = Hangup(NORMAL, "Caller", "completed", self._answered_at, self._seconds)
            self._end(hangup)
        elif ended.cause is TIME_LIMIT:
            self._end(Hangup(TIME_LIMIT, "Plivo", "completed", self._answered_at, self._seconds))
        else:
            self._run_or_end(next_elements)

    def _after_dial(self, dial: Element, params: dict[str, str]) -> Sequence[Element] | None:
        """Tell the action URL; what comes next is its answer, or the rest of the document."""
        action = dial.attributes.get("action")
        if action is None:
            return self._rest
        webhook = Webhook("action", dial.attributes.get("method", "POST"), action, params)
        if self.collects:
            self.pending.append(webhook)
            return ()
        return self._document(webhook)

    def _dial_callback(self, params: dict[str, str]) -> None:
        dial = self._dial
        if dial is None or "callbackUrl" not in dial.attributes:
            return
        method = dial.attributes.get("callbackMethod", "POST")
        self._emit(Webhook("dial", method, dial.attributes["callbackUrl"], params))

    def _run_or_end(self, elements: Sequence[Element] | None) -> None:
        if elements is None:
            source = "Error"
            cause = ANSWER_URL_FAILED
            self._end(Hangup(cause, source, "completed", self._answered_at, self._seconds))
        else:
            self._run(elements)

    def _ringing_leg(self) -> Leg:
        self._require("dialling")
        return self.legs[-1]


_Step = Callable[[SimulatedCall, Element], bool]
_STEPS: dict[str, _Step] = {
    "Speak": SimulatedCall._speak,
    "Play": SimulatedCall._speak,
    "Wait": SimulatedCall._speak,
    "Hangup": SimulatedCall._hang_up,
    "Redirect": SimulatedCall._redirect,
    "Record": SimulatedCall._prepare_recording,
    "Dial": SimulatedCall._dial_out,
    "GetDigits": SimulatedCall._get_digits,
}
