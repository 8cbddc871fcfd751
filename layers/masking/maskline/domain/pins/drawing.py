"""PINs that are drawn."""

from collections.abc import Callable
from dataclasses import replace

from maskline.domain.sessions.session import PinTerms

# One of so many numbers, from 0 on, each as likely as any other.
Choose = Callable[[int], int]


def with_drawn_pins(terms: PinTerms, choose: Choose) -> PinTerms:
    """The terms with a PIN for each role that was given none."""
    first = terms.first_pin or _drawn(terms, choose, other=terms.second_pin)
    second = terms.second_pin or _drawn(terms, choose, other=first)
    return replace(terms, first_pin=first, second_pin=second)


def _drawn(terms: PinTerms, choose: Choose, *, other: str) -> str:
    """Digits that differ from the other party's."""
    length = terms.generated_length
    while True:
        pin = str(choose(10**length)).zfill(length)
        if pin != other:
            return pin
