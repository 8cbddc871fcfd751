"""Whom an account's sessions may call: countries, and what costs more than a call to a person."""

import pytest

from maskline.domain.destinations import Destinations, Objection, countries_of
from maskline.domain.numbering_plan import objection
from maskline.domain.phone_numbers import E164
from tests import builders

AMERICAN, BRITON, JAMAICAN, SOMALI = "+12025550101", "+447700900121", "+18765550123", "+25261234567"
# Ofcom keeps 0909 879 0xxx for drama, like the people's numbers.
PREMIUM = ["+449098790123", "+19005550123", "+448445550123", "+447012345678", "+447693900123"]
SATELLITES = ["+881612345678", "+870773111632"]


def test_a_country_that_is_listed_may_be_called() -> None:
    both = Destinations(("GB", "US"))

    assert [objection(E164(one), both) for one in (AMERICAN, BRITON)] == [None, None]


@pytest.mark.parametrize("number", [BRITON, JAMAICAN, SOMALI])
def test_another_country_may_not(number: str) -> None:
    """Jamaica shares its calling code with the United States, which is what lures live on."""
    assert objection(E164(number), Destinations(("US",))) is Objection.COUNTRY


def test_everywhere_is_everywhere() -> None:
    assert objection(E164(SOMALI), Destinations(("*",))) is None


@pytest.mark.parametrize("number", [*PREMIUM, *SATELLITES])
def test_what_costs_more_is_refused_even_where_every_country_may_be_called(number: str) -> None:
    assert objection(E164(number), Destinations(("*",))) is Objection.PREMIUM
    assert objection(E164(number), Destinations(("*",), allows_premium=True)) is None


def test_a_premium_number_is_still_of_a_country() -> None:
    lenient = Destinations(("US",), allows_premium=True)

    assert objection(E164(PREMIUM[0]), lenient) is Objection.COUNTRY
    assert objection(E164(SATELLITES[0]), lenient) is Objection.COUNTRY


def test_the_countries_of_a_subaccounts_numbers_are_its_own() -> None:
    numbers = [
        builders.virtual_number(0),
        builders.virtual_number(1, country="US"),
        builders.virtual_number(2, country="FR", subaccount_id="SA1"),
    ]

    assert countries_of(numbers, "") == ("GB", "US")
    assert countries_of(numbers, "SA1") == ("FR",)
    assert countries_of([], "") == ()
