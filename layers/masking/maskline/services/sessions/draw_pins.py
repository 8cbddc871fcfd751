"""Drawing a session's PINs, from a cryptographic source."""

import secrets
from dataclasses import replace

from maskline.domain.pins.drawing import with_drawn_pins
from maskline.domain.sessions.session import Terms


def draw_pins(terms: Terms) -> Terms:
    """The terms with the PINs that a session was not given."""
    if terms.pin is None:
        return terms
    return replace(terms, pin=with_drawn_pins(terms.pin, secrets.randbelow))
