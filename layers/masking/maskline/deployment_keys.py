"""The secret of the deployment, fetched once, and the keys derived from it.

The table says under which secret it was begun, and no key is derived from any other: a function may
have kept one that it read before the table was copied here (docs/backup.md).
"""

import hashlib
import hmac
from functools import cache

from maskline import aws
from maskline.config import settings


class WrongSecretError(Exception):
    """This function has another secret than the one that the table was begun under."""


@cache
def _deployment_secret() -> bytes:
    answer = aws.client("secretsmanager").get_secret_value(
        SecretId=settings().deployment_secret_arn
    )
    return str(answer["SecretString"]).encode()


def subkey(purpose: str) -> bytes:
    """A 32-byte key for one purpose; keys of different purposes say nothing about each other.

    Raises WrongSecretError.
    """
    fetch_secret()
    return _derived(purpose)


def fetch_secret() -> None:
    """Fetch the secret ahead of the keys that will be derived from it. Raises WrongSecretError."""
    # The store addresses items by these keys, so it imports this module.
    from maskline.store.sealing.table_secret import require_own

    require_own(fingerprint())


def fingerprint() -> bytes:
    """The mark by which the table knows the secret; it says nothing about any key."""
    return _derived("fingerprint")


@cache
def _derived(purpose: str) -> bytes:
    return hmac.digest(_deployment_secret(), purpose.encode(), hashlib.sha256)
