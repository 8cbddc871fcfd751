"""An operator's order to import numbers from a carrier, and what became of each number."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from maskline.domain.phone_numbers import E164


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """The numbers that an account is to have of those that it rents at a carrier.

    Those of `countries` (ISO alpha-2), the `numbers` named, or all; without any of these, none.
    `configures`: the carrier is to send us the webhooks of these, as far as they are in the pool,
    and without any of these, of the whole pool. An order that is carried on begins at `start`, a
    place in the carrier's list.
    """

    account_id: str
    carrier: str
    numbers: frozenset[E164] = frozenset()
    countries: Collection[str] = ()
    takes_all: bool = False
    configures: bool = False
    start: int = 0

    def wants(self, number: E164, country: str) -> bool:
        """Tell if a number is to be added."""
        return self.takes_all or number in self.numbers or country in self.countries

    def sets_webhooks(self, number: E164, country: str) -> bool:
        """Tell if the webhooks of a number in the pool are to be set."""
        is_whole_pool = not self.numbers and not self.countries
        return self.configures and (is_whole_pool or self.wants(number, country))


class PoolPlace(StrEnum):
    """The place of a number: in the account's pool, since now or before, or out of it."""

    ADDED = "added"
    IN = "in"
    OUT = "out"


class Webhooks(StrEnum):
    """The receiver of what the carrier asks and reports of a number."""

    SET = "set"
    OURS = "ours"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class ImportedNumber:
    """A number after the import; `note` says what could not be done with it, and why."""

    number: E164
    country: str
    pool: PoolPlace
    webhooks: Webhooks
    note: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """A part of the carrier's list; the order goes on at `next_start`, None at its end."""

    numbers: tuple[ImportedNumber, ...]
    next_start: int | None
