"""Find the size of pool at which a refusal is as rare as one wants."""

from collections import Counter
from dataclasses import dataclass
from math import ceil, log

# A share is trusted where so many creates make it up; beyond, the tail is extended.
_ENOUGH = 30
# Steps of the tail that its rate of decay is read from.
_STEPS = 3


@dataclass(frozen=True, slots=True)
class Need:
    """A pool's size. `is_counted` where enough of the simulated creates lay beyond it to count."""

    numbers: int
    is_counted: bool


def need(places: Counter[int], probability: float, *, most: int | None = None) -> Need:
    """The smallest pool that refuses a create with that probability at most.

    `places[n]` says how many creates on an ample pool took its n-th number: the share of those
    beyond n is what a pool of n would refuse. Where too few lie beyond to count them, the tail
    goes on to fall by the rate of its last counted steps. That errs on the large side where the
    rate itself grows, as it does for Poisson traffic and under limits. `most` is always enough. Of
    fewer than 30 creates, the need is the most that one took.
    """
    beyond = _beyond(places)
    allowed = probability * places.total()
    if allowed >= _ENOUGH:
        return Need(_first_at_most(beyond, allowed), is_counted=True)
    size = _extended(beyond, allowed)
    return Need(size if most is None else min(size, most), is_counted=False)


def _beyond(places: Counter[int]) -> list[int]:
    """At index n, how many creates took a later number than the n-th."""
    beyond = [places.total()]
    for place in range(1, max(places, default=0) + 1):
        beyond.append(beyond[-1] - places[place])
    return beyond


def _first_at_most(beyond: list[int], allowed: float) -> int:
    return next(size for size, count in enumerate(beyond) if count <= allowed)


def _extended(beyond: list[int], allowed: float) -> int:
    trusted = [size for size, count in enumerate(beyond) if count >= _ENOUGH]
    if not trusted:
        return len(beyond) - 1
    last = trusted[-1]
    return last + ceil(log(allowed / beyond[last]) / log(_rate(beyond, last)))


def _rate(beyond: list[int], last: int) -> float:
    """By what factor the tail falls from one number to the next, over its last trusted steps."""
    if last == 0:
        return _ENOUGH / beyond[0]
    earlier = next(
        size for size in range(max(0, last - _STEPS), -1, -1) if beyond[size] > beyond[last]
    )
    return float((beyond[last] / beyond[earlier]) ** (1 / (last - earlier)))
