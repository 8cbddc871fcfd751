"""A client's requests about virtual numbers, validated, and their results."""

from dataclasses import dataclass, replace
from typing import Any

from maskline.domain.numbers.pool import NumberHealth, NumberStatus, VirtualNumber, with_status
from maskline.domain.phone_numbers import E164


@dataclass(frozen=True, slots=True)
class NumberChange:
    """New attributes of a number; None leaves one alone, "" clears it (subaccount: none).

    `grace_seconds` says how long an unhealthy number goes on working for the sessions that leave
    it; None: to their end.
    """

    alias: str | None = None
    subaccount_id: str | None = None
    fallback_answer_url: str | None = None
    status: NumberStatus | None = None
    health: NumberHealth | None = None
    grace_seconds: int | None = None

    def applied_to(self, number: VirtualNumber, now: int) -> VirtualNumber:
        """The number after the change."""
        wanted: dict[str, Any] = {
            "alias": self.alias,
            "subaccount_id": self.subaccount_id,
            "fallback_answer_url": self.fallback_answer_url,
            "health": self.health,
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        return with_status(replace(number, **given), self.status or number.status, now)


@dataclass(frozen=True, slots=True)
class AddedNumber:
    """The result for one number of an add request; `reason` says why it was refused."""

    number: E164
    is_added: bool
    reason: str = ""
