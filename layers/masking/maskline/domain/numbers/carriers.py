"""An account's carriers, as its operator sees them and calls them healthy or not."""

from dataclasses import dataclass

from maskline.domain.numbers.pool import NumberHealth


@dataclass(frozen=True, slots=True)
class CarrierHealth:
    """A client's word on a carrier.

    `grace_seconds` says how long its numbers go on working for the sessions that leave them; None:
    to their end.
    """

    health: NumberHealth
    grace_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class CarrierState:
    """A carrier of an account: how many numbers are rented there, how many live sessions are on it.

    `is_at_least` where the sessions were not counted to the end.
    """

    name: str
    health: NumberHealth
    numbers: int
    live_sessions: int
    is_at_least: bool = False
