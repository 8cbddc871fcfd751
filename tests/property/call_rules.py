"""Calls on any number from any phone, by PIN or without: whom they reach, and who must not be."""

from dataclasses import dataclass, replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from maskline.domain.calls.plan import (
    Announce,
    Announcement,
    Busy,
    CallPlan,
    CollectPin,
    Dial,
    Play,
)
from maskline.domain.calls.route import RouteKind
from maskline.domain.phone_numbers import E164
from maskline.domain.why.decision import Rule
from maskline.store.calls.known import read_known_call
from tests.property.machine import Machine, numbers, outsiders, phones
from tests.property.promises import NOBODY, Line, Promise, Proof, Way
from tests.support import builders
from tests.support.pin_caller import PinCaller

NOT_CONNECTED = Announce(Announcement.NOT_CONNECTED)
NOBODY_YET = Announce(Announcement.NOBODY_YET)
NOT_IN_SERVICE = Announce(Announcement.NOT_IN_SERVICE)
UNAVAILABLE = Announce(Announcement.PARTY_UNAVAILABLE)
# As the builders' settings say: the longest ring, and the longest conversation.
LONGEST_CALL_MS = (60 + 1800) * 1000


@dataclass
class Question:
    """A caller who is asked for a PIN: for anybody's or, as a registered party, for their own."""

    call: PinCaller
    prompter: Promise
    own: Way | None
    failures: int = 0

    @property
    def caller(self) -> E164:
        return self.call.phone or NOBODY

    def accepts(self, way: Way) -> bool:
        return self.own is None or (way.promise, way.role) == (self.own.promise, self.own.role)


