"""A session has one line, whoever calls: a phone does not push its own call aside either."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from local.aws.engine import Engine
from maskline.domain.calls.plan import Announce, Announcement, Busy, CallPlan, Dial
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session, Status
from tests.support import builders
from tests.support.builders import party, virtual
from tests.support.explained import opened
from tests.support.manual_clock import ManualClock
from tests.support.pin_caller import PinCaller
from tests.support.scenario import ALICE
from tests.support.service import Service
from tests.support.threads import together

PINS = builders.pin_terms()
LIMIT_SECONDS = 60 + 1800
BUSY, UNAVAILABLE = Busy(), Announce(Announcement.PARTY_UNAVAILABLE)


class Phone:
    """Somebody who calls a session again and again, on its number, with or without a PIN."""

    def __init__(
        self, session: Session, phone: E164 | None, *, pin: str = "", busy: CallPlan = BUSY
    ) -> None:
        self.session, self.busy = session, busy
        self._phone, self._pin = phone, pin

    def call(self, call_uuid: str, *, others_live: bool = True) -> CallPlan:
        """`others_live` is what the carrier says of the call that has the line."""
        call = PinCaller(self._phone, virtual(0), call_uuid, others_live)
        plan = call.dial()
        return call.enter(self._pin) if self._pin else plan


def _with_pins(service: Service, phone: E164 | None) -> Phone:
    session = service.create(terms=builders.terms(pin=PINS))
    return Phone(session, phone, pin=PINS.first_pin, busy=UNAVAILABLE)


def _lone_session(service: Service) -> Session:
    with service.only(virtual(0)):
        return service.request(builders.lone_request(0)).session


def _lone_party(service: Service) -> Phone:
    session = _lone_session(service)
    service.call(party(5), virtual(0), call_uuid="outsider")
    service.report(session, "outsider", builders.caller_ended(leg_uuid="outsider"))
    return Phone(session, party(0))


PHONES: dict[str, Callable[[Service], Phone]] = {
    "a party": lambda service: Phone(service.create(), party(0)),
    "an outsider at an open door": lambda service: Phone(_lone_session(service), party(5)),
    "a withheld caller at an open door": lambda service: Phone(_lone_session(service), None),
    "the lone party, calling back": _lone_party,
    "a stranger with a PIN": lambda service: _with_pins(service, party(50)),
    "a withheld caller with a PIN": lambda service: _with_pins(service, None),
}


@pytest.fixture(params=PHONES)
def phone(request: pytest.FixtureRequest, service: Service) -> Phone:
    return PHONES[request.param](service)


def line_of(service: Service, phone: Phone) -> str:
    """The call that has the line."""
    held = service.stored(phone.session).live_call
    assert held is not None
    return held.call_uuid


def test_of_twenty_calls_of_one_phone_one_is_connected(service: Service, phone: Phone) -> None:
    before = len(service.view(phone.session).interactions)

    plans = [phone.call(f"call-{index}") for index in range(20)]

    assert isinstance(plans[0], Dial)
    assert plans[1:] == [phone.busy] * 19
    assert len(service.view(phone.session).interactions) == before + 1
    assert line_of(service, phone) == "call-0"


def test_of_twenty_calls_of_one_phone_at_once_one_is_connected(service: Service) -> None:
    session = service.create()

    calls = [
        partial(service.call, party(0), virtual(0), call_uuid=f"call-{index}")
        for index in range(20)
    ]

    assert Counter(map(type, together(calls))) == {Dial: 1, Busy: 19}
    [conversation] = service.view(session).interactions
    assert conversation.ended_at is None


def test_a_call_that_the_carrier_knows_no_more_is_pushed_aside(
    service: Service, phone: Phone
) -> None:
    phone.call("lost")

    assert isinstance(phone.call("again", others_live=False), Dial)

    assert line_of(service, phone) == "again"
    assert phone.call("third") == phone.busy


def test_the_other_party_pushes_it_aside_as_well(service: Service) -> None:
    phone = Phone(service.create(), party(0))
    phone.call("lost")

    plan = service.call(party(1), virtual(0), call_uuid="new", others_live=False)

    assert isinstance(plan, Dial)
    assert line_of(service, phone) == "new"


def test_a_lost_hangup_locks_a_session_until_the_calls_own_limits(
    service: Service, phone: Phone, time: ManualClock
) -> None:
    phone.call("lost")

    time.advance(seconds=LIMIT_SECONDS - 0.001)
    assert phone.call("too early") == phone.busy

    time.advance(seconds=0.001)
    assert service.stored(phone.session).status(time.now) is Status.ACTIVE
    assert isinstance(phone.call("again"), Dial)
    assert line_of(service, phone) == "again"


def test_a_hangup_frees_the_line(service: Service, phone: Phone) -> None:
    phone.call("first")
    service.report(phone.session, "first", builders.caller_ended(leg_uuid="first"))

    assert isinstance(phone.call("second"), Dial)


def test_a_repeated_webhook_of_the_call_that_has_the_line_is_answered_as_before(
    service: Service, phone: Phone
) -> None:
    plan = phone.call("first")
    before = service.state()

    assert isinstance(plan, Dial)
    assert phone.call("first") == plan
    assert service.state() == before


@pytest.mark.parametrize(
    ("says", "outcome"), [("alive", "busy"), ("over", "dialling"), ("nothing", "busy")]
)
def test_the_carrier_is_asked_about_a_phones_own_call(
    says: str, outcome: str, engine: Engine
) -> None:
    """Over HTTP; not knowing counts as alive."""
    with opened(engine) as company:
        number = company.session("line")
        first = company.ring(ALICE, number).answer()
        if says != "alive":
            company.lose_the_hangup_of(first)
        if says == "nothing":
            company.service.outside.stop()

        assert company.ring(ALICE, number).outcome == outcome
