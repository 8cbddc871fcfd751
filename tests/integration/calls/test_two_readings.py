"""Digits that are a national form here and an international number abroad: whose call is it?"""

import pytest

from maskline.domain.calls.plan import Announce, Announcement, CallPlan, Dial
from maskline.domain.phone_numbers import E164, read_caller
from maskline.domain.sessions.session import Strategy
from tests.support import builders
from tests.support.builders import party, virtual
from tests.support.service import Service

ALICE, GRACE = party(0), party(6)
NUMBER = E164("+12025550190")
NOWHERE = Announce(Announcement.NOT_CONNECTED)
# Singapore, Denmark, Estonia, New Zealand; Washington.
PARTIES = ["+6592345678", "+4532123456", "+3723212345", "+6432345678", "+12025550150"]
# Assigned on both sides: a mobile of Vanuatu, and a number in Georgia.
IN_VANUATU, IN_GEORGIA = E164("+6785912345"), E164("+16785912345")


@pytest.fixture(autouse=True)
def american(service: Service) -> None:
    """An American number is all there is."""
    service.provision(destination_countries=["*"])
    for index in (0, 1, 2):
        service.retire(virtual(index))
    service.add_numbers(0, number=NUMBER, country="US")


def ring(service: Service, shown: str, dialled: E164 = NUMBER) -> CallPlan:
    return service.call_from(read_caller(shown, dialled=dialled), dialled, others_live=False)


def lone(service: Service, strategy: Strategy = Strategy.SHARED) -> E164:
    """A session of Grace alone. The number that is open to outsiders."""
    request = builders.lone_request(6, strategy=strategy)
    return service.request(request).session.second_virtual_number


def called_back(service: Service, door: E164) -> E164 | None:
    plan = service.call(GRACE, door, others_live=False)
    return plan.peer if isinstance(plan, Dial) else None


@pytest.mark.parametrize("number", PARTIES)
def test_a_party_is_known_without_plus_and_without_country(service: Service, number: str) -> None:
    service.create(first_party=E164(number))
    national = number.removeprefix("+1").removeprefix("+")

    for shown in (number, number[1:], national):
        plan = ring(service, shown)
        assert isinstance(plan, Dial)
        assert plan.peer == party(1)


def test_digits_of_two_parties_reach_neither(service: Service) -> None:
    for second, number in enumerate((IN_VANUATU, IN_GEORGIA), 1):
        assert service.create(0, second, first_party=number).first_virtual_number == NUMBER
    before = service.state()

    assert ring(service, IN_VANUATU[1:]) == NOWHERE
    assert service.state() == before
    assert all(isinstance(ring(service, one), Dial) for one in (IN_VANUATU, IN_GEORGIA))


@pytest.mark.parametrize(
    ("shown", "reached"),
    [
        ("4532123456", "+4532123456"),
        ("6432345678", "+6432345678"),
        ("2025550150", "+12025550150"),
        (IN_VANUATU, IN_VANUATU),
    ],
)
def test_an_outsider_is_whom_the_numbering_plan_knows(
    service: Service, shown: str, reached: str
) -> None:
    door = lone(service)

    assert isinstance(ring(service, shown, door), Dial)
    assert called_back(service, door) == reached


def test_an_outsider_who_may_be_two_is_connected_and_not_remembered(service: Service) -> None:
    door = lone(service)
    service.call(ALICE, door)

    assert isinstance(ring(service, IN_VANUATU[1:], door), Dial)
    assert called_back(service, door) == ALICE


def test_whoever_may_be_the_party_behind_the_door_is_not_connected_to_themselves(
    service: Service,
) -> None:
    service.add_numbers(0, number=E164("+12025550191"), country="US")
    request = builders.lone_request(first_party=IN_VANUATU, strategy=Strategy.PER_PARTY)
    session = service.request(request).session

    assert session.first_virtual_number != session.second_virtual_number
    assert ring(service, IN_VANUATU[1:], session.second_virtual_number) == NOWHERE
