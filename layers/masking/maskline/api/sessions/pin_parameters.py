"""The PIN parameters of a create: their bounds, and which of them go with which."""

from typing import Annotated

from maskline.api import fields
from maskline.api.fields import Body, Boolean, Pin, Url
from maskline.domain.sessions.session import PinTerms

DEFAULT_RETRIES = 1
DEFAULT_WAIT_SECONDS = 5

# What the original shows where both PINs are given.
_DOCUMENTED_LENGTH = 4
_SWITCH = "is_pin_authentication_required"
# These ask for something, so they are refused where PINs are off; the other ones only say how.
_WISHES = ("force_pin_authentication", "generate_pin", "first_party_pin", "second_party_pin")


class PinParameters(Body):
    """Fields in the order in which they are checked."""

    is_pin_authentication_required: Boolean = False
    force_pin_authentication: Boolean = False
    generate_pin: Boolean = False
    generate_pin_length: Annotated[int | None, fields.integer_between(4, 15)] = None
    first_party_pin: Pin | None = None
    second_party_pin: Pin | None = None
    pin_prompt_play: Url = ""
    pin_retry: Annotated[int | None, fields.integer_between(0, 5)] = None
    pin_retry_wait: Annotated[int | None, fields.integer_between(5, 10)] = None
    incorrect_pin_play: Url = ""


def pin_terms(wanted: PinParameters, *, drawn_length: int) -> PinTerms | None:
    """Return the session's terms for PINs, None if it asks for none.

    `drawn_length` is the deployment's, where the client names none. Explicit PINs win over
    generated ones for the side given. Raises InvalidParameterError.
    """
    if not wanted.is_pin_authentication_required:
        for name in _WISHES:
            if getattr(wanted, name):
                raise fields.invalid(name, f"needs {_SWITCH}")
        return None
    _require_complete(wanted)
    return PinTerms(
        first_pin=wanted.first_party_pin or "",
        second_pin=wanted.second_party_pin or "",
        is_generated=wanted.generate_pin,
        generated_length=wanted.generate_pin_length or _default_length(wanted, drawn_length),
        prompt_url=wanted.pin_prompt_play,
        retries=DEFAULT_RETRIES if wanted.pin_retry is None else wanted.pin_retry,
        wait_seconds=wanted.pin_retry_wait or DEFAULT_WAIT_SECONDS,
        incorrect_url=wanted.incorrect_pin_play,
        is_forced=wanted.force_pin_authentication,
    )


def _default_length(wanted: PinParameters, drawn_length: int) -> int:
    """The length to draw, or the one that a session shows for which nothing is drawn."""
    is_drawn = not (wanted.first_party_pin and wanted.second_party_pin)
    return drawn_length if is_drawn else _DOCUMENTED_LENGTH


def _require_complete(wanted: PinParameters) -> None:
    if not wanted.pin_prompt_play:
        raise fields.missing("pin_prompt_play")
    for name in ("first_party_pin", "second_party_pin"):
        if not wanted.generate_pin and not getattr(wanted, name):
            raise fields.missing(name)
    if wanted.first_party_pin and wanted.first_party_pin == wanted.second_party_pin:
        raise fields.invalid("second_party_pin", "must differ from first_party_pin")
