"""One engine for all examples; each starts with an empty table."""

from collections.abc import Iterator

import pytest

from local.engine import Engine


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as running:
        yield running
