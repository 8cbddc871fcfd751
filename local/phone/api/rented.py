"""The numbers that an account rents at the simulated carrier, and how they are configured."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_COUNTRIES = {"+44": "GB", "+1": "US", "+91": "IN", "+49": "DE"}


@dataclass
class RentedNumber:
    """`settings` is what the account has configured, by the carrier's own names."""

    number: str
    settings: dict[str, Any] = field(default_factory=dict)
    has_voice: bool = True

    @property
    def country(self) -> str:
        return country(self.number)


class Rented:
    """The numbers by E.164, and the applications to which a carrier may link them, by id."""

    def __init__(self, numbers: Iterable[str] = ()) -> None:
        self.numbers = {number: RentedNumber(number) for number in numbers}
        self.applications: dict[str, dict[str, Any]] = {}

    def page(self, *, offset: int, limit: int) -> list[RentedNumber]:
        return list(self.numbers.values())[offset : offset + limit]


def country(number: str) -> str:
    """Return the country of a number, with or without its plus."""
    full = f"+{number.removeprefix('+')}"
    return next((code for prefix, code in _COUNTRIES.items() if full.startswith(prefix)), "US")
