"""Ask Google's numbering plan (phonenumberslite) about a number. Not for the answer path."""

import re

import phonenumbers
from phonenumbers import PhoneNumberType

from maskline.domain.numbers.destinations import ANYWHERE, Destinations, Objection
from maskline.domain.phone_numbers import E164, read_number

# Ranges whose calls pay somebody, or may cost many times what a call to a person costs. Personal
# numbers and pagers (UK 070, 076) were lures long before their rates were capped: ofcom.org.uk,
# "New rules to combat high call costs and scams", 2019; psauthority.org.uk on 076, 2010.
_PREMIUM = {
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.PAGER,
}
# Blocks in which the plan knows but a part of the numbers: Ofcom's National Telephone Numbering
# Plan, 2024, appendix A, gives all of these to the kinds above.
_PREMIUM_BLOCKS = ("+4470", "+4476", "+4484", "+4487", "+449")
# What the plan can read: a calling code of three digits, and two more.
_SHORTEST = len("+99999")
# Digits enough for a number, as people write them.
_DIGITS = re.compile(r"([ ().\-/]*[0-9]){7,15}[ ().\-/]*", re.ASCII)


def parse_number(text: str) -> E164 | None:
    """A number that a client gave, as `read_number` reads it; None if none can be dialled so.

    Possible numbers pass even where the plan knows no such range: plans change before the
    metadata does, and test ranges (555-01xx) are never assigned.
    """
    number = read_number(text)
    return number if number and is_possible(number) else None


def is_possible(number: E164) -> bool:
    """Tell if numbers of that length are dialled from abroad in that country."""
    parsed = phonenumbers.parse(number, None)
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE and written == number


def is_assigned(number: E164) -> bool:
    """Tell if the plan knows the range."""
    return phonenumbers.is_valid_number(phonenumbers.parse(number, None))


def lacks_country_code(text: str) -> bool:
    """Tell a number that may be a national one: without a plus it is none that the plan knows."""
    written = text.strip()
    if written.startswith("00") or not _DIGITS.fullmatch(written):
        return False
    number = read_number(written)
    return not number or not is_assigned(number)


def country_of(number: E164) -> str:
    """ISO 3166 alpha-2 country of a number, "" where the plan names none (as satellite networks).

    A calling code shared by several countries (+1, +44) is told apart by the area code; a range
    that the plan does not know counts as the code's main country.
    """
    parsed = phonenumbers.parse(number, None)
    region = phonenumbers.region_code_for_number(parsed)
    if region is None:
        region = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    return "" if region in {"001", "ZZ", None} else str(region)


def is_country(code: str) -> bool:
    """Tell if a country of that ISO 3166 alpha-2 code has numbers."""
    return code in phonenumbers.SUPPORTED_REGIONS


def read_as(number: E164) -> str:
    """Say which country digits without a plus were taken for, as the end of a sentence.

    Most of those that surprise somebody are national forms.
    """
    country = country_of(number) or "no country"
    return f"was read as a number of {country}, write + and the country code first"


def objection(number: E164, destinations: Destinations) -> Objection | None:
    """Return the reason why an account may not call a number, None if it may."""
    country = country_of(number)
    if not destinations.allows_premium and (not country or _is_premium(number)):
        return Objection.PREMIUM
    if {country, ANYWHERE} & set(destinations.countries):
        return None
    return Objection.COUNTRY


def _is_premium(number: E164) -> bool:
    """Tell if a call may end at such a number: networks ignore digits after a complete one."""
    kind = _kind_of(number)
    if kind != PhoneNumberType.UNKNOWN:
        return kind in _PREMIUM
    shorter = (number[:end] for end in range(len(number) - 1, _SHORTEST - 1, -1))
    return number.startswith(_PREMIUM_BLOCKS) or any(_kind_of(one) in _PREMIUM for one in shorter)


def _kind_of(number: str) -> int:
    return phonenumbers.number_type(phonenumbers.parse(number, None))
