"""Drawing a session's PINs, where no length is named as long as the number that it gets needs."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from maskline.domain.phone_numbers import E164
from maskline.domain.pins import Crowd, with_drawn_pins
from maskline.domain.sessions import Role, Session
from maskline.services.ask_pin import guess_limits
from maskline.store import table
from maskline.store.pin_draws import read_crowds, tight_draw_action


class PinDraws:
    """One request's draws: each number that it tries is looked at once, and only if need be."""

    def __init__(self) -> None:
        self._crowds: dict[E164, Crowd] = {}
        self._tight: list[E164] = []
        self._marks: dict[int, E164] = {}

    def with_pins(self, session: Session) -> Session:
        """The session, about to be written on its numbers, with the PINs that it was not given."""
        self._tight = []
        pins = session.terms.pin
        if pins is None:
            return session
        length = pins.generated_length or self._choose_length(session)
        return replace(session, terms=replace(session.terms, pin=with_drawn_pins(pins, length)))

    def _choose_length(self, session: Session) -> int:
        drawn = Counter(session.virtual_number(role) for role in Role)
        unknown = drawn.keys() - self._crowds.keys()
        if unknown:
            self._crowds |= read_crowds(session.account_id, unknown, session.created_at)
        limits = guess_limits()
        length = max(self._crowds[one].length(own, limits) for one, own in drawn.items())
        self._tight = [
            number
            for number, own in drawn.items()
            if length < self._crowds[number].roomy_length(own, limits)
        ]
        return length

    def actions(self, now: int, *, first: int) -> list[table.Item]:
        """What marks tight draws in the session's transaction, from the position `first` on."""
        self._marks = dict(enumerate(self._tight, start=first))
        return [tight_draw_action(number, now) for number in self._tight]

    def learn(self, failed: Collection[int]) -> list[int]:
        """Where a mark failed somebody else drew: the next draw there is longer.

        The positions in the transaction that failed otherwise.
        """
        for position in failed:
            if position in self._marks:
                number = self._marks[position]
                self._crowds[number] = replace(self._crowds[number], is_quiet=False)
        return [position for position in failed if position not in self._marks]
