"""The environment of a deployment, for tests of what reads settings."""

from collections.abc import Iterator

import pytest

from maskline import aws
from maskline.config import settings

ENVIRONMENT = {
    "TABLE_NAME": "maskline",
    "DEPLOYMENT_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:maskline",
    "WRAPPING_KEY_ARN": "arn:aws:kms:us-east-1:123456789012:key/maskline",
    "CALLBACK_QUEUE_URL": "",
    "CALLBACK_DEAD_LETTER_QUEUE_URL": "",
    "UNREADABLE_RECORDS_QUEUE_URL": "",
    "CALL_ORDER_QUEUE_URL": "",
    "SESSION_EXPIRY_DEFAULT_SECONDS": "3600",
    "SESSION_EXPIRY_MAX_SECONDS": "86400",
    "CALL_TIME_LIMIT_DEFAULT_SECONDS": "3600",
    "RING_TIMEOUT_DEFAULT_SECONDS": "120",
    "RETENTION_DAYS": "90",
    "AUDIT_RETENTION_DAYS": "400",
    "PIN_LENGTH": "6",
    "PIN_GUESS_WINDOW_SECONDS": "3600",
    "PIN_SLOW_AFTER": "3",
    "PIN_CALLER_LOCK_AFTER": "10",
    "PIN_GUESSES_PER_DAY": "10",
    "CREATES_PER_MINUTE": "0",
    "CALLS_PER_SESSION": "0",
    "CALLS_PER_CALLER_PER_HOUR": "0",
    "PUBLIC_BASE_URL": "",
    "PLIVO_API_URL": "https://api.plivo.com",
    "ALLOW_LOOPBACK_CALLBACKS": "true",
    "WHY_PATIENCE_SECONDS": "0.1",
}


def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set it, and forget what was read of it before and after."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    # A local AWS of other tests may still be running.
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    settings.cache_clear()
    aws.client.cache_clear()
    yield
    settings.cache_clear()
    aws.client.cache_clear()
