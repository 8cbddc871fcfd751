"""What an account may do, beside what the deployment allows to all: against fraud and loops."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """An operator's limits for a main account and its subaccounts together.

    `destination_countries` are ISO alpha-2 or "*"; none named: those of its numbers.
    """

    destination_countries: tuple[str, ...] = ()
    allows_premium: bool = False
