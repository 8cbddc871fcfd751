"""Greetings: a session's words for callers whom its number does not know."""

from collections.abc import Iterable
from dataclasses import dataclass

from maskline.domain.sessions.session import Session


@dataclass(frozen=True, slots=True)
class Greeting:
    """A session that asks strangers for a PIN, or plays them something, on one of its numbers."""

    session_uuid: str
    created_at: int
    expires_at: int
    asks_pin: bool
    unknown_caller_play: str


def greeting_of(session: Session) -> Greeting | None:
    """The session's greeting, None if it has nothing to say to strangers."""
    terms = session.terms
    if terms.pin is None and not terms.unknown_caller_play:
        return None
    return Greeting(
        session_uuid=session.session_uuid,
        created_at=session.created_at,
        expires_at=session.expires_at,
        asks_pin=terms.pin is not None,
        unknown_caller_play=terms.unknown_caller_play,
    )


def choose_greeting(greetings: Iterable[Greeting], now: int) -> Greeting | None:
    """The one that a stranger hears: of the live ones PIN before audio, then the newest.

    Which session a caller belongs to is decided by the PIN they enter, not by who asked for it.
    """
    live = [greeting for greeting in greetings if now < greeting.expires_at]
    return max(
        live,
        key=lambda one: (one.asks_pin, one.created_at, one.session_uuid),
        default=None,
    )
