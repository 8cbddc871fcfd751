"""Compares the template's table with the one that was released last: docs/changing-the-table.md.

python -m tools.operator.table_changes     records the template's table as released
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from local.aws import template

RECORD = template.ROOT / "docs" / "released-table.json"

Shape = Mapping[str, Any]


def shape() -> dict[str, Any]:
    """Return the parts of the template's table that an update cannot change, or not all at once."""
    definition = template.table_definition()
    types = {
        one["AttributeName"]: one["AttributeType"] for one in definition["AttributeDefinitions"]
    }
    return {
        "logical_id": template.table_id(),
        "key": _key(definition, types),
        "ttl": template.ttl_attribute(),
        "indexes": {
            index["IndexName"]: {
                "key": _key(index, types),
                "projection": _projection(index["Projection"]),
            }
            for index in definition["GlobalSecondaryIndexes"]
        },
    }


def _key(definition: Mapping[str, Any], types: Mapping[str, str]) -> list[str]:
    names = [one["AttributeName"] for one in definition["KeySchema"]]
    return [f"{name} {types[name]}" for name in names]


def _projection(projection: Mapping[str, Any]) -> list[str]:
    return sorted(projection.get("NonKeyAttributes", [projection["ProjectionType"]]))


def released() -> dict[str, Any]:
    """The shape that was recorded."""
    recorded: dict[str, Any] = json.loads(RECORD.read_text())
    return recorded


def refusals(before: Shape, after: Shape) -> Iterator[str]:
    """Say why AWS would not make the one of the other in an update, or lose what is in it."""
    if before["logical_id"] != after["logical_id"] or before["key"] != after["key"]:
        yield "another logical id or key makes a new, empty table; nothing moves the items there"
    if before["ttl"] != after["ttl"]:
        yield (
            "another attribute for the time to live needs two updates, an hour apart: one that "
            "disables it, one that enables it anew"
        )
    indexes = before["indexes"], after["indexes"]
    for name in sorted(indexes[0].keys() & indexes[1].keys()):
        if indexes[0][name] != indexes[1][name]:
            yield (
                f"{name} has another key or projection: it would be deleted and made anew, and its "
                "readers would fail meanwhile. Give the new one a new name"
            )
    changed = sorted(indexes[0].keys() ^ indexes[1].keys())
    if len(changed) > 1:
        yield f"an update creates or deletes one index, and here differ {', '.join(changed)}"


def main() -> int:
    """Write the record, or say on standard error why its table is not to be had from the last."""
    said = list(refusals(released(), shape())) if RECORD.exists() else []
    if said:
        print(*said, sep="\n", file=sys.stderr)
        return 1
    RECORD.write_text(json.dumps(shape(), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
