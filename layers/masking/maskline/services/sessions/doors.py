"""Keeping open doors apart from sessions that have something to say to strangers.

Where the two meet a stranger hears the session, and nobody comes through the door: so they share a
number only where the pool has no better one. Nobody is refused for it.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TypeVar

from maskline.domain.allocation.choice import Holdings, door_role
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role, Session
from maskline.services.sessions.held_numbers import Wanted, held_by_others, taken_at
from maskline.store.sessions import sessions
from maskline.store.sessions.greetings import has_greetings

T = TypeVar("T")

# A pool on whose every number strangers hear something is not searched to its end.
_MOST_LOOKS = 20


class Neighbours:
    """The sessions beside which a wanted one had better not be, each number looked at once."""

    def __init__(self, account_id: str, wanted: Wanted, now: int) -> None:
        self._door = door_role(wanted)
        self._greets = wanted.terms.pin is not None or bool(wanted.terms.unknown_caller_play)
        self._is_greeted = cache(partial(has_greetings, account_id, now=now))
        own = wanted.session_uuid if isinstance(wanted, Session) else ""
        self._has_door = cache(partial(_has_door, own=own, now=now))

    def apart(
        self,
        choose: Callable[[Holdings], T | None],
        holdings: Holdings,
        *,
        numbers_of: Callable[[T], Mapping[Role, E164]],
    ) -> T | None:
        """The first choice whose numbers nobody minds, else the first of all.

        One for fewer roles than the first is none: what moves together stays together.
        """
        first = chosen = choose(holdings)
        for _ in range(_MOST_LOOKS):
            if chosen is None or first is None or len(numbers_of(chosen)) < len(numbers_of(first)):
                break
            minded = self._minded(numbers_of(chosen))
            if not minded:
                return chosen
            holdings = holdings.and_also(minded)
            chosen = choose(holdings)
        return first

    def _minded(self, numbers: Mapping[Role, E164]) -> dict[Role, E164]:
        return {role: number for role, number in numbers.items() if self._minds(role, number)}

    def _minds(self, role: Role, number: E164) -> bool:
        if role is self._door:
            return self._is_greeted(number)
        return self._greets and self._has_door(number)


def _has_door(number: E164, *, own: str, now: int) -> bool:
    """Tell if a door is there, open or cooling off, that is not of the `own` session."""
    return bool(taken_at(held_by_others(sessions.read_open_doors([number]), own), now))
