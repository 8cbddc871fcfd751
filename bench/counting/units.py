"""DynamoDB's read and write units, by its published rules: no local engine counts all of them.

Sizes of items: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
Units of reads and writes: .../developerguide/read-write-operations.html
Writes to indexes: .../developerguide/GSI.html#GSI.ThroughputConsiderations
Transactions: .../developerguide/transaction-apis.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

Item = Mapping[str, Mapping[str, Any]]

_READ_BLOCK_BYTES = 4096
_WRITE_BLOCK_BYTES = 1024
_CONTAINER_BYTES = 3
_ELEMENT_BYTES = 1


class Consistency(Enum):
    """The ways to read; the value is the price of 4 KB in read units."""

    EVENTUAL = 0.5
    STRONG = 1.0
    TRANSACTIONAL = 2.0


def item_size(item: Item) -> int:
    """Bytes of an item in DynamoDB's JSON: the names and values of its attributes."""
    return sum(_bytes_of(name) + _value_size(value) for name, value in item.items())


def _value_size(attribute: Mapping[str, Any]) -> int:
    [(kind, value)] = attribute.items()
    match kind:
        case "S":
            return _bytes_of(value)
        case "N":
            return _number_size(value)
        case "NULL" | "BOOL":
            return 1
        case "B":
            return len(value)
        case "L":
            return _CONTAINER_BYTES + sum(_ELEMENT_BYTES + _value_size(one) for one in value)
        case "M":
            return _CONTAINER_BYTES + _ELEMENT_BYTES * len(value) + item_size(value)
        case _:
            raise ValueError(f"no item of ours holds a {kind}")


def _bytes_of(text: str) -> int:
    return len(text.encode())


def _number_size(text: str) -> int:
    """A byte per two significant digits and one more; zeros at both ends do not count."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return -(-len(digits) // 2) + 1


def read_units(size: int, consistency: Consistency) -> float:
    """One item's units, or those of all items that one Query page reads. Nothing costs a block."""
    return _blocks(size, _READ_BLOCK_BYTES) * consistency.value


def write_units(before: Item | None, after: Item | None, *, is_transactional: bool) -> int:
    """The table's units of a write, whether its condition held or not: the larger item counts."""
    size = max(item_size(item) if item else 0 for item in (before, after))
    return _blocks(size, _WRITE_BLOCK_BYTES) * (2 if is_transactional else 1)


def _blocks(size: int, block: int) -> int:
    return max(1, -(-size // block))


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index: its own key, and what its entries hold besides the keys."""

    name: str
    key: tuple[str, ...]
    projected: frozenset[str] | None

    def entry(self, item: Item | None) -> Item | None:
        """Return the part of an item that the index holds, None if part of the key is missing."""
        if item is None or not item.keys() >= set(self.key):
            return None
        if self.projected is None:
            return item
        return {name: value for name, value in item.items() if name in self.projected}

    def write_units(self, before: Item | None, after: Item | None) -> int:
        """Units of bringing the index up to date; a changed key costs a delete and a put."""
        old, new = self.entry(before), self.entry(after)
        if old == new:
            return 0
        if old and new and any(old[name] != new[name] for name in self.key):
            return _entry_units(old) + _entry_units(new)
        return max(_entry_units(old), _entry_units(new))


def _entry_units(entry: Item | None) -> int:
    return _blocks(item_size(entry), _WRITE_BLOCK_BYTES) if entry else 0


def indexes_of(table: Mapping[str, Any]) -> tuple[Index, ...]:
    """The indexes of a table as its definition, or DescribeTable, gives them."""
    table_key = _attributes_of(table["KeySchema"])
    return tuple(_index(index, table_key) for index in table["GlobalSecondaryIndexes"])


def _index(definition: Mapping[str, Any], table_key: tuple[str, ...]) -> Index:
    key = _attributes_of(definition["KeySchema"])
    projection = definition["Projection"]
    if projection["ProjectionType"] == "ALL":
        return Index(definition["IndexName"], key, None)
    others = projection.get("NonKeyAttributes", ())
    return Index(definition["IndexName"], key, frozenset((*table_key, *key, *others)))


def _attributes_of(key_schema: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    return tuple(part["AttributeName"] for part in key_schema)
