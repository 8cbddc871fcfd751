"""Single values out of carriers' webhooks and records.

Only ids are essential. Figures that are missing or absurd count as zero, and money as unknown: a
call that ended has ended, whatever else is wrong with the report.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from maskline.carriers.request import MalformedWebhookError

# Opaque, and part of a key, of URLs and log lines: mere digits could be a phone number.
_ID = re.compile(r"(?![0-9]+$)[A-Za-z0-9_:-]{1,96}")
# A call lasts at most a day; what does not fit six digits is no duration.
_SECONDS = re.compile(r"([0-9]{1,6})(?:\.[0-9]*)?")
_CODE = re.compile(r"[0-9]{1,5}")
# A small number of JSON comes to us with an exponent, as Python writes it.
_MONEY = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,12})?(?:e-0[1-9])?")
_MEDIA_URL = re.compile(r"https?://[!-~]{1,2000}")
_UNPRINTABLE = re.compile(r"[^ -~]")
_PHONE = re.compile(r"\+?\(?[0-9](?:[ ().\-/]{0,3}[0-9]){6,}")
_MAX_CAUSE = 64


def text(content: Mapping[str, Any], name: str) -> str:
    """Return a field of a JSON object, "" for none and for what is neither text nor a number."""
    value = content.get(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number or isinstance(value, str) else ""


def essential_id(text: str, name: str) -> str:
    """Return the id of a call. Raises MalformedWebhookError if there is none."""
    if not text:
        raise MalformedWebhookError(f"{name} is missing")
    return known_id(text, name)


def known_id(text: str, name: str) -> str:
    """Return an id, "" for none. Raises MalformedWebhookError for anything else."""
    if text and not _ID.fullmatch(text):
        raise MalformedWebhookError(f"{name} is not a call id")
    return text


def seconds(text: str) -> int:
    """Read a duration in seconds; fractions are cut off."""
    found = _SECONDS.fullmatch(text)
    return int(found[1]) if found else 0


def code(text: str) -> int:
    """Read a carrier's numeric code."""
    return int(text) if _CODE.fullmatch(text) else 0


def money(text: str) -> Decimal | None:
    """Read an amount; None where none is told."""
    return Decimal(text) if _MONEY.fullmatch(text) else None


def media_url(text: str) -> str:
    """Return the URL of a file, "" for anything else."""
    return text if _MEDIA_URL.fullmatch(text) else ""


def cause(*texts: str) -> str:
    """Return the first cause that is given, as a short text that can be shown.

    A carrier may quote whom it did not reach, and what is not sealed must name nobody.
    """
    text = next(filter(None, texts), "")
    return _PHONE.sub("(number)", _UNPRINTABLE.sub("", text))[:_MAX_CAUSE]
