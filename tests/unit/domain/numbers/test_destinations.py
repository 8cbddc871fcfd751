"""Whom an account's sessions may call: countries, and what costs more than a call to a person."""

from itertools import product

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from maskline.domain.numbers.destinations import Destinations, Objection, countries_of
from maskline.domain.numbers.numbering_plan import country_of, is_possible, objection, parse_number
from maskline.domain.phone_numbers import E164, read_caller
from tests.support import builders

AMERICAN, BRITON, JAMAICAN, SOMALI = "+12025550101", "+447700900121", "+18765550123", "+25261234567"
# Ofcom keeps 0909 879 0xxx for drama, like the people's numbers.
PREMIUM = ["+449098790123", "+19005550123", "+448445550123", "+447012345678", "+447693900123"]
EVERYWHERE = Destinations(("*",))
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


RANGES = [
    (region, kind)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in (
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.PAGER,
    )
    if phonenumbers.example_number_for_type(region, kind)
]
FURTHER_DIGITS = [f"{digit * times}" for digit in "0123456789" for times in (1, 2, 3)]
# Japan's mobiles have these ten digits: the nine of a personal number and one more.
JAPANESE_MOBILES = "+8160"


def test_the_numbering_plan_has_as_many_costly_ranges_as_ever() -> None:
    assert len(RANGES) >= 285


def test_a_costly_number_with_a_few_digits_more_is_as_costly() -> None:
    """Networks ignore what is dialled after a complete number."""
    examples = [phonenumbers.example_number_for_type(*one) for one in RANGES]
    dialable = {
        parse_number(phonenumbers.format_number(one, phonenumbers.PhoneNumberFormat.E164) + digits)
        for one in examples
        for digits in ("", *FURTHER_DIGITS)
    }

    allowed = [
        one for one in dialable if one and objection(one, EVERYWHERE) is not Objection.PREMIUM
    ]

    assert [
        one for one in allowed if not (one.startswith(JAPANESE_MOBILES) and is_mobile(one))
    ] == []


def is_mobile(number: str) -> bool:
    return phonenumbers.number_type(phonenumbers.parse(number)) == PhoneNumberType.MOBILE


@pytest.mark.parametrize("number", ["+447699123456", "+448411234567", "+449512345678"])
def test_a_number_that_the_plan_does_not_know_in_a_costly_block_is_costly(number: str) -> None:
    assert objection(E164(number), EVERYWHERE) is Objection.PREMIUM


def test_ordinary_numbers_go_through() -> None:
    kinds = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
    for region, kind in product(phonenumbers.SUPPORTED_REGIONS, kinds):
        example = phonenumbers.example_number_for_type(region, kind)
        number = example and phonenumbers.format_number(
            example, phonenumbers.PhoneNumberFormat.E164
        )
        known = number and parse_number(number)
        if known:
            assert objection(known, Destinations((country_of(known),))) is None, region


@pytest.mark.parametrize(
    "number", ["+4915412345678", "+12005550123", "+911112345678", "+442512345678", "+48409999999"]
)
def test_a_range_that_was_opened_after_the_metadata_is_ordinary(number: str) -> None:
    assert not phonenumbers.is_valid_number(phonenumbers.parse(number))
    assert parse_number(number) == number
    assert objection(E164(number), EVERYWHERE) is None


def test_whatever_calling_code_a_caller_shows_can_be_judged() -> None:
    """Whoever reaches a lone party may show any: nothing is to fail on it."""
    rests = ("5550", "5550177", "25550177", "2025550177", "000000000000")
    read = {
        read_caller(f"{prefix}{code}{rest}", dialled=dialled).number
        for code, rest in product(range(1, 1000), rests)
        for prefix in ("", "+", "00")
        for dialled in (E164("+12025550110"), E164("+442079460110"), None)
    }

    assert len(read) > 1000
    for number in filter(None, read):
        assert is_possible(number) in (True, False)
        assert objection(number, EVERYWHERE) in (None, Objection.PREMIUM)


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
