"""A session as the table's stream shows it, with what its item leaves out."""

from collections.abc import Mapping
from typing import Any

from maskline.domain.sessions.session import Settings
from maskline.domain.stored import usual
from maskline.store import keys
from maskline.store.codec import decode
from maskline.store.table import Record

_USUAL = {"subaccount_id": "", **usual(Settings)}


def session_image(image: Mapping[str, Any]) -> Record:
    """The session of an image; what is sealed stays so. An image that is not there is empty."""
    record = decode(image)
    if not record:
        return record
    session_uuid, _ = keys.session_and_call(record)
    return _USUAL | record | {"session_uuid": session_uuid}
