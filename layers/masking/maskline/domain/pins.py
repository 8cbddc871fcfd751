"""PINs: how they are drawn, and what a caller's digits prove."""

import secrets
from dataclasses import replace

from maskline.domain.sessions import PinTerms


def with_drawn_pins(terms: PinTerms | None) -> PinTerms | None:
    """The terms with a PIN for each role that was given none, from a cryptographic source."""
    if terms is None:
        return None
    first = terms.first_pin or _drawn(terms.generated_length, other=terms.second_pin)
    second = terms.second_pin or _drawn(terms.generated_length, other=first)
    return replace(terms, first_pin=first, second_pin=second)


def _drawn(length: int, *, other: str) -> str:
    """Digits that differ from the other party's."""
    while True:
        pin = str(secrets.randbelow(10**length)).zfill(length)
        if pin != other:
            return pin
