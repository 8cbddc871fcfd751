from collections.abc import Iterator

import pytest

from tests.unit.callbacks.deployment import environment


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings of a deployment."""
    yield from environment(monkeypatch)
