"""Toll fraud: nobody is dialled in a country that the account does not call, or at a premium."""

from typing import Any

import pytest

from maskline.domain.calls.plan import Announce, Announcement, CallPlan, Dial
from maskline.domain.errors import InvalidParameterError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role, Session
from tests.support import builders
from tests.support.builders import party, virtual
from tests.support.pin_caller import PinCaller
from tests.support.service import Service

SOMALI, PREMIUM = E164("+25261234567"), E164("+449098790123")
US_NUMBER = E164("+12025550190")
ALICE, CAROL = party(0), party(2)


@pytest.fixture
def number(service: Service) -> E164:
    """The only one of the pool."""
    for index in (1, 2):
        service.retire(virtual(index))
    return virtual(0)


def refusal(service: Service, **changes: Any) -> InvalidParameterError:
    with pytest.raises(InvalidParameterError) as refused:
        service.create(**changes)
    return refused.value


def lone(service: Service, role: Role = Role.FIRST, **changes: Any) -> Session:
    return service.request(builders.lone_request(role=role, **changes)).session


@pytest.mark.parametrize("field", ["first_party", "second_party"])
def test_a_party_in_another_country_is_refused_by_name_and_leaves_nothing(
    service: Service, field: str
) -> None:
    before = service.items()

    error = refusal(service, **{field: SOMALI})

    assert error.field == field
    assert error.reason == (
        f"Invalid parameter. {field} is in a country that this account does not call"
    )
    assert service.items() == before


def test_a_premium_number_is_refused_wherever_the_account_calls(service: Service) -> None:
    service.provision(destination_countries=["*"])
    assert service.create(second_party=SOMALI)

    error = refusal(service, second_party=PREMIUM)

    assert error.reason.endswith("second_party is a number that is charged above the usual rates")


def test_an_operator_may_allow_premium_numbers(service: Service) -> None:
    service.provision(allows_premium=True)

    assert service.create(second_party=PREMIUM)


def test_without_a_list_the_countries_are_those_of_the_numbers(service: Service) -> None:
    service.provision(destination_countries=[])

    assert refusal(service).field == "first_party"
    service.add_numbers(9, number=US_NUMBER, country="US")
    assert service.create()


def test_a_subaccount_calls_the_countries_of_its_own_numbers(service: Service) -> None:
    service.provision(destination_countries=[])
    own = {"subaccount_id": builders.SUBACCOUNT_ID, "country": "US"}
    service.add_numbers(9, number=US_NUMBER, **own)

    assert service.create(subaccount_id=builders.SUBACCOUNT_ID)
    assert refusal(service).field == "first_party"


def test_a_repeated_create_gets_its_first_answer_whatever_is_allowed_by_now(
    service: Service,
) -> None:
    key = builders.idempotency_key()
    created = service.create(key=key)
    service.provision(destination_countries=["FR"])

    assert service.create(key=key) == created


def test_a_party_that_is_added_is_checked_too(service: Service) -> None:
    session = lone(service)
    before = service.items()

    with pytest.raises(InvalidParameterError, match="second_party is in a country"):
        service.update(session, fixed={"second_party": SOMALI})

    assert service.items() == before
    assert service.update(session, fixed={"second_party": CAROL}).second_party == CAROL


@pytest.mark.parametrize("longer", ["", "7", "77"])
def test_a_party_that_is_added_is_no_premium_number_with_digits_behind_it(
    service: Service, longer: str
) -> None:
    service.provision(destination_countries=["*"])
    session = lone(service)

    with pytest.raises(InvalidParameterError, match="second_party is a number that is charged"):
        service.update(session, fixed={"second_party": E164("+499001234567" + longer)})


@pytest.mark.parametrize("lure", [SOMALI, PREMIUM])
@pytest.mark.parametrize("role", Role)
def test_who_cannot_be_called_is_heard_and_not_called_back(
    service: Service, number: E164, role: Role, lure: E164
) -> None:
    """A missed call from a number that pays whoever owns it is bait for a call back."""
    session = lone(service, role)

    assert isinstance(service.call(lure, number, call_uuid="lure"), Dial)
    service.report(session, "lure", builders.caller_ended(leg_uuid="lure"))

    assert service.call(ALICE, number) == Announce(Announcement.NOBODY_YET)


def test_a_lure_does_not_leave_the_outsider_before_it_to_be_called_by_mistake(
    service: Service, number: E164
) -> None:
    session = lone(service)
    for uuid, outsider in (("a", CAROL), ("b", SOMALI)):
        service.call(outsider, number, call_uuid=uuid)
        service.report(session, uuid, builders.caller_ended(leg_uuid=uuid))
    assert service.call(ALICE, number) == Announce(Announcement.NOBODY_YET)

    service.call(CAROL, number, call_uuid="c")
    service.report(session, "c", builders.caller_ended(leg_uuid="c"))
    back = service.call(ALICE, number)

    assert isinstance(back, Dial)
    assert back.peer == CAROL


def test_a_lure_with_a_pin_is_not_called_back_either(service: Service, number: E164) -> None:
    pins = builders.terms(pin=builders.pin_terms(), is_single_party=True)
    session = lone(service, terms=pins)
    lure = PinCaller(SOMALI, number)
    lure.dial()

    connected: CallPlan = lure.enter("7390")
    service.report(session, lure.call_uuid, builders.caller_ended(leg_uuid=lure.call_uuid))

    assert isinstance(connected, Dial)
    assert service.call(ALICE, number) == Announce(Announcement.NOBODY_YET)


def test_an_update_keeps_who_may_be_called_back(service: Service, number: E164) -> None:
    session = lone(service)
    service.update(session, ring_timeout_seconds=30)

    service.call(SOMALI, number)

    assert not service.stored(session).last_outsider


def test_a_refusal_is_logged_for_the_metric_and_names_nobody(
    service: Service, number: E164, caplog: pytest.LogCaptureFixture
) -> None:
    refusal(service, first_party=SOMALI)
    lone(service)
    service.call(PREMIUM, number)

    refused = [one for one in caplog.records if getattr(one, "event", "") == "destination_refused"]
    assert [(vars(one)["field"], vars(one)["reason"]) for one in refused] == [
        ("first_party", "country"),
        ("outsider", "premium"),
    ]
    assert not any(one in caplog.text for one in (SOMALI[1:], PREMIUM[1:]))


@pytest.mark.parametrize(
    "limits",
    [
        {"destination_countries": "US"},
        {"destination_countries": ["us"]},
        {"destination_countries": ["USA"]},
        {"destination_countries": ["GB", "UK"]},
        {"destination_countries": ["ZZ"]},
        {"destination_countries": ["001"]},
        {"destination_countries": [1]},
        {"destination_country": ["US"]},
    ],
)
def test_limits_that_cannot_be_understood_are_refused(
    service: Service, limits: dict[str, Any]
) -> None:
    with pytest.raises(InvalidParameterError):
        service.provision(**limits)


def test_a_country_that_is_none_is_named(service: Service) -> None:
    with pytest.raises(InvalidParameterError, match=r"UK is no country$") as refused:
        service.provision(destination_countries=["GB", "UK"])

    assert refused.value.field == "destination_countries"
