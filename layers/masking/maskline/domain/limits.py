"""Limits of an account, beside those of the deployment for all: against fraud and loops."""

from dataclasses import dataclass

# One counter takes 1,000 writes a second, twice what this needs.
MOST_CREATES_PER_MINUTE = 30_000


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The most calls that are connected; 0 is no limit.

    `per_session` counts legs, as total_call_count does; `per_caller` the calls of one phone to the
    account's numbers in an hour.
    """

    per_session: int = 0
    per_caller: int = 0


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """An operator's limits for a main account and its subaccounts together.

    `destination_countries` are ISO alpha-2 or "*"; none named: those of its numbers. Of the counts
    None is what the deployment says, 0 no limit.
    """

    destination_countries: tuple[str, ...] = ()
    allows_premium: bool = False
    creates_per_minute: int | None = None
    calls_per_session: int | None = None
    calls_per_caller_per_hour: int | None = None

    def calls(self, deployed: CallLimits) -> CallLimits | None:
        """Return the limits that its sessions carry, None where they equal the deployment's."""
        session, caller = self.calls_per_session, self.calls_per_caller_per_hour
        own = CallLimits(
            deployed.per_session if session is None else session,
            deployed.per_caller if caller is None else caller,
        )
        return None if own == deployed else own
