"""A decision in plain English, with what its session tells about it by now."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from maskline.domain.calls.interaction import Interaction
from maskline.domain.calls.report import LegStatus
from maskline.domain.sessions.session import Session
from maskline.domain.why.decision import Decision, Rule


class Takeover(StrEnum):
    """The reason why a call got a line that another held: a lost hang-up must lock no session."""

    UNKNOWN_TO_CARRIER = "unknown_to_carrier"
    TIME_LIMIT = "time_limit"


@dataclass(frozen=True, slots=True)
class PushedAside:
    """The conversation that had the line until then."""

    call_uuid: str
    because: Takeover


class Outcome(StrEnum):
    """The end of a dialled leg, in one word for all carriers."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, its session, if any, and that session's conversations.

    `conversations` may miss those that cannot be read. Without any, how the dialled leg ended and
    who was pushed aside is not known.
    """

    decision: Decision
    session: Session | None = None
    conversations: Sequence[Interaction] = ()

    @property
    def outcome(self) -> Outcome | None:
        """Return how the dialled leg ended: the callee's, or that of a first party whom we called.

        None if nobody was dialled, and while the phone rings.
        """
        own = self._own
        if own is None:
            return None
        is_dialled = own.callee.status is not LegStatus.NOT_DIALLED
        leg = own.callee if is_dialled else own.caller
        return Outcome.ANSWERED if leg.was_answered else _OUTCOMES.get(leg.status)

    @property
    def is_connected(self) -> bool:
        """True if two people were put through to each other."""
        return self.decision.is_dialled and self.outcome is Outcome.ANSWERED

    @property
    def pushed_aside(self) -> PushedAside | None:
        """Return the conversation, not over yet, from which a connected call took the line."""
        own, at = self._own, self.decision.at
        if own is None or not self.decision.is_dialled:
            return None
        if self.decision.other_call_uuid:
            return PushedAside(self.decision.other_call_uuid, Takeover.UNKNOWN_TO_CARRIER)
        held = [one for one in self.conversations if one is not own and _lasted_beyond(one, at)]
        if not held:
            return None
        last = max(held, key=lambda one: one.started_at)
        return PushedAside(last.call_uuid, Takeover.TIME_LIMIT)

    @property
    def text(self) -> str:
        """For an operator, without any number."""
        sentences = [self._why()]
        outcome, aside = self.outcome, self.pushed_aside
        if self.decision.is_dialled and outcome:
            sentences.append(_ENDS[outcome])
        if aside:
            sentences.append(_TAKEOVERS[aside.because])
        return " ".join(sentences)

    @property
    def _own(self) -> Interaction | None:
        call_uuid = self.decision.call_uuid
        return next((one for one in self.conversations if one.call_uuid == call_uuid), None)

    def _why(self) -> str:
        role = self.decision.role
        other = role.other if role else ""
        how = self._how_it_was_over() if self.decision.rule is Rule.SESSION_OVER else ""
        return _SENTENCES[self.decision.rule].format(role=role, other=other, how=how)

    def _how_it_was_over(self) -> str:
        """An end is never taken back, so the session still knows what was the case then."""
        decision, session = self.decision, self.session
        if session is not None and not session.is_live(decision.at):
            was_ended = session.modified_at >= session.expires_at
            return "had been ended by request" if was_ended else "had expired"
        former = session.former_numbers if session is not None else ()
        if any(one.role is decision.role and not one.works(decision.at) for one in former):
            return "had been moved off this number, whose time was over"
        return "got other parties at the moment of the call"


def _lasted_beyond(interaction: Interaction, at: int) -> bool:
    ended_at = interaction.ended_at
    return interaction.started_at < at and (ended_at is None or ended_at > at)


_OUTCOMES = {
    LegStatus.COMPLETED: Outcome.ANSWERED,
    LegStatus.BUSY: Outcome.BUSY,
    LegStatus.NO_ANSWER: Outcome.NO_ANSWER,
    LegStatus.REJECTED: Outcome.REJECTED,
    LegStatus.FAILED: Outcome.FAILED,
    LegStatus.CANCEL: Outcome.CANCELLED,
}
_ENDS = {
    Outcome.ANSWERED: "That phone was answered.",
    Outcome.BUSY: "That phone was busy.",
    Outcome.NO_ANSWER: "Nobody answered that phone.",
    Outcome.REJECTED: "The call was rejected at that phone.",
    Outcome.FAILED: "The carrier did not reach that phone.",
    Outcome.CANCELLED: "The caller hung up before that phone was answered.",
}
_TOLD = "They heard an announcement"
_STRANGERS_LOT = f"{_TOLD}, or the number's own application took the call."
_SENTENCES: dict[Rule, str] = {
    Rule.OWN_PHONE: (
        "The caller's phone is the {role} party's, who dialled their number in the session: "
        "the {other} party's phone was rung."
    ),
    Rule.FORMER_NUMBER: (
        "The caller's phone is the {role} party's, who dialled a number that the session was moved "
        "off and that still works: the {other} party's phone was rung."
    ),
    Rule.CALL_BACK: (
        "The caller is the session's only party: the phone of the outsider who reached them last "
        "was rung."
    ),
    Rule.OPEN_DOOR: (
        "The session has one party and takes any caller on this number: that party's phone was "
        "rung."
    ),
    Rule.PIN: "The caller entered the {role} party's PIN: the {other} party's phone was rung.",
    Rule.FORCED_PIN: (
        "The caller's phone is the {role} party's, who had to enter their PIN and did: the "
        "{other} party's phone was rung."
    ),
    Rule.PLACED_CALL: (
        "The session asked for a call to its first party, who picked up: the second party's phone "
        "was rung."
    ),
    Rule.LINE_BUSY: (
        "The caller would have been connected, but the session had another conversation, which the "
        "carrier said was still on. They heard the busy signal or, after a PIN, an announcement."
    ),
    Rule.SESSION_OVER: "The session that this leads to {how}. " + _STRANGERS_LOT,
    Rule.SESSION_SPENT: f"The session has had as many calls as are allowed. {_TOLD}.",
    Rule.CALLER_SPENT: f"The caller has made as many calls in an hour as are allowed. {_TOLD}.",
    Rule.CALLER_GONE: "The caller had hung up before they could be connected: nobody was rung.",
    Rule.NOBODY_YET: (
        "The caller is the session's only party, and nobody whom they could call back has reached "
        f"them yet. {_TOLD}."
    ),
    Rule.OWN_DOOR: (
        "The caller is the party whom others reach on this number: they would have been connected "
        f"to themselves. {_STRANGERS_LOT}"
    ),
    Rule.PIN_ASKED: (
        "The caller was asked for a PIN, and has given neither the right one nor the last wrong "
        "one. Who has a role must enter their own, whatever phone they call from; for anybody "
        "else, a session on the number has PINs."
    ),
    Rule.PIN_WRONG: (
        "The caller gave a wrong PIN, or none, as often as the session asks for one. They heard "
        "its audio file for that or, if it has none, an announcement."
    ),
    Rule.PIN_LOCKED: (
        "Too many wrong PINs were entered by this caller, or on this number, for another one to be "
        f"asked for. {_STRANGERS_LOT}"
    ),
    Rule.GREETED: (
        "No session knows the caller's phone on this number. They heard the audio file that one "
        "there has for strangers."
    ),
    Rule.NO_SESSION: (
        f"No session knows the caller's phone on this number, nor takes strangers. {_STRANGERS_LOT}"
    ),
    Rule.NUMBER_UNKNOWN: f"The number that was dialled is in nobody's pool. {_TOLD}.",
    Rule.FIRST_PARTY_CALLED: (
        "The session asked for a call to its first party, which the carrier made; it has not said "
        "that anybody picked up."
    ),
    Rule.LEG_TOO_MANY: (
        "The session asked for a call to its first party, and another leg of it had been "
        f"connected, or it had been given up, when this one was answered. {_TOLD}."
    ),
    Rule.NOT_PLACED: "The session asked for a call to its first party, and the carrier made none.",
    Rule.FAILED: f"The service failed to decide: this is an error of ours. {_TOLD}.",
}
_TAKEOVERS = {
    Takeover.UNKNOWN_TO_CARRIER: (
        "It took the line from a call whose hang-up never came: the carrier no longer knew it."
    ),
    Takeover.TIME_LIMIT: (
        "It took the line from a call that must have been over by its own limits, though no "
        "hang-up had come."
    ),
}
