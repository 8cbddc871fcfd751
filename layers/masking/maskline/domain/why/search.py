"""Asking for the calls to a virtual number."""

from dataclasses import dataclass

from maskline.domain.phone_numbers import E164

# (instant, call): the place of a call among those to a number; a greater one is newer.
Place = tuple[int, str]


@dataclass(frozen=True, slots=True)
class CallSearch:
    """Calls to a number from an instant on and before a place, newest first, so many at most."""

    virtual_number: E164
    since: int
    before: Place
    most: int
