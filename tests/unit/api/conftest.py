"""A secret for what derives keys from it: who called is known by a keyed hash of their token."""

from collections.abc import Iterator

import pytest

from maskline.secrets import subkey


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("maskline.secrets._deployment_secret", lambda: b"a secret")
    subkey.cache_clear()
    yield
    subkey.cache_clear()