class CallRules(Machine):
    """A call reaches exactly whom the model says, who sees exactly that number (I4).

    `others_live` is what the carrier says of a call that holds the line.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conversations: list[tuple[Promise, str]] = []
        self.questions: list[Question] = []

    @rule(caller=phones, dialled=numbers, others_live=st.booleans())
    def call(self, caller: E164, dialled: E164, others_live: bool) -> None:
        """Anybody dials any number, with the own number withheld or not."""
        self._call(PinCaller(caller or None, dialled, others_live=others_live))

    @rule(data=st.data(), others_live=st.booleans())
    def call_where_a_session_is_or_was(self, data: st.DataObject, others_live: bool) -> None:
        """On a number of now or of old: a party, or an outsider who has a PIN or finds a door."""
        proof, _ = data.draw(st.sampled_from(list(self.some_session(data).ways())))
        is_party = proof.kind is RouteKind.PARTY
        caller = E164(proof.shown) if is_party else data.draw(outsiders)
        self._call(PinCaller(caller or None, proof.number, others_live=others_live))

    @precondition(lambda self: self.pins())
    @rule(data=st.data(), others_live=st.booleans())
    def call_with_a_pin(self, data: st.DataObject, others_live: bool) -> None:
        """Anybody who knows a PIN, also a party who must have another one, on its number."""
        proof = data.draw(st.sampled_from(self.pins()))
        caller = data.draw(st.sampled_from(self._phones_on(proof.number)) | phones)
        call = PinCaller(caller or None, proof.number, others_live=others_live)
        self._call(call)
        if self.questions and self.questions[-1].call is call:
            self._enter(self.questions.pop(), proof.shown)

    @precondition(lambda self: self.doors())
    @rule(data=st.data(), others_live=st.booleans())
    def call_where_a_door_is(self, data: st.DataObject, others_live: bool) -> None:
        """An outsider, or somebody who has or had a session of their own there."""
        number = data.draw(st.sampled_from(self.doors()))
        caller = data.draw(st.sampled_from(self._phones_on(number)) | outsiders)
        self._call(PinCaller(caller or None, number, others_live=others_live))

    def doors(self) -> list[E164]:
        """The numbers that have an open one."""
        return [one.number for one, way in self.model.open_ways() if way.kind is RouteKind.OPEN]

    def _phones_on(self, number: E164) -> list[E164]:
        """Those that lead somewhere or did, or a withheld one."""
        on_it = [one for one, _ in self.model.ways() if one.number == number]
        return [E164(one.shown) for one in on_it if one.kind is RouteKind.PARTY] or [NOBODY]

    def _call(self, call: PinCaller) -> None:
        plan = call.dial()
        way = self.model.way_for(call.phone or NOBODY, call.dialled)
        if way is None:
            self._greeted(call, plan)
        elif way.is_forced:
            self._asked(Question(call, way.promise, way), plan)
        else:
            self._connected(call, way, plan, busy=Busy())

    def _greeted(self, call: PinCaller, plan: CallPlan) -> None:
        """A stranger is asked where PINs live, else hears audio, of the newest session."""
        greeter, caller = self.model.greeter(call.dialled), call.phone or NOBODY
        if call.dialled not in self.model.numbers:
            assert plan == NOT_IN_SERVICE
        elif greeter is None:
            is_over = self.model.is_cooling_off(caller, call.dialled)
            others = {Rule.NO_SESSION, Rule.OWN_DOOR} if not is_over else set()
            assert plan == NOT_CONNECTED
            assert _rule(call) in {Rule.SESSION_OVER, *others}
        elif greeter.terms.pin is None:
            assert plan == Play(greeter.terms.unknown_caller_play)
            assert _rule(call) is Rule.GREETED
        else:
            self._asked(Question(call, greeter, None), plan)

    def _asked(self, question: Question, plan: CallPlan) -> None:
        assert isinstance(plan, CollectPin)
        assert question.call.answer is not None
        assert question.call.answer.session_uuid == question.prompter.session_uuid
        assert _rule(question.call) is Rule.PIN_ASKED
        self.questions.append(question)

    def _connected(self, call: PinCaller, way: Way, plan: CallPlan, *, busy: CallPlan) -> None:
        caller, promise = call.phone or NOBODY, way.promise
        if not way.peer:
            assert plan == NOBODY_YET
            assert _rule(call) is Rule.NOBODY_YET
        elif (call.others_live or promise.may_be_elsewhere) and promise.is_busy(self.time.now):
            assert plan == busy
            assert _rule(call) is Rule.LINE_BUSY
        else:
            assert isinstance(plan, Dial)
            assert _rule(call) in _connecting(way, call)
            assert (plan.peer, plan.caller_id) == (way.peer, way.caller_id)
            promise.line = Line(call.call_uuid, self.time.now + LONGEST_CALL_MS)
            if not promise.parties[way.role]:
                promise.last_outsider = caller or promise.last_outsider
            self.conversations.append((promise, call.call_uuid))

    @precondition(lambda self: self.questions)
    @rule(data=st.data())
    def enter_digits(self, data: st.DataObject) -> None:
        """Long after the question: nothing, what nobody has, or any PIN of the number."""
        question = data.draw(st.sampled_from(self.questions))
        self.questions.remove(question)
        known = {one.shown for one in self.pins() if one.number == question.call.dialled}
        self._enter(question, data.draw(st.sampled_from(["", "9999", *sorted(known)])))

    def pins(self) -> list[Proof]:
        """All that ever had a meaning, the latest first."""
        return [one for one, _ in self.model.ways() if one.kind is RouteKind.PIN][::-1]

    def _enter(self, question: Question, digits: str) -> None:
        """A PIN leads to exactly whom it means, now (I2, I4); a repeated webhook hears the same."""
        call = question.call
        plan = call.enter(digits)
        way = self.model.proven(question.caller, call.dialled, digits)
        if way is not None and question.accepts(way):
            self._connected(call, way, plan, busy=UNAVAILABLE)
        else:
            self._refused(question, plan)
        assert call.send(replace(call.entries[-1])) == plan

    def _refused(self, question: Question, plan: CallPlan) -> None:
        """As often as the prompting session says, as long as that lives."""
        question.failures += 1
        pins = question.prompter.terms.pin
        assert pins is not None
        if self.time.now >= question.prompter.expires_at:
            is_ours = question.call.dialled in self.model.numbers
            assert plan == (NOT_CONNECTED if is_ours else NOT_IN_SERVICE)
            assert _rule(question.call) is Rule.SESSION_OVER
        elif question.failures > pins.retries:
            assert plan == Play(pins.incorrect_url)
            assert _rule(question.call) is Rule.PIN_WRONG
        else:
            self._asked(question, plan)

    @precondition(lambda self: self.conversations)
    @rule(data=st.data())
    def hang_up(self, data: st.DataObject) -> None:
        """Whoever holds the line lets go; a late or repeated hangup changes nothing."""
        promise, call_uuid = data.draw(st.sampled_from(self.conversations))
        report = builders.caller_ended(leg_uuid=call_uuid)
        self.service.report(self.session_of(promise), call_uuid, report)
        if promise.line and promise.line.call_uuid == call_uuid:
            promise.line = None


def _rule(call: PinCaller) -> Rule | None:
    """Why the call went where it went, as its account would be told now."""
    known = read_known_call(builders.MAIN_ID, call.call_uuid, 0)
    return known.decision.rule if known else None


def _connecting(way: Way, call: PinCaller) -> set[Rule]:
    """The rules by which a way connects: whether a PIN was forced, the phone does not tell."""
    if way.kind is RouteKind.OPEN:
        return {Rule.OPEN_DOOR}
    if call.entries:
        return {Rule.PIN, Rule.FORCED_PIN}
    if way.promise.lone:
        return {Rule.CALL_BACK}
    return {Rule.FORMER_NUMBER if way.former else Rule.OWN_PHONE}
