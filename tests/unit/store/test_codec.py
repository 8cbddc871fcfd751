"""Values of the table, those among them that only a later release writes."""

from decimal import Decimal
from typing import Any

import pytest

from maskline.store.codec import decode, decode_value, encode

RECORD = {
    "text": "a",
    "whole": -7,
    "fraction": Decimal("1.50"),
    "flag": False,
    "nothing": None,
    "bytes": b"\0\1",
    "list": [1, ["b", None]],
    "map": {"empty": {}, "inner": {"c": True}},
}


def test_what_is_written_is_read_back() -> None:
    assert decode(encode(RECORD)) == RECORD


def test_bytes_come_in_base64_from_a_stream() -> None:
    assert decode_value({"B": "AAE="}) == b"\0\1"
    assert decode_value({"BS": ["AQ==", "AA=="]}) == [b"\0", b"\1"]


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ({"SS": ["b", "a"]}, ["a", "b"]),
        ({"NS": ["10", "9.5"]}, [Decimal("9.5"), 10]),
        ({"BS": [b"\1", b"\0"]}, [b"\0", b"\1"]),
        ({"LATER": "value"}, "value"),
    ],
)
def test_types_that_nobody_writes_here_are_read(attribute: dict[str, Any], value: Any) -> None:
    assert decode_value(attribute) == value
    assert decode({"map": {"M": {"inner": {"L": [attribute]}}}}) == {"map": {"inner": [value]}}
