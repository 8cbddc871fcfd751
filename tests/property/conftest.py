"""The engine, called past the SDK: an exploration is thousands of calls."""

from collections.abc import Iterator

import pytest

from tests.support.sdk_left_out import sdk_left_out


@pytest.fixture
def aws_sdk() -> Iterator[None]:
    with sdk_left_out():
        yield
