"""PINs that are drawn: how long, and how.

A guess of d digits hits one of the n live PINs of d digits on its number with n / 10^d. The day's
chances bear three guesses of any chance, so what is drawn is as long as keeps that of one within a
third of the day's. Then what guessing costs is never less than what it is worth.
"""

import secrets
from dataclasses import dataclass, replace

from maskline.domain.pin_calls import GuessLimits
from maskline.domain.sessions import PinTerms

DEFAULT_LENGTH = 4
_LONGEST = 15
# So many PINs may be drawn on a number at one moment, by creates that do not see each other.
_UNSEEN_PINS = 200


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many PINs are live on a number, and whether no tight draw was made there a moment ago.

    A draw is tight if its length would not bear what others may be drawing at the same moment.
    """

    live_pins: int
    is_quiet: bool

    def roomy_length(self, own: int, limits: GuessLimits) -> int:
        """Digits for so many further PINs that bear others drawn at the same moment."""
        return _shortest(self.live_pins + own + _UNSEEN_PINS, limits)

    def length(self, own: int, limits: GuessLimits) -> int:
        """Digits for so many further PINs: on a quiet number no more than these need."""
        if not self.is_quiet:
            return self.roomy_length(own, limits)
        return _shortest(self.live_pins + own, limits)


def _shortest(live_pins: int, limits: GuessLimits) -> int:
    lengths = range(DEFAULT_LENGTH, _LONGEST)
    return next((one for one in lengths if limits.bears(live_pins, one)), _LONGEST)


def with_drawn_pins(terms: PinTerms, length: int) -> PinTerms:
    """The terms with a PIN for each role that was given none, from a cryptographic source."""
    first = terms.first_pin or _drawn(length, other=terms.second_pin)
    second = terms.second_pin or _drawn(length, other=first)
    return replace(terms, first_pin=first, second_pin=second, generated_length=length)


def _drawn(length: int, *, other: str) -> str:
    """Digits that differ from the other party's."""
    while True:
        pin = str(secrets.randbelow(10**length)).zfill(length)
        if pin != other:
            return pin
