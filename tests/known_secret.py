"""A deployment's secret for tests without a table, and so without accounts."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from maskline import secrets


@contextmanager
def known_secret(text: str = "a secret") -> Iterator[None]:
    """Keys are derived from `text`, and compared with no table's."""
    with (
        patch.object(secrets, "_deployment_secret", text.encode),
        patch.object(secrets, "fetch_secret"),
    ):
        secrets._derived.cache_clear()
        yield
    secrets._derived.cache_clear()
