"""The Idempotency-Key header of create."""

import pytest

from maskline.api.sessions.request import idempotency_key
from maskline.domain.errors import InvalidParameterError
from tests.unit.api.samples import MAIN_CALLER, SUB_CALLER


def test_an_idempotency_key_stands_for_its_caller_and_body() -> None:
    headers = {"idempotency-key": "order-4711"}

    key = idempotency_key(headers, {"a": 1, "b": 2}, MAIN_CALLER)

    assert key is not None
    assert key.key == "order-4711"
    assert key == idempotency_key(headers, {"b": 2, "a": 1}, MAIN_CALLER)
    assert key != idempotency_key(headers, {"a": 1, "b": 3}, MAIN_CALLER)
    assert key != idempotency_key(headers, {"a": 1, "b": 2}, SUB_CALLER)


def test_no_idempotency_key_is_fine() -> None:
    assert idempotency_key({}, {}, MAIN_CALLER) is None


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\t", "é"])
def test_an_unusable_idempotency_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidParameterError, match="Idempotency-Key"):
        idempotency_key({"idempotency-key": key}, {}, MAIN_CALLER)
