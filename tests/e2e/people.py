"""Phones and virtual numbers that no other test uses, from ranges kept for fiction."""

import itertools

# What the phones of all people here have in common, in every way of writing them.
FICTION = "7700900"

_mobiles = itertools.count()
_virtual_numbers = itertools.count(200)


def phone() -> str:
    """A person's phone: +44 7700 900000 to 900999."""
    number = next(_mobiles)
    assert number < 1000, "the range for fiction is used up"
    return f"+44{FICTION}{number:03d}"


def pair() -> tuple[str, str]:
    """Two people's phones."""
    return phone(), phone()


def virtual_number() -> str:
    """A number for a pool: +44 20 7946 0200 to 0999; the local stack's own are below."""
    number = next(_virtual_numbers)
    assert number < 1000, "the range for fiction is used up"
    return f"+442079460{number:03d}"


def parties() -> dict[str, str]:
    """Two people, as a create body names them."""
    first, second = pair()
    return {"first_party": first, "second_party": second}
