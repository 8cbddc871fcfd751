"""The keys that a GetDigits takes of those that a caller presses."""

from local.phone.plivo.xml import Element

_DEFAULT_TIMEOUT = 5
_DEFAULT_NUM_DIGITS = 99


def digits_taken(asked: Element, pressed: str) -> str:
    """The valid keys, up to the one that finishes or to the last that is awaited."""
    finish = asked.attributes.get("finishOnKey", "#")
    valid = asked.attributes.get("validDigits", "1234567890*#")
    keys = pressed.partition(finish)[0] if finish else pressed
    taken = "".join(key for key in keys if key in valid)
    return taken[: asked.number("numDigits", default=_DEFAULT_NUM_DIGITS)]


def seconds_to_first_digit(asked: Element) -> int:
    """Return how long the carrier waits for somebody who presses nothing."""
    return asked.number("timeout", default=_DEFAULT_TIMEOUT)
