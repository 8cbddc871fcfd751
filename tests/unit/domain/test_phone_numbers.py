"""Numbers as carriers and clients write them, and as log lines may show them."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberFormat

from maskline.domain.numbers.numbering_plan import (
    country_of,
    is_possible,
    lacks_country_code,
    parse_number,
)
from maskline.domain.phone_numbers import (
    CALLING_CODES,
    E164,
    TRUNK_ZERO,
    CallerId,
    digits,
    is_same_phone,
    mask_number,
    phone_of,
    read_caller,
    read_number,
)
from tests.support.builders import party, virtual

AMERICAN, BRITISH, GERMAN = E164("+12025550110"), E164("+442079460110"), E164("+493023125000")
ARGENTINE, MEXICAN, ITALIAN = E164("+541155550110"), E164("+525555550110"), E164("+390612345678")
NOBODY = CallerId(None)


def metadata(calling_code: int) -> PhoneMetadata:
    region = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[calling_code][0]
    if region == "001":
        return PhoneMetadata.metadata_for_nongeo_region(calling_code)
    return PhoneMetadata.metadata_for_region(region)


def examples() -> list[tuple[int, E164]]:
    """A number of each kind of each country, as the numbering plan has it, with its code."""
    found = []
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        if regions == ("001",):
            numbers = [phonenumbers.example_number_for_non_geo_entity(code)]
        else:
            numbers = [
                phonenumbers.example_number_for_type(region, kind)
                for region in regions
                for kind in phonenumbers.PhoneNumberType.values()
            ]
        written = [
            phonenumbers.format_number(number, PhoneNumberFormat.E164)
            for number in numbers
            if number
        ]
        # What is shorter is dialled in its country only, and what is longer by nobody.
        found += [(code, E164(number)) for number in written if 8 <= len(number) <= 16]
    return found


EXAMPLES = examples()
# The plan's own examples there are of before 2019.
OLD_EXAMPLES = {241}


def test_the_assigned_calling_codes_are_the_numbering_plans() -> None:
    assert {int(code) for code in CALLING_CODES} == set(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


def test_the_countries_with_a_zero_in_front_are_the_numbering_plans() -> None:
    with_zero = {
        code
        for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE
        if metadata(code).national_prefix == "0"
    }

    assert {int(code) for code in TRUNK_ZERO} == with_zero


def test_every_number_of_the_plan_is_read_in_every_international_form() -> None:
    for code, number in EXAMPLES:
        if code in OLD_EXAMPLES:
            continue
        bare = digits(number)
        for written in (number, bare, f"00{bare}", f"+{bare[:3]} {bare[3:6]}-{bare[6:]}"):
            assert read_number(written) == number


def test_every_number_of_the_plan_is_read_in_its_national_form_by_one_who_is_dialled_there() -> (
    None
):
    for code, number in EXAMPLES:
        national = digits(number).removeprefix(str(code))
        if str(code) in TRUNK_ZERO:
            assert read_number(f"0{national}", dialled=number) == number
            assert read_number(f"+{code} (0){national}") == number
        elif national.startswith("0") and str(code) in {"39", "225", "229", "242", "378"}:
            assert read_number(national, dialled=number) == number


# The forms in which one phone is written or presented, and the one that works from abroad. The
# numbers are made up; each rule is the country's own.
FORMS = [
    ("+5491155550001", ["+54 9 11 5555-0001", "+54 11 15 5555-0001", "541115 55550001"]),
    ("+5492214550001", ["+54 221 15 455-0001", "+54 9 221 15 455-0001"]),
    ("+5492966455001", ["+54 2966 15 455001"]),
    ("+525512345678", ["+52 1 55 1234 5678", "5215512345678", "+52 044 55 12345678"]),
    ("+2290197000001", ["22997000001", "+229 97 00 00 01"]),
    ("+5541988880001", ["+55 41 8888-0001", "554188880001", "+55 041 98888-0001"]),
    ("+2250701020304", ["+225 07 01 02 03 04"]),
    ("+2250757000001", ["+225 57 00 00 01"]),
    ("+2250544000001", ["+225 44 00 00 01"]),
    ("+2250101000001", ["+225 01 00 00 01"]),
    ("+24166111111", ["+241 06 11 11 11", "+241 6 11 11 11", "+241 0 66 11 11 11"]),
    ("+24177280150", ["+241 07 28 01 50", "+241 077 28 01 50"]),
    ("+24111760000", ["+241 01 76 00 00"]),
    ("+3780549886377", ["+378 886377", "+39 0549 886377"]),
    ("+3612345678", ["+36 06 1 234 5678"]),
    ("+442079460150", ["+44 (0)20 7946 0150", "0044 20 7946 0150", "44.20.7946.0150"]),
]


@pytest.mark.parametrize(("number", "written"), FORMS)
def test_one_phone_in_several_forms_is_one_number(number: str, written: list[str]) -> None:
    assert {read_number(form) for form in [number, *written]} == {number}
    assert is_possible(E164(number))


@pytest.mark.parametrize(
    ("shown", "dialled", "number"),
    [
        ("02079460150", BRITISH, "+442079460150"),
        ("00442079460150", AMERICAN, "+442079460150"),
        ("011442079460150", AMERICAN, "+442079460150"),
        ("2025550150", AMERICAN, "+12025550150"),
        ("2145550177", AMERICAN, "+12145550177"),
        ("0012025550150", BRITISH, "+12025550150"),
        ("01115 5555-0001", ARGENTINE, "+5491155550001"),
        ("0445512345678", MEXICAN, "+525512345678"),
        ("0612345678", ITALIAN, "+390612345678"),
        ("0197000001", E164("+2290197000110"), "+2290197000001"),
        ("077280150", E164("+24111760000"), "+24177280150"),
        ("0612345678", E164("+3612345000"), "+3612345678"),
    ],
)
def test_a_national_form_is_of_the_country_of_the_dialled_number(
    shown: str, dialled: E164, number: str
) -> None:
    assert read_caller(shown, dialled=dialled).number == number


@pytest.mark.parametrize(
    ("shown", "national", "abroad"),
    [
        ("6592345678", "+16592345678", "+6592345678"),
        ("2025550150", "+12025550150", "+2025550150"),
        ("2145550177", "+12145550177", None),
    ],
)
def test_ten_digits_on_a_number_of_north_america_may_be_two_numbers(
    shown: str, national: str, abroad: str | None
) -> None:
    otherwise = E164(abroad) if abroad else None

    assert read_caller(shown, dialled=AMERICAN) == CallerId(E164(national), otherwise=otherwise)
    for dialled in (BRITISH, None):
        number = read_number(shown)
        assert read_caller(shown, dialled=dialled) == CallerId(number)


def test_every_number_of_the_plan_is_one_of_two_at_most_without_its_plus() -> None:
    """Carriers send them so. On a number of North America some are national forms as well.

    One number of each country is shown on one of each country; the others on some kinds of them.
    """
    known = [(code, number) for code, number in EXAMPLES if code not in OLD_EXAMPLES]
    of_each = dict(EXAMPLES)
    kinds = (AMERICAN, BRITISH, GERMAN, ARGENTINE, MEXICAN, ITALIAN, None)
    for code, number in known:
        is_sample = number == of_each[code]
        for dialled in {*kinds, of_each[code], *(of_each.values() if is_sample else ())}:
            shown = read_caller(digits(number), dialled=dialled)
            assert number in shown.readings()
            assert (dialled and dialled.startswith("+1")) or shown == CallerId(number)


@pytest.mark.parametrize(
    ("shown", "dialled"),
    [
        ("02079460150", None),
        ("02025550150", AMERICAN),
        ("+02079460150", BRITISH),
        ("sip:+12025550150@carrier.example", AMERICAN),
        ("12025550150;ext=1", AMERICAN),
        ("client:alice", AMERICAN),
        ("2145550177", BRITISH),
        ("999999999999999", AMERICAN),
        ("+120255", AMERICAN),
        ("++12025550123", AMERICAN),
        ("+1202CALLNOW", AMERICAN),
        ("*12025550101", AMERICAN),
        ("+12025550101;phone-context=evil.example", AMERICAN),
        ("+1202555０１２３", AMERICAN),  # noqa: RUF001 - digits of another script are the point
        ("+1202\u200b5550123", AMERICAN),
    ],
)
def test_what_came_and_cannot_be_read_is_nobodys_number(shown: str, dialled: E164 | None) -> None:
    assert read_caller(shown, dialled=dialled) == NOBODY


WORDS = ["", "anonymous", "Restricted", "PRIVATE", "unavailable", "Unknown", "withheld", "blocked"]
ADDRESSES = [
    "sip:anonymous@anonymous.invalid",
    "Anonymous@carrier.example;user=phone",
    "no caller id",
]
KEYPADS = ["266696687", "7378742833", "2562533", "8566696", "8656696", "86282452253", "464"]
FILLERS = ["0", "0000000000", "10000000000", "1234567"]


@pytest.mark.parametrize(
    "shown",
    [
        *WORDS,
        *ADDRESSES,
        *FILLERS,
        *(form for word in KEYPADS for form in (word, f"+{word}", f"1{word}", f"+1{word}")),
    ],
)
def test_a_withheld_number_is_one_in_all_of_its_disguises(shown: str) -> None:
    for dialled in (AMERICAN, BRITISH, GERMAN, None):
        assert read_caller(shown, dialled=dialled) == NOBODY
    assert parse_number(shown) is None


dialled_numbers = st.none() | st.sampled_from([number for _, number in EXAMPLES])
lookalikes = st.text(st.sampled_from("0123456789+-() "), max_size=24)


@given(st.text(max_size=20) | lookalikes, dialled_numbers)
def test_whatever_a_carrier_sends_is_a_number_in_full_or_none(
    text: str, dialled: E164 | None
) -> None:
    caller = read_caller(text, dialled=dialled)

    if caller.number is None:
        return
    assert caller.number[0] == "+"
    assert caller.number[1:].isascii()
    assert caller.number[1:].isdigit()
    assert phonenumbers.parse(caller.number).country_code
    assert read_number(caller.number) == caller.number


e164 = st.integers(1_000_000, 999_999_999_999_999).map(lambda number: E164(f"+{number}"))


def test_an_argentine_mobile_is_one_phone_with_its_9_and_without() -> None:
    with_9, without = E164("+5491155550001"), E164("+541155550001")

    assert is_same_phone(with_9, without)
    assert phone_of(with_9) == phone_of(without)
    assert not is_same_phone(with_9, E164("+5491155550002"))
    # Whether the other form can be dialled nobody knows: each stays as it came.
    assert [read_number(number) for number in (with_9, without)] == [with_9, without]


@given(e164, e164)
def test_two_other_numbers_are_two_phones(one: E164, other: E164) -> None:
    assert is_same_phone(one, other) is (one == other) or "+54" in (one[:3], other[:3])


def test_objects_show_a_number_without_its_plus() -> None:
    assert digits(party(23)) == "12025550123"


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
    "text",
    [
        *("", "+", "abc", "123", "+999", "+1202555012", "+12025550123 ext. 4", "+0012025550123"),
        # Possible at home only.
        *("+15550101", "+820172"),
    ],
)
def test_what_cannot_be_dialled_is_no_number(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize("text", ["2025550101", "(202) 555-0101", "02079460150", "020 7946 0150"])
def test_a_national_number_lacks_its_country_code(text: str) -> None:
    assert lacks_country_code(text)


@pytest.mark.parametrize(
    "text", ["12025550101", "+2025550101", "002025550101", "+999", "123", "abc", "anonymous", ""]
)
def test_nothing_else_lacks_its_country_code(text: str) -> None:
    assert not lacks_country_code(text)


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
