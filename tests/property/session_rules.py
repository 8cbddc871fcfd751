"""Sessions come, change and go: who gets which number, and who must be refused."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from maskline.carriers import DEFAULT
from maskline.domain.errors import InvalidParameterError, PoolExhaustedError, SessionExpiredError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.request import SessionRequest
from maskline.domain.sessions.session import PinTerms, Role, Rung, Session, Strategy
from maskline.services.sessions import end as end_session
from tests.property.machine import NUMBERS, PEOPLE, Machine, expiries, numbers, people
from tests.property.promises import NOBODY, Promise, carrier_of
from tests.property.wishes import Wish
from tests.support import builders
from tests.support.carriers import OTHER

given_pins = st.sampled_from(["0011", "0022", "0033"])
# "" is drawn by the service.
pin_pairs = st.tuples(
    st.one_of(given_pins, st.just("")), st.one_of(given_pins, st.just(""))
).filter(lambda pair: pair[0] != pair[1] or pair == ("", ""))


def _pin_terms(pair: tuple[str, str], *, length: int, is_forced: bool, retries: int) -> PinTerms:
    return builders.pin_terms(
        first_pin=pair[0],
        second_pin=pair[1],
        generated_length=length,
        is_generated=True,
        is_forced=is_forced,
        retries=retries,
    )


terms = st.builds(
    builders.terms,
    is_geomatched=st.booleans(),
    cooloff_seconds=st.one_of(st.just(0), st.integers(1, 900)),
    on_exhaustion=st.lists(st.sampled_from(Rung), unique=True).map(tuple),
    is_sticky=st.booleans(),
    carrier=st.sampled_from(["", "", DEFAULT, OTHER]),
    unknown_caller_play=st.sampled_from(["", "https://customer.example/closed.mp3"]),
    pin=st.none()
    | st.builds(
        _pin_terms,
        pin_pairs,
        length=st.sampled_from([4, 6]),
        is_forced=st.booleans(),
        retries=st.integers(0, 2),
    ),
)


@st.composite
def requests(draw: st.DrawFn) -> SessionRequest:
    """Two parties, or one in either role."""
    pair = draw(st.permutations(range(PEOPLE)))[:2]
    lone = draw(st.none() | st.sampled_from(Role))
    rest: dict[str, Any] = {
        "strategy": draw(st.sampled_from(Strategy)),
        "settings": builders.settings(session_expiry_seconds=draw(expiries)),
        "terms": replace(draw(terms), is_single_party=lone is not None),
    }
    if lone is None:
        return builders.session_request(*pair, **rest)
    return builders.lone_request(pair[0], lone, **rest)


class SessionRules(Machine):
    """What a client asks for, and the sweep that tells of what is over."""

    @initialize(
        asked=st.lists(requests(), min_size=2, max_size=4),
        retired=st.just(set()) | st.sets(numbers, max_size=NUMBERS - 1),
    )
    def begin(self, asked: list[SessionRequest], retired: set[E164]) -> None:
        """With some sessions, since a run may well draw no more of them; one at least is made.

        In a small pool doors come to where sessions are, and were.
        """
        for request in asked:
            self._create(request)
        for number in sorted(retired):
            self.retire(number)

    @rule(request=requests())
    def create(self, request: SessionRequest) -> None:
        self._create(request)

    def _create(self, request: SessionRequest) -> None:
        """A session gets the first numbers that fit, or is refused if none does (I8).

        With one party and no PINs, the other number is the last without an open door (I3). Numbers
        on which a door would meet what strangers hear are for whoever finds no others.
        """
        expected = self.model.first_fit(request)
        try:
            made = self.service.request(request).session
        except PoolExhaustedError:
            assert expected is None
            return
        assert expected is not None
        chosen, granted = expected
        assert {role: made.virtual_number(role) for role in Role} == chosen
        assert {carrier_of(number) for number in chosen.values()} == {made.carrier}
        assert (made.strategy, made.rungs) == (granted.strategy, granted.given_up)
        _assert_terms_are_as_asked(made, request)
        promise = _promise(made, granted)
        self.model.promises.append(promise)
        self.model.remember(promise)

    @rule(data=st.data(), person=people)
    def add_the_missing_party(self, data: st.DataObject, person: E164) -> None:
        """Once, on a number that is free for them; again it changes nothing."""
        lone = [promise for promise in self.model.live() if promise.lone]
        promise = data.draw(st.sampled_from(lone or self.model.promises))
        role = promise.missing_role or Role.SECOND
        present = promise.parties[role]
        expected = self.model.fit_for_added(promise, person) if promise.lone else None
        try:
            complete = self.service.update(
                self.session_of(promise), fixed={f"{role}_party": person}
            )
        except SessionExpiredError:
            assert self.time.now >= promise.expires_at
        except InvalidParameterError:
            assert person == promise.lone or present not in {NOBODY, person}
        except PoolExhaustedError:
            assert promise.lone
            assert expected is None
        else:
            assert self.time.now < promise.expires_at
            assert person == present or expected
            if expected:
                held = self.model.held_by(person)
                promise.add(person, *expected, lost=held, now=self.time.now)
                self.model.remember(promise)
            wish = promise.wish
            assert (complete.strategy, complete.rungs) == (wish.strategy, wish.given_up)

    @rule(data=st.data(), seconds=expiries)
    def change_expiry(self, data: st.DataObject, seconds: int) -> None:
        promise = self.some_session(data)
        is_live = self.time.now < promise.expires_at
        try:
            self.service.update(self.session_of(promise), session_expiry_seconds=seconds)
        except SessionExpiredError:
            assert not is_live
        else:
            assert is_live
            promise.expires_at = promise.timeout_at = self.time.now + seconds * 1000

    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        promise = self.some_session(data)
        is_live = self.time.now < promise.expires_at
        try:
            self.service.end(self.session_of(promise))
        except SessionExpiredError:
            assert not is_live
        else:
            assert is_live
            promise.expires_at, promise.timeout_at = self.time.now, None

    @rule()
    def sweep(self) -> None:
        """Every timeout that is due is told, and none twice."""
        due = self.model.due()
        assert end_session.time_out_due_sessions().told == len(due)
        assert end_session.time_out_due_sessions().told == 0
        for promise in due:
            promise.timeout_at = None


def _assert_terms_are_as_asked(made: Session, request: SessionRequest) -> None:
    """Given PINs are kept, and those that were not are drawn."""
    asked, got = request.terms.pin, made.terms.pin
    assert replace(made.terms, pin=asked) == request.terms
    if asked is None or got is None:
        assert asked is got
        return
    first, second = asked.first_pin or got.first_pin, asked.second_pin or got.second_pin
    assert got == replace(asked, first_pin=first, second_pin=second)
    for given, pin in ((asked.first_pin, first), (asked.second_pin, second)):
        assert pin.isdigit()
        assert len(pin) == (len(given) or asked.generated_length)


def _promise(made: Session, wish: Wish) -> Promise:
    return Promise(
        session_uuid=made.session_uuid,
        parties={role: made.party(role) for role in Role},
        numbers={role: made.virtual_number(role) for role in Role},
        wish=wish,
        terms=made.terms,
        created_at=made.created_at,
        expires_at=made.expires_at,
        timeout_at=made.expires_at,
    )
