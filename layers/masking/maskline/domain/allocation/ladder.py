"""The ladder: the steps that are tried before a session is refused for want of a number.

Each rung gives up one more of the session's wishes. The caller moves to the next one only after
proving that every number of this one was taken; losing a race is no proof.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from maskline.domain.allocation.choice import EXHAUSTED, Demand
from maskline.domain.errors import NoSuitableNumberError
from maskline.domain.sessions.session import Role, Rung, Session, Strategy

T = TypeVar("T")

# What the answer calls the top of the ladder.
AS_ASKED = "asked"


def demands_down(top: Demand, on_exhaustion: Iterable[Rung]) -> list[Demand]:
    """The top, then each rung on top of those before it; a rung that changes nothing is none."""
    demands = [top]
    for rung in on_exhaustion:
        relaxed = _relaxed(demands[-1], rung)
        if relaxed != demands[-1]:
            demands.append(replace(relaxed, rungs=(*relaxed.rungs, rung)))
    return demands


def _relaxed(demand: Demand, rung: Rung) -> Demand:
    match rung:
        case Rung.ANY_COUNTRY:
            return replace(demand, countries=dict.fromkeys(Role, ""))
        case Rung.PER_PARTY:
            return replace(demand, strategy=Strategy.PER_PARTY)
        case Rung.ANY_CARRIER:
            return replace(demand, carrier="")


def offers_for(
    demands: Sequence[Demand], numbers_for: Callable[[Demand], T], *, if_taken: str = EXHAUSTED
) -> tuple[list[tuple[Demand, T]], str]:
    """The numbers, free or not, of each demand that has any, and the refusal once all are taken.

    `if_taken` says that the numbers of the first demand are. `numbers_for` raises
    NoSuitableNumberError for a demand without numbers, and this for a whole ladder without any.
    """
    offers: list[tuple[Demand, T]] = []
    reason = if_taken
    for demand in demands:
        try:
            offers.append((demand, numbers_for(demand)))
        except NoSuitableNumberError as error:
            reason = str(error) if demand is demands[0] else reason
    also_tried = ", ".join(demand.rungs[-1] for demand in demands[1:])
    refusal = f"{reason}; also tried: {also_tried}" if also_tried else reason
    if not offers:
        raise NoSuitableNumberError(refusal)
    return offers, refusal


def rung_of(session: Session) -> str:
    """The rung that gave a session its numbers, as the API names it."""
    return session.rungs[-1] if session.rungs else AS_ASKED
