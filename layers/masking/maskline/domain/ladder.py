"""What is tried, in order, before a session is refused for want of a number.

Each rung gives up one more of the session's wishes. Which of them must be left is for the caller to
prove: a rung is never left because others were quicker.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from maskline.domain.allocation import EXHAUSTED, Demand
from maskline.domain.errors import PoolExhaustedError
from maskline.domain.sessions import Role, Rung, Session, Strategy

CandidatesT = TypeVar("CandidatesT")

# What the answer calls the top of the ladder.
AS_ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Step:
    """A demand, and the rungs that lead down to it from what was asked for."""

    demand: Demand
    rungs: tuple[Rung, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer(Generic[CandidatesT]):
    """A step for which the rules leave numbers, free or not."""

    step: Step
    candidates: CandidatesT


@dataclass(frozen=True, slots=True)
class Ladder(Generic[CandidatesT]):
    """What a pool has for a session, best first, and what to say when all of it is taken."""

    offers: Sequence[Offer[CandidatesT]]
    refusal: str

    def first_left(
        self, is_taken: Callable[[Offer[CandidatesT]], bool]
    ) -> Offer[CandidatesT] | None:
        """The first offer that is not taken, None if every one is."""
        return next((offer for offer in self.offers if not is_taken(offer)), None)


def steps_down(start: Step, on_exhaustion: Iterable[Rung]) -> list[Step]:
    """The start, then each rung on top of those before it; a rung that changes nothing is none."""
    steps = [start]
    for rung in on_exhaustion:
        demand = _relaxed(steps[-1].demand, rung)
        if demand != steps[-1].demand:
            steps.append(Step(demand, (*steps[-1].rungs, rung)))
    return steps


def _relaxed(demand: Demand, rung: Rung) -> Demand:
    match rung:
        case Rung.ANY_COUNTRY:
            return replace(demand, countries=dict.fromkeys(Role, ""))
        case Rung.PER_PARTY:
            return replace(demand, strategy=Strategy.PER_PARTY)


def ladder_over(
    steps: Sequence[Step], candidates: Callable[[Demand], CandidatesT]
) -> Ladder[CandidatesT]:
    """What the pool has on each step: `candidates` raises PoolExhaustedError where that is nothing.

    Raises it, too, if that is so on every step.
    """
    offers: list[Offer[CandidatesT]] = []
    reason = EXHAUSTED
    for step in steps:
        try:
            offers.append(Offer(step, candidates(step.demand)))
        except PoolExhaustedError as error:
            reason = str(error) if step is steps[0] else reason
    also_tried = ", ".join(step.rungs[-1] for step in steps[1:])
    refusal = f"{reason}; also tried: {also_tried}" if also_tried else reason
    if not offers:
        raise PoolExhaustedError(refusal)
    return Ladder(offers, refusal)


def rung_of(session: Session) -> str:
    """The rung that gave a session its numbers, as the API names it."""
    return session.rungs[-1] if session.rungs else AS_ASKED
