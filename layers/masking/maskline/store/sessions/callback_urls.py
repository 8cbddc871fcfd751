"""The callback URLs of a session as they are stored, and go through the queue: the login sealed.

The sealed login stands where the login stood, so that whoever carries the URL needs no key.
"""

import base64

from maskline.domain.sessions.callback_urls import login_of, with_login
from maskline.store import keys
from maskline.store.sealing.seal import ItemSeal, seal_for


def sealed_url(url: str, field: str, seal: ItemSeal) -> str:
    """A URL as it is stored in that field of its session."""
    sealed = seal.seal(field, login_of(url))
    return with_login(url, base64.urlsafe_b64encode(sealed).decode("ascii"))


def opened_url(url: str, field: str, seal: ItemSeal) -> str:
    """The inverse of `sealed_url`. Raises ValueError, such as sealing.SealBrokenError."""
    sealed = base64.urlsafe_b64decode(login_of(url))
    return with_login(url, seal.open(field, sealed))


def url_from_record(url: str, field: str, account_id: str, session_uuid: str) -> str:
    """A URL out of an event's message. Raises ValueError, such as sealing.SealBrokenError."""
    return opened_url(url, field, seal_for(account_id, keys.session(session_uuid)))
