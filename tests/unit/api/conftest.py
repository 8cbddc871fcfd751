"""A secret for what derives keys from it: who called is known by a keyed hash of their token."""

from collections.abc import Iterator

import pytest

from tests.support.known_secret import known_secret


@pytest.fixture(autouse=True)
def _secret() -> Iterator[None]:
    with known_secret():
        yield
