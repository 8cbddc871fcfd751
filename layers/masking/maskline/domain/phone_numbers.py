"""Phone numbers as the carrier and the store see them: E.164 strings with a leading plus.

The numbering plan (is it a real number, of which country) is in `numbering_plan`, which is too
heavy for the answer path.
"""

import re
from typing import NewType

E164 = NewType("E164", str)

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def from_carrier(text: str) -> E164 | None:
    """The number in a carrier's `From` or `To`, which comes with or without the plus.

    None for a withheld number, a SIP address or anything else that is not international digits.
    """
    candidate = "+" + text.strip().removeprefix("+")
    return E164(candidate) if _E164.fullmatch(candidate) else None


def digits(number: E164) -> str:
    """The number without the plus, as the compatible API writes it inside objects."""
    return number.removeprefix("+")


def mask_number(number: str) -> str:
    """A form for log lines: enough to recognise a number one knows, too little to ring it."""
    if len(number) < 8:
        return "•" * len(number)
    return f"{number[:3]}{'•' * (len(number) - 5)}{number[-2:]}"
