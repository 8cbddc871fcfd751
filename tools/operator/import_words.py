"""Reads the words of `make import-numbers`, such as COUNTRY=GB ALL=1; refuses all others."""

from collections.abc import Mapping, Sequence
from typing import Any

from maskline.carriers import NAMES
from maskline.domain.numbers.numbering_plan import is_country, parse_number

_NAMES = ("ACCOUNT", "CARRIER", "NUMBERS", "COUNTRY", "ALL", "CONFIGURE")
TAKES = (
    f"make import-numbers takes ACCOUNT (its auth_id), CARRIER ({', '.join(NAMES)}), NUMBERS"
    " (+12025550190,+442079460190), COUNTRY (ISO 3166 alpha-2 codes: US,GB), ALL=1, CONFIGURE=1,"
    " and of the stack PORT, or REGION and STACK."
)


class WordError(Exception):
    """A word that `make import-numbers` does not take, or one that is missing."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} {TAKES}")


def read_words(typed: Sequence[str]) -> dict[str, Any]:
    """The order that the words, NAME=value, come to. Raises WordError."""
    words = dict(word.partition("=")[::2] for word in typed)
    unknown = [name for name in words if name not in _NAMES]
    if unknown:
        raise WordError(f"There is no {' and no '.join(unknown)}.")
    return {
        "account": _given("ACCOUNT", words),
        "carrier": _given("CARRIER", words),
        "numbers": _numbers(_listed(words.get("NUMBERS", ""))),
        "countries": _countries(_listed(words.get("COUNTRY", "").upper())),
        "all": _is_set("ALL", words),
        "configure": _is_set("CONFIGURE", words),
    }


def _given(name: str, words: Mapping[str, str]) -> str:
    if not words.get(name):
        raise WordError(f"{name} is missing.")
    return words[name]


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _numbers(listed: list[str]) -> list[str]:
    if not all(parse_number(number) for number in listed):
        raise WordError("NUMBERS must be numbers with + and their country codes.")
    return listed


def _countries(listed: list[str]) -> list[str]:
    unknown = [code for code in listed if not is_country(code)]
    if unknown:
        raise WordError(f"COUNTRY must list countries, and {' and '.join(unknown)} is none.")
    return listed


def _is_set(name: str, words: Mapping[str, str]) -> bool:
    if words.get(name, "") not in ("", "1"):
        raise WordError(f"{name} must be 1, or be left out.")
    return bool(words.get(name))
