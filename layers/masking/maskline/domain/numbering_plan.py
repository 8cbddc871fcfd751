"""What Google's numbering plan (phonenumberslite) says about a number. Not for the answer path."""

import phonenumbers
from phonenumbers import PhoneNumberType

from maskline.domain.destinations import ANYWHERE, Destinations, Objection
from maskline.domain.phone_numbers import E164

# Ranges whose calls pay somebody, or may cost many times what a call to a person costs. Personal
# numbers and pagers (UK 070, 076) were lures long before their rates were capped: ofcom.org.uk,
# "New rules to combat high call costs and scams", 2019; psauthority.org.uk on 076, 2010.
_PREMIUM = {
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.PAGER,
}


def parse_number(text: str) -> E164 | None:
    """A number that a client gave, with or without plus, spaces or punctuation; None if it is none.

    Possible numbers pass even where the plan knows no such range: plans change before the
    metadata does, and test ranges (555-01xx) are never assigned.
    """
    candidate = text.strip()
    try:
        parsed = phonenumbers.parse("+" + candidate.removeprefix("+"), None)
    except phonenumbers.NumberParseException:
        return None
    if parsed.extension or not phonenumbers.is_possible_number(parsed):
        return None
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    # A trunk zero was dropped; one that is still there would be dropped by the next reader.
    return E164(number) if phonenumbers.parse(number, None) == parsed else None


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


def objection(number: E164, destinations: Destinations) -> Objection | None:
    """Why an account may not call a number, None if it may."""
    country = country_of(number)
    kind = phonenumbers.number_type(phonenumbers.parse(number, None))
    if not destinations.allows_premium and (kind in _PREMIUM or not country):
        return Objection.PREMIUM
    if {country, ANYWHERE} & set(destinations.countries):
        return None
    return Objection.COUNTRY
