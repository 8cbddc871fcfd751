"""A decision in plain English, with what its session tells about it by now."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from maskline.domain.decisions import Decision, Rule
from maskline.domain.interactions import Interaction
from maskline.domain.sessions import Session


class Takeover(StrEnum):
    """Why a call got a line that another one still held: a lost hang-up must not lock a session."""

    UNKNOWN_TO_CARRIER = "unknown_to_carrier"
    TIME_LIMIT = "time_limit"


@dataclass(frozen=True, slots=True)
class PushedAside:
    """The conversation that had the line until then."""

    call_uuid: str
    because: Takeover


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, the session that it names, if any, and what it took the line from."""

    decision: Decision
    session: Session | None = None
    pushed_aside: PushedAside | None = None

    @property
    def text(self) -> str:
        """For an operator, without any number."""
        sentences = (self._why(), _GIVEN.get(self.decision.given, ""), self._took_over())
        return " ".join(sentence for sentence in sentences if sentence)

    def _why(self) -> str:
        decision = self.decision
        if decision.rule is Rule.SESSION_OVER:
            return self._how_it_was_over()
        if decision.rule is Rule.PIN_ASKED:
            return _asked(decision)
        role, attempts = decision.role, decision.pin_attempts or 0
        return _SENTENCES[decision.rule].format(
            role=role, other=role.other if role else "", attempts=attempts
        )

    def _how_it_was_over(self) -> str:
        """An end is never taken back, so the session still knows what was the case then."""
        decision, session = self.decision, self.session
        if session is None or session.is_live(decision.at):
            ends_at = decision.route_expires_at
            is_grace_over = ends_at is not None and ends_at <= decision.at
            return _FORMER_NUMBER_OVER if is_grace_over else _PARTIES_CHANGED
        was_ended = session.modified_at >= session.expires_at
        return _ENDED if was_ended else _EXPIRED

    def _took_over(self) -> str:
        return _TAKEOVERS[self.pushed_aside.because] if self.pushed_aside else ""


def pushed_aside(decision: Decision, interactions: Sequence[Interaction]) -> PushedAside | None:
    """What a connected call took the line from: a conversation of before that was not over yet."""
    own = next((one for one in interactions if one.call_uuid == decision.call_uuid), None)
    if own is None:
        return None
    if decision.other_call_uuid:
        return PushedAside(decision.other_call_uuid, Takeover.UNKNOWN_TO_CARRIER)
    held = [one for one in interactions if one is not own and _lasted_beyond(one, decision.at)]
    if not held:
        return None
    last = max(held, key=lambda one: one.started_at)
    return PushedAside(last.call_uuid, Takeover.TIME_LIMIT)


def _lasted_beyond(interaction: Interaction, at: int) -> bool:
    ended_at = interaction.ended_at
    return interaction.started_at < at and (ended_at is None or ended_at > at)


def _asked(decision: Decision) -> str:
    who = _MUST_ENTER_PIN.format(role=decision.role) if decision.role else _STRANGER_WITH_PIN
    entered = _ATTEMPTS.format(attempts=decision.pin_attempts) if decision.pin_attempts else ""
    return f"{who}{entered} and entered nothing more."


_MUST_ENTER_PIN = (
    "The caller's phone is the {role} party's, who must enter their PIN all the same: they were "
    "asked for it"
)
_STRANGER_WITH_PIN = (
    "No session knows the caller's phone on this number, and one there has PINs: they were asked "
    "for theirs"
)
_ATTEMPTS = ", gave a wrong one or none {attempts} times"
_ENDED = "The session that this leads to had been ended by request."
_EXPIRED = "The session that this leads to had expired."
_FORMER_NUMBER_OVER = (
    "The session was moved off this number, and the time for which the number was still to work "
    "was over."
)
_PARTIES_CHANGED = "The session's parties changed at the moment of the call."

_SENTENCES: dict[Rule, str] = {
    Rule.OWN_PHONE: (
        "The caller's phone is the {role} party's, who dialled their number in the session: they "
        "were connected to the {other} party."
    ),
    Rule.FORMER_NUMBER: (
        "The caller's phone is the {role} party's, who dialled a number that the session was moved "
        "off and that still works: they were connected to the {other} party."
    ),
    Rule.CALL_BACK: (
        "The caller is the session's only party: they were connected to the outsider who reached "
        "them last."
    ),
    Rule.OPEN_DOOR: (
        "The session has one party and takes any caller on this number: the caller was connected "
        "to that party."
    ),
    Rule.PIN: (
        "The caller entered the {role} party's PIN at attempt {attempts}: they were connected to "
        "the {other} party."
    ),
    Rule.FORCED_PIN: (
        "The caller's phone is the {role} party's, who had to enter their PIN and did so at "
        "attempt {attempts}: they were connected to the {other} party."
    ),
    Rule.PLACED_CALL: (
        "The session asked for a call to its first party, who picked up and was connected to the "
        "second party."
    ),
    Rule.LINE_BUSY: (
        "The caller would have been connected, but the session had another conversation, which the "
        "carrier said was still on."
    ),
    Rule.SESSION_SPENT: "The session has had as many calls as are allowed.",
    Rule.CALLER_SPENT: "The caller has made as many calls in an hour as are allowed.",
    Rule.CALLER_GONE: "The caller had hung up before they could be connected: nobody was rung.",
    Rule.NOBODY_YET: (
        "The caller is the session's only party, and nobody whom they could call back has reached "
        "them yet."
    ),
    Rule.OWN_DOOR: (
        "The caller is the party whom others reach on this number: they would have been connected "
        "to themselves."
    ),
    Rule.PIN_WRONG: "The caller gave a wrong PIN, or none, as often as the session asks for one.",
    Rule.PIN_LOCKED: (
        "Too many wrong PINs were entered by this caller, or on this number, for another one to be "
        "asked for."
    ),
    Rule.GREETED: (
        "No session knows the caller's phone on this number, and one there has something to say to "
        "strangers."
    ),
    Rule.NO_SESSION: "No session knows the caller's phone on this number, nor takes strangers.",
    Rule.NUMBER_UNKNOWN: "The number that was dialled is in nobody's pool.",
    Rule.FIRST_PARTY_CALLED: (
        "The session asked for a call to its first party, which the carrier made; it has not said "
        "that anybody picked up."
    ),
    Rule.LEG_TOO_MANY: (
        "The session asked for a call to its first party, and another leg of it had been "
        "connected, or it had been given up, when this one was answered."
    ),
    Rule.NOT_PLACED: "The session asked for a call to its first party, and the carrier made none.",
    Rule.FAILED: "The service failed to decide: this is an error of ours.",
}
_GIVEN = {
    "busy": "They heard the busy signal.",
    "announcement": "They heard an announcement.",
    "audio": "They heard an audio file.",
    "other_application": "The number's own application took the call.",
    "hangup": "The call was ended without a word.",
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
