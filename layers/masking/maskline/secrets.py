"""The secret of the deployment, fetched once, and the keys derived from it."""

import hashlib
import hmac
from functools import cache

from maskline import aws
from maskline.config import settings


@cache
def _deployment_secret() -> bytes:
    answer = aws.client("secretsmanager").get_secret_value(
        SecretId=settings().deployment_secret_arn
    )
    return str(answer["SecretString"]).encode()


@cache
def subkey(purpose: str) -> bytes:
    """A 32-byte key for one purpose; keys of different purposes say nothing about each other."""
    return hmac.digest(_deployment_secret(), purpose.encode(), hashlib.sha256)


def fetch_secret() -> None:
    """Fetch the secret ahead of the keys that will be derived from it."""
    _deployment_secret()
