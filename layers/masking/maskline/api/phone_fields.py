"""Phone numbers as fields of the public API, and why one is not taken."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import ValidationInfo

from maskline.api.fields import Schema, accepting, as_integer, refuse
from maskline.domain.numbers.numbering_plan import lacks_country_code, parse_number
from maskline.domain.phone_numbers import E164

COUNTRY_CODE_HINT = ": write it with its country code"
PHONE_NUMBER: Schema = {
    "type": ["string", "integer"],
    "pattern": "^\\+?[1-9][0-9]{6,14}$",
    "minimum": 10**6,
    "maximum": 10**15 - 1,
    "examples": ["+12025550101"],
}


def as_phone_number(value: object) -> E164 | None:
    """The phone number in a string, or in a JSON integer."""
    return parse_number(_written(value))


def lacks_country(value: object) -> bool:
    """Tell if a number may be a national one."""
    return lacks_country_code(_written(value))


def lacks_plus(value: object) -> bool:
    """Tell if a number was written without + or 00, so that its country code may be missing."""
    return not _written(value).strip().startswith(("+", "00"))


def phone_number_problem(value: object) -> str | None:
    """Return the reason why a number is not taken as a client's phone, None if it is taken."""
    if lacks_country(value):
        return f"is not a valid phone number{COUNTRY_CODE_HINT}"
    return None if as_phone_number(value) else "is not a valid phone number"


def phone_number_problems(given: Mapping[str, object], names: Iterable[str]) -> dict[str, str]:
    """Return the reasons why the numbers of some fields are not taken, by the field's name."""
    found = {name: phone_number_problem(given[name]) for name in names if name in given}
    return {name: problem for name, problem in found.items() if problem}


def _written(value: object) -> str:
    return value if isinstance(value, str) else str(as_integer(value) or "")


def _phone_number(value: object, info: ValidationInfo) -> E164:
    problem = phone_number_problem(value)
    number = as_phone_number(value)
    return number if number and not problem else refuse(info, problem or "")


PhoneNumber = Annotated[E164, accepting(PHONE_NUMBER, _phone_number)]
