"""Documents that are JSON arrays of objects."""

import json
from typing import Any

from local.phone.instructions import InvalidDocumentError


def read_objects(body: bytes) -> list[dict[str, Any]]:
    """Return the objects of a document. Raises InvalidDocumentError."""
    try:
        found = json.loads(body)
    except ValueError:
        raise InvalidDocumentError("not JSON") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise InvalidDocumentError("not an array of objects")
    return found
