"""Plain values to DynamoDB attribute values and back.

boto3 has the same in `boto3.dynamodb.types`, at the price of importing boto3 on the answer path.
"""

import base64
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

AttributeValue = dict[str, Any]
Item = dict[str, Any]


def encode_value(value: Any) -> AttributeValue:
    """An attribute value from a str, bytes, bool, int, Decimal, None, list, tuple or dict."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str() | bytes():
            return {"B": value} if isinstance(value, bytes) else {"S": str(value)}
        case int() | Decimal():
            return {"N": str(value)}
        case list() | tuple():
            return {"L": [encode_value(element) for element in value]}
        case dict():
            return {"M": encode(value)}
        case _:
            raise TypeError(f"cannot store a {type(value).__name__}")


def decode_value(attribute: AttributeValue) -> Any:
    """The inverse of `encode_value`; numbers come back as int where whole, else Decimal.

    Bytes are base64 in a stream record as Lambda hands it over. Types that we never write are read
    all the same, a set as a list: they are in fields of a later release.
    """
    [(kind, value)] = attribute.items()
    return _DECODERS[kind](value) if kind in _DECODERS else value


def _number(text: str) -> int | Decimal:
    return int(text) if text.lstrip("-").isdigit() else Decimal(text)


def _bytes(value: str | bytes) -> bytes:
    return base64.b64decode(value) if isinstance(value, str) else bytes(value)


def encode(values: Mapping[str, Any]) -> Item:
    """A whole item."""
    return {name: encode_value(value) for name, value in values.items()}


def decode(item: Mapping[str, AttributeValue]) -> dict[str, Any]:
    """The inverse of `encode`."""
    return {name: decode_value(value) for name, value in item.items()}


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "NULL": lambda _: None,
    "N": _number,
    "B": _bytes,
    "L": lambda elements: [decode_value(element) for element in elements],
    "M": decode,
    "SS": sorted,
    "NS": lambda texts: sorted(map(_number, texts)),
    "BS": lambda values: sorted(map(_bytes, values)),
}
