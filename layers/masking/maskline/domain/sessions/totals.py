"""The sums over a session's calls."""

from dataclasses import dataclass
from decimal import Decimal

from maskline.domain.money import MIXED, US_DOLLAR


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over a session's interactions. `call_count` counts legs; durations are seconds.

    `unpriced` counts the legs that cost something not known (yet).
    """

    call_count: int = 0
    billed_seconds: int = 0
    amount: Decimal = Decimal(0)
    currency: str = US_DOLLAR
    unpriced: int = 0

    @property
    def known_amount(self) -> Decimal | None:
        """The whole amount, None if it cannot be told."""
        return None if self.unpriced or self.currency == MIXED else self.amount

    def __add__(self, other: "Totals") -> "Totals":
        return self._joined(other, 1)

    def __sub__(self, other: "Totals") -> "Totals":
        return self._joined(other, -1)

    def _joined(self, other: "Totals", sign: int) -> "Totals":
        currencies = {totals.currency for totals in (self, other) if totals.amount} or {US_DOLLAR}
        return Totals(
            self.call_count + sign * other.call_count,
            self.billed_seconds + sign * other.billed_seconds,
            self.amount + sign * other.amount,
            currencies.pop() if len(currencies) == 1 else MIXED,
            self.unpriced + sign * other.unpriced,
        )
