"""Warnings in the answer to a request that was taken, but not in all that it asked for."""

from collections.abc import Collection, Iterable, Mapping

from maskline.api.fields import Body
from maskline.api.shapes import WarningsPart
from maskline.carriers import carrier
from maskline.carriers.adapter import within
from maskline.domain.sessions.session import Session

MOST_NAMES = 10
MOST_CHARACTERS = 64
# The shortest phone number has as many: a name may be a number that slipped into its place.
_DIGITS_OF_A_NUMBER = 7


def warned(warnings: Iterable[str]) -> WarningsPart:
    """The part of an answer that holds the warnings; empty without any."""
    found = list(warnings)
    return {"warnings": found} if found else {}


def unknown_parameters(
    body: Mapping[str, object], model: type[Body], *, expected: Collection[str] = ()
) -> list[str]:
    """Name the parameters of a body that its model does not have, as the client wrote them.

    Left out are those that are unset, those that official clients add (`expected`), and names that
    may be phone numbers.
    """
    known = {*model.model_fields, *model.aliases, *expected}
    names = [
        name
        for name, value in body.items()
        if name.lower() not in known and value not in (None, "") and not _may_be_a_number(name)
    ]
    return [
        f"Unknown parameter. {name[:MOST_CHARACTERS]} was ignored" for name in names[:MOST_NAMES]
    ]


def carrier_warnings(session: Session) -> list[str]:
    """Name what the session's carrier does otherwise than the session asks, or not at all."""
    return [*cut_limits(session), *_not_recorded(session)]


def cut_limits(session: Session) -> list[str]:
    """Name the limits of a session that its carrier does not keep, and what it makes of them."""
    bounds, settings = carrier(session.carrier).bounds, session.settings
    limits = (
        ("ring_timeout", settings.ring_timeout_seconds, bounds.ring),
        ("call_time_limit", settings.call_time_limit_seconds, bounds.talk),
    )
    return [
        f"Limit cut. {name} is {kept} seconds at {session.carrier}"
        for name, wanted, bound in limits
        if (kept := within(bound, wanted)) != wanted
    ]


def _not_recorded(session: Session) -> list[str]:
    if not session.settings.record or carrier(session.carrier).tells_of_recordings:
        return []
    return [f"Not recorded. {session.carrier} tells of no recordings"]


def _may_be_a_number(name: str) -> bool:
    return sum(character.isdigit() for character in name) >= _DIGITS_OF_A_NUMBER
