"""A session may ask for the carrier of its numbers, and give that wish up."""

from dataclasses import replace

import pytest

from maskline.carriers import DEFAULT
from maskline.domain.errors import (
    ErrorCode,
    InvalidParameterError,
    NoSuitableNumberError,
    PoolExhaustedError,
)
from maskline.domain.sessions.session import Rung, Strategy
from tests.support import builders
from tests.support.builders import lone_request, party, virtual
from tests.support.carriers import OTHER
from tests.support.replacing import numbers_of
from tests.support.service import Service

pytestmark = pytest.mark.usefixtures("other_carrier")

FROM_OTHER = builders.terms(carrier=OTHER)
NONE_FREE = "Number pool exhausted or not available: carrier leaves no free number"
OTHER_OR_ANY = replace(FROM_OTHER, on_exhaustion=(Rung.ANY_CARRIER,))


@pytest.mark.parametrize("strategy", Strategy)
def test_a_session_gets_numbers_of_the_carrier_that_it_names(
    service: Service, strategy: Strategy
) -> None:
    session = service.create(terms=FROM_OTHER, strategy=strategy)

    assert numbers_of(session) == (virtual(10), virtual(10))
    assert (session.carrier, session.rungs) == (OTHER, ())
    assert service.stored(session).terms.carrier == OTHER


def test_without_a_wish_any_carrier_will_do(service: Service) -> None:
    assert service.create().carrier == DEFAULT
    for number in (0, 1, 2):
        service.retire(virtual(number))

    assert service.create(2, 3).carrier == OTHER


def test_a_wish_that_cannot_be_met_is_a_refusal(service: Service) -> None:
    for other in (2, 3):
        service.create(0, other, terms=FROM_OTHER)

    with pytest.raises(PoolExhaustedError, match=f"^{NONE_FREE}$") as refused:
        service.create(0, 4, terms=FROM_OTHER)
    assert refused.value.code is ErrorCode.POOL_EXHAUSTED


def test_the_refusal_says_that_any_other_carrier_has_none_either(service: Service) -> None:
    for other in (2, 3):
        service.create(0, other, terms=FROM_OTHER)
    for other in (4, 5, 6):
        service.create(0, other)

    with pytest.raises(PoolExhaustedError, match=f"^{NONE_FREE}; also tried: any_carrier$"):
        service.create(0, 7, terms=OTHER_OR_ANY)
    with pytest.raises(PoolExhaustedError, match=r"^Number pool exhausted or not available$"):
        service.create(0, 7)


def test_where_the_pool_has_no_number_at_all_no_carrier_is_blamed(service: Service) -> None:
    for number in (0, 1, 2, 10, 11):
        service.retire(virtual(number))

    with pytest.raises(NoSuitableNumberError, match=r"^Number pool exhausted or not available$"):
        service.create(terms=FROM_OTHER)


def test_it_is_given_up_where_the_ladder_says_so(service: Service) -> None:
    for other in (2, 3):
        service.create(0, other, terms=OTHER_OR_ANY)

    session = service.create(0, 4, terms=OTHER_OR_ANY)

    assert (session.carrier, session.rungs) == (DEFAULT, (Rung.ANY_CARRIER,))
    assert numbers_of(session) == (virtual(0), virtual(0))


def test_the_refusal_of_a_carrier_without_numbers_says_so(service: Service) -> None:
    for number in (10, 11):
        service.retire(virtual(number))

    with pytest.raises(NoSuitableNumberError, match="carrier leaves no number"):
        service.create(terms=FROM_OTHER)
    assert service.create(terms=OTHER_OR_ANY).carrier == DEFAULT


def test_a_carrier_that_the_account_has_no_credentials_for_is_refused_by_name(
    service: Service,
) -> None:
    with pytest.raises(InvalidParameterError) as refused:
        service.create(terms=builders.terms(carrier="nobody"))

    assert refused.value.field == "carrier"


@pytest.mark.parametrize("strategy", Strategy)
def test_the_party_who_is_added_dials_a_number_of_the_same_carrier(
    service: Service, strategy: Strategy
) -> None:
    terms = replace(FROM_OTHER, is_single_party=True)
    lone = service.request(lone_request(terms=terms, strategy=strategy)).session
    if strategy is Strategy.PER_PARTY:
        # The number that outsiders dial is taken for whoever is to be added.
        with service.only(lone.second_virtual_number):
            service.create(1, 4)

    complete = service.update(lone, fixed={"second_party": party(1)})

    assert complete.carrier == OTHER
    assert complete.second_virtual_number in {virtual(10), virtual(11)}
    is_another = complete.second_virtual_number != lone.second_virtual_number
    assert is_another is (strategy is Strategy.PER_PARTY)


def test_an_update_may_repeat_the_wish_and_what_came_of_it(service: Service) -> None:
    for other in (2, 3):
        service.create(0, other, terms=OTHER_OR_ANY)
    session = service.create(0, 4, terms=OTHER_OR_ANY)

    for repeated in (OTHER, DEFAULT):
        service.update(session, fixed={"carrier": repeated}, record=True)
    with pytest.raises(InvalidParameterError, match="carrier cannot be updated"):
        service.update(session, fixed={"carrier": "third"})
