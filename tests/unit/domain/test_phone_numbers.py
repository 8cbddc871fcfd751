"""Numbers as carriers and clients write them, and as log lines may show them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.domain.numbering_plan import country_of, parse_number
from maskline.domain.phone_numbers import E164, digits, from_carrier, mask_number
from tests.builders import party, virtual


@pytest.mark.parametrize("text", ["+12025550123", "12025550123", " 12025550123 ", "+12025550123\n"])
def test_a_carriers_number_comes_with_or_without_its_plus(text: str) -> None:
    assert from_carrier(text) == "+12025550123"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anonymous",
        "Restricted",
        "sip:alice@phone.example",
        "+",
        "++12025550123",
        "02079460123",
        "+120255",
        "+1202555012345678",
        "1-202-555-0123",
        "+1202555０１２３",  # noqa: RUF001 - digits of another script are the point
    ],
)
def test_what_is_no_international_number_is_no_caller(text: str) -> None:
    assert from_carrier(text) is None


@given(st.text(max_size=20))
def test_whatever_a_carrier_sends_becomes_plain_international_digits_or_nothing(text: str) -> None:
    number = from_carrier(text)

    assert number is None or (number[0] == "+" and number[1:].isascii() and number[1:].isdigit())


def test_objects_show_a_number_without_its_plus() -> None:
    assert digits(party(23)) == "12025550123"


e164 = st.integers(1_000_000, 999_999_999_999_999).map(lambda number: E164(f"+{number}"))


@given(e164)
def test_a_masked_number_shows_its_start_and_its_last_two_digits_only(number: E164) -> None:
    masked = mask_number(number)

    hidden = masked.count("•")
    assert len(masked) == len(number)
    assert hidden >= len(number) - 5
    assert hidden >= 3
    assert masked.replace("•", "") == number[:3] + number[-2:]


@given(st.text(max_size=7))
def test_a_number_too_short_to_hide_a_part_is_hidden_whole(text: str) -> None:
    assert mask_number(text) == "•" * len(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+12025550123", "+12025550123"),
        ("12025550123", "+12025550123"),
        ("+1 (202) 555-0123", "+12025550123"),
        (" 44 20 7946 0123 ", "+442079460123"),
        ("+44 7700 900123", "+447700900123"),
    ],
)
def test_a_client_may_write_a_number_as_people_do(text: str, number: str) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "+", "abc", "123", "+999", "+1202555012", "+12025550123 ext. 4", "+0012025550123"]
)
def test_what_cannot_be_dialled_is_no_number(text: str) -> None:
    assert parse_number(text) is None


@given(e164)
def test_a_parsed_number_parses_to_itself(number: E164) -> None:
    parsed = parse_number(number)

    assert parsed is None or parse_number(parsed) == parsed


@pytest.mark.parametrize(
    ("number", "country"),
    [
        (party(23), "US"),
        (virtual(123), "GB"),
        (E164("+447700900123"), "GB"),
    ],
)
def test_a_number_tells_its_country(number: E164, country: str) -> None:
    assert country_of(number) == country
