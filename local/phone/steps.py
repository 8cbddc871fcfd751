"""One call at the carrier: follows what it is told, step by step, in virtual time."""

from local.phone.carrier_call import CarrierCall
from local.phone.dialect import Moment
from local.phone.instructions import (
    Audio,
    Collect,
    Dial,
    HangUp,
    Instruction,
    Instructions,
    InvalidDocumentError,
    NotSimulatedError,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
)
from local.phone.legs import RINGS, By, Ending, Leg, LegEnding, Party, Reason, Recording

# How long a sentence or a file takes.
_AUDIO_SECONDS = 2


class SimulatedCall(CarrierCall):
    """The steps of a call: `start`, then `answer` or `decline`, then `hangup`.

    Whoever is asked for digits first has to `press` them.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self._rest: Instructions = ()

    def start(self) -> "SimulatedCall":
        """The caller dials: ask the application what to do, and do it up to a ringing phone."""
        self._require("new")
        self._announce()
        self.state = "running"
        self._tell(Moment.CALL_INITIATED)
        self._tell(Moment.CALL_RINGING)
        self._follow()
        return self

    def _follow(self) -> None:
        self._run_or_fail(self._ask(Moment.ARRIVED))

    def press(self, digits: str = "") -> "SimulatedCall":
        """The caller enters digits, "" to say nothing until the time is over."""
        self._require("entering")
        assert self.asked is not None
        self.state = "running"
        self.entered = self.asked.taken(digits)
        self.seconds += len(self.entered) or self.asked.first_digit_seconds
        if self.entered or self.asked.silence_comes:
            self._run_or_fail(self._ask(Moment.ENTERED, self._rest))
        else:
            self._run(self._rest)
        return self

    def ring(self) -> "SimulatedCall":
        """The callee's phone rings: `answer` and the like do it, if nobody has."""
        leg = self._ringing_leg()
        if not leg.has_rung:
            leg.has_rung = True
            self._tell(Moment.LEG_RINGING)
        return self

    def answer(self, *, after: int = 4) -> "SimulatedCall":
        """The callee picks up after that many seconds of ringing."""
        leg = self._ringing_leg()
        if after >= leg.ring_timeout:
            return self.decline("no-answer")
        self.ring()
        self.seconds += after
        leg.answered_at = self.seconds
        leg.status = "answered"
        self.state = "talking"
        self._announce_leg(leg)
        self._tell(Moment.LEG_ANSWERED)
        self._whisper()
        self._pick_up()
        self._tell(Moment.LEG_BRIDGED)
        return self

    def _whisper(self) -> None:
        """The callee hears what the document of the whisper says, before being put through."""
        assert self.dial is not None
        if self.dial.whisper is None:
            return
        instructions = self._ask(Moment.WHISPER)
        if instructions is None:
            raise InvalidDocumentError(f"nothing to whisper: {self.problem}")
        for one in instructions:
            if not isinstance(one, Audio):
                raise NotSimulatedError(f"{type(one).__name__} for a callee alone")
            self._hear(one, self.whispered)

    def decline(self, outcome: LegEnding = "no-answer", *, after: int = 4) -> "SimulatedCall":
        """The callee does not pick up, or cannot."""
        leg = self._ringing_leg()
        if outcome in RINGS:
            self.ring()
        waits = outcome in ("no-answer", "timeout")
        self.seconds += leg.ring_timeout if waits else after
        leg.status = outcome
        self._finish_leg(leg, outcome, "caller" if outcome == "cancel" else "callee")
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
        self.seconds += min(after, leg.time_limit)
        leg.status = "completed"
        if overrun:
            self._finish_leg(leg, "limit", "carrier")
        else:
            self._finish_leg(leg, "hangup", by)
        self._tell_of_recording(leg)
        return self

    def _finish_leg(self, leg: Leg, reason: Reason, by: By) -> None:
        """Tell of the leg's end and do what comes after it."""
        assert self.dial is not None
        leg.ended_at, leg.reason, leg.ended_by = self.seconds, reason, by
        self._announce_leg(leg)
        self._tell(Moment.LEG_ENDED)
        self.state = "running"
        dial, instructions = self.dial, self._after_dial()
        if by == "caller":
            self._end_by("hangup", "caller")
        elif reason == "limit":
            self._end_by("limit", "carrier")
        elif dial.ends_the_call and leg.answered_at is not None:
            self._end_by(reason, by)
        else:
            self._run_or_fail(instructions)

    def _after_dial(self) -> Instructions | None:
        """Return the answer of the URL after the dial, or the rest of the document."""
        if self.collects and (told := self.webhooks(Moment.DIAL_OVER)):
            self.pending += told
            return ()
        return self._ask(Moment.DIAL_OVER, self._rest)

    def _run(self, instructions: Instructions) -> None:
        """Follow a document until somebody has to be waited for, or to its end."""
        for index, instruction in enumerate(instructions):
            self._rest = instructions[index + 1 :]
            if not self._do(instruction):
                return
        self._pick_up()
        self._end_by("document", "carrier")

    def _do(self, instruction: Instruction) -> bool:
        """False if the document is left, or goes on when somebody has done something."""
        match instruction:
            case Say() | Play() | Pause():
                self._pick_up()
                self._hear(instruction, self.heard)
                return True
            case Record():
                self.record = instruction
                return True
            case Collect():
                self._collect(instruction)
            case Dial():
                self._dial_out(instruction)
            case Redirect(hook):
                self._pick_up()
                self.redirect = hook
                self._run_or_fail(self._ask(Moment.REDIRECTED, self._rest))
            case Reject(reason) if self.answered_at is None:
                self._end_by(reason, "document")
            case Reject() | HangUp():
                self._end_by("document", "document")
        return False

    def _run_or_fail(self, instructions: Instructions | None) -> None:
        if instructions is None:
            self._end_by("failed", "error")
        else:
            self._run(instructions)

    def _end_by(self, reason: Reason, by: By) -> None:
        self._end(Ending(reason, by, self.answered_at, self.seconds))

    def _hear(self, instruction: Audio, heard: list[str]) -> None:
        match instruction:
            case Say(text) | Play(text):
                heard.append(text)
                self.seconds += _AUDIO_SECONDS
            case Pause(seconds):
                self.seconds += seconds

    def _tell_of_recording(self, leg: Leg) -> None:
        """Last of all: the file has to be made first."""
        if self.record is None:
            return
        if not self.carrier.records:
            self._tell(Moment.NOT_RECORDED)
            return
        limit = self.record.most_seconds
        seconds = leg.duration if limit is None else min(leg.duration, limit)
        uuid = self.carrier.dialect.recording_id(self, leg)
        started_at = leg.answered_at or 0
        self.recording = Recording(uuid, leg, self.record.file_format, seconds, started_at)
        self._hand_over(self.recording)
        self._tell(Moment.RECORDED)

    def _collect(self, instruction: Collect) -> None:
        self._pick_up()
        for audio in instruction.prompt:
            self._hear(audio, self.heard)
        self.asked = instruction
        self.state = "entering"

    def _dial_out(self, instruction: Dial) -> None:
        if not instruction.answers_on_bridge:
            self._pick_up()
        leg = Leg(
            uuid=self.carrier.dialect.new_id(),
            to=instruction.number,
            # Without a caller ID the carrier shows the caller's own number: masking depends on it.
            caller_id=instruction.caller_id or self.caller,
            ring_timeout=instruction.ring_seconds,
            time_limit=instruction.limit_seconds,
            dialled_at=self.seconds,
        )
        self.legs.append(leg)
        self.dial = instruction
        self.state = "dialling"
        self._announce_leg(leg)
        self._tell(Moment.LEG_INITIATED)
        if leg.to.lstrip("+") == self.caller.lstrip("+"):
            self.decline("loop", after=0)

    def _ringing_leg(self) -> Leg:
        self._require("dialling")
        return self.legs[-1]
