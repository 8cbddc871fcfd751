"""Which numbers a session may use: the country of its parties, and the subaccount it is for."""

from typing import Any

import pytest

from maskline.domain.errors import ErrorCode, PoolExhaustedError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.request import SessionRequest
from maskline.domain.sessions.session import Session, Strategy, Terms
from tests.support import builders
from tests.support.builders import SUBACCOUNT_ID, party, virtual
from tests.support.service import Service

EXHAUSTED = "Number pool exhausted or not available"
NO_FIRST = f"{EXHAUSTED}: geomatch leaves no number for first_party"
NO_SECOND = f"{EXHAUSTED}: geomatch leaves no number for second_party"
NO_SUBACCOUNT_NUMBER = f"{EXHAUSTED}: the subaccount has no number"

BRITON, OTHER_BRITON = E164("+447700900101"), E164("+447700900102")
US_NUMBER = E164("+12025550190")
MATCHED = Terms(is_geomatched=True)


@pytest.fixture
def service(service: Service) -> Service:
    """British numbers 0 to 2, and behind them an American one."""
    service.add_numbers(9, number=US_NUMBER, country="US")
    return service


def wanted(first: E164, second: E164, **changes: Any) -> SessionRequest:
    return builders.session_request(
        **{"first_party": first, "second_party": second, "terms": MATCHED, **changes}
    )


def create(service: Service, first: E164, second: E164, **changes: Any) -> Session:
    return service.request(wanted(first, second, **changes)).session


def refusal(service: Service, first: E164, second: E164, **changes: Any) -> str:
    with pytest.raises(PoolExhaustedError) as raised:
        create(service, first, second, **changes)
    text = str(raised.value)
    # Whoever reads the code alone knows if waiting helps.
    waits = raised.value.code is ErrorCode.POOL_EXHAUSTED
    assert waits == (text == EXHAUSTED)
    return text


@pytest.mark.parametrize(
    ("first", "second", "number"),
    [
        (party(0), party(1), US_NUMBER),
        (party(0), BRITON, US_NUMBER),
        (BRITON, party(0), virtual(0)),
    ],
)
def test_a_shared_number_is_of_the_first_partys_country(
    service: Service, first: E164, second: E164, number: E164
) -> None:
    session = create(service, first, second)

    assert (session.first_virtual_number, session.second_virtual_number) == (number, number)


@pytest.mark.parametrize(
    ("first", "second", "numbers"),
    [
        (party(0), BRITON, (US_NUMBER, virtual(0))),
        (BRITON, party(0), (virtual(0), US_NUMBER)),
        (BRITON, OTHER_BRITON, (virtual(0), virtual(0))),
    ],
)
def test_per_party_gives_each_side_a_number_of_its_own_country(
    service: Service, first: E164, second: E164, numbers: tuple[E164, E164]
) -> None:
    session = create(service, first, second, strategy=Strategy.PER_PARTY)

    assert (session.first_virtual_number, session.second_virtual_number) == numbers


def test_without_geomatch_any_country_will_do(service: Service) -> None:
    session = create(service, party(0), party(1), terms=builders.terms())

    assert session.first_virtual_number == virtual(0)


def test_a_taken_country_is_exhausted_though_others_are_free(service: Service) -> None:
    create(service, party(0), party(1))

    assert refusal(service, party(0), party(2)) == EXHAUSTED


def test_a_refusal_says_that_geomatch_left_no_number(service: Service) -> None:
    service.retire(US_NUMBER)

    assert refusal(service, party(0), BRITON) == NO_FIRST
    assert refusal(service, party(0), BRITON, strategy=Strategy.PER_PARTY) == NO_FIRST
    assert refusal(service, BRITON, party(0), strategy=Strategy.PER_PARTY) == NO_SECOND
    assert create(service, BRITON, party(0)).first_virtual_number == virtual(0)


def test_a_subaccounts_session_uses_its_numbers_only(service: Service) -> None:
    service.add_numbers(5, subaccount_id=SUBACCOUNT_ID)

    session = create(service, BRITON, OTHER_BRITON, subaccount_id=SUBACCOUNT_ID)
    assert session.first_virtual_number == virtual(5)
    assert refusal(service, BRITON, party(1), subaccount_id=SUBACCOUNT_ID) == EXHAUSTED
    assert refusal(service, party(0), BRITON, subaccount_id=SUBACCOUNT_ID) == NO_FIRST
    assert create(service, BRITON, party(1)).first_virtual_number == virtual(0)


def test_a_refusal_says_that_the_subaccount_has_no_number(service: Service) -> None:
    refused = refusal(service, BRITON, OTHER_BRITON, subaccount_id=SUBACCOUNT_ID)

    assert refused == NO_SUBACCOUNT_NUMBER


def test_a_number_that_joins_for_the_country_is_used_at_once(service: Service) -> None:
    service.retire(US_NUMBER)
    refusal(service, party(0), party(1))
    service.add_numbers(10, number=E164("+12025550191"), country="US")

    assert create(service, party(0), party(1)).first_virtual_number == "+12025550191"


def test_a_lone_party_gets_numbers_of_their_own_country(service: Service) -> None:
    lone = Terms(is_geomatched=True, is_single_party=True)

    session = create(service, E164(""), party(0), terms=lone)

    assert session.first_virtual_number == session.second_virtual_number == US_NUMBER
