"""The units of reads and writes, by the examples of DynamoDB's own documentation."""

import pytest

from bench.counting.units import (
    Consistency,
    Index,
    Item,
    indexes_of,
    item_size,
    read_units,
    write_units,
)

KB = 1024
BY_STATUS = Index("by_status", ("status", "at"), frozenset({"PK", "SK", "status", "at", "title"}))


def item(**attributes: str) -> Item:
    return {"PK": {"S": "p"}, "SK": {"S": "s"}} | {
        name: {"S": value} for name, value in attributes.items()
    }


def of_size(size: int) -> Item:
    """An item of that many bytes."""
    return {"k": {"S": "x" * (size - 1)}}


@pytest.mark.parametrize(
    ("attribute", "size"),
    [
        ({"S": "déjà"}, 6),
        ({"S": ""}, 0),
        ({"N": "0"}, 1),
        ({"N": "27"}, 2),
        ({"N": "-27"}, 2),
        ({"N": "270000"}, 2),
        ({"N": "0.00850"}, 2),
        ({"N": "1772361877511"}, 8),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"B": b"1234"}, 4),
        ({"L": []}, 3),
        ({"M": {}}, 3),
        ({"L": [{"S": "ab"}, {"BOOL": True}]}, 3 + 1 + 2 + 1 + 1),
        ({"M": {"key": {"S": "ab"}}}, 3 + 1 + 3 + 2),
    ],
)
def test_an_attribute_has_the_size_of_its_name_and_value(
    attribute: dict[str, object], size: int
) -> None:
    assert item_size({"name": attribute}) == len("name") + size


@pytest.mark.parametrize(
    ("size", "consistency", "units"),
    [
        # "reading a 3,500-byte item consumes the same throughput as reading a 4 KB item"
        (3500, Consistency.STRONG, 1),
        # "if your item size is 8 KB, you require 2 read units for one strongly consistent read, 1
        # if you choose eventually consistent reads, or 4 for a transactional read request"
        (8 * KB, Consistency.STRONG, 2),
        (8 * KB, Consistency.EVENTUAL, 1),
        (8 * KB, Consistency.TRANSACTIONAL, 4),
        # "a read operation on an item that does not exist" costs one unit, or half a one
        (0, Consistency.STRONG, 1),
        (0, Consistency.EVENTUAL, 0.5),
    ],
)
def test_reads_are_counted_in_4_kb(size: int, consistency: Consistency, units: float) -> None:
    assert read_units(size, consistency) == units


def test_of_a_batch_each_item_is_rounded_up_and_of_a_query_the_sum() -> None:
    """ "two items with sizes of 1.5 KB and 6.5 KB": 12 KB as a batch, 8 KB as a query."""
    sizes = [KB * 3 // 2, KB * 13 // 2]

    assert sum(read_units(size, Consistency.STRONG) for size in sizes) == 3
    assert read_units(sum(sizes), Consistency.STRONG) == 2


@pytest.mark.parametrize(
    ("before", "after", "is_transactional", "units"),
    [
        # "writing a 500-byte item consumes the same throughput as writing a 1 KB item"
        (None, of_size(500), False, 1),
        # "if your item size is 2 KB, you require 2 write units to sustain one write request, or 4
        # for a transactional write request"
        (None, of_size(2 * KB), False, 2),
        (None, of_size(2 * KB), True, 4),
        # An update and a replacement cost what the larger of the two items costs.
        (of_size(3 * KB), of_size(KB), False, 3),
        (of_size(KB), of_size(3 * KB), False, 3),
        # A deletion costs what the item costs that goes; of one that is not there, one unit.
        (of_size(3 * KB), None, False, 3),
        (None, None, False, 1),
        (None, None, True, 2),
    ],
)
def test_writes_are_counted_in_1_kb_of_the_larger_item(
    before: Item | None, after: Item | None, is_transactional: bool, units: int
) -> None:
    assert write_units(before, after, is_transactional=is_transactional) == units


NEW = item(status="new", at="1", title="a")


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        pytest.param(None, NEW, 1, id="an item enters the index"),
        pytest.param(NEW, item(status="old", at="1", title="a"), 2, id="its key changes"),
        pytest.param(NEW, item(title="a"), 1, id="its key goes"),
        pytest.param(NEW, None, 1, id="the item goes"),
        pytest.param(NEW, {**NEW, "title": {"S": "b"}}, 1, id="what is projected changes"),
        pytest.param(NEW, {**NEW, "other": {"S": "b"}}, 0, id="something else changes"),
        pytest.param(item(title="a"), item(title="b"), 0, id="it was and is not in the index"),
        pytest.param(item(status="new"), item(status="old"), 0, id="it lacks half of the key"),
        pytest.param(None, {**NEW, "title": {"S": "x" * KB}}, 2, id="a large entry"),
        pytest.param(None, {**NEW, "other": {"S": "x" * KB}}, 1, id="large, but not projected"),
    ],
)
def test_an_index_is_written_when_its_entry_changes(
    before: Item | None, after: Item | None, units: int
) -> None:
    assert BY_STATUS.write_units(before, after) == units


def test_an_index_holds_the_keys_and_what_it_projects() -> None:
    table = {
        "KeySchema": [{"AttributeName": "PK"}, {"AttributeName": "SK"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by_status",
                "KeySchema": [{"AttributeName": "status"}, {"AttributeName": "at"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]},
            },
            {
                "IndexName": "by_title",
                "KeySchema": [{"AttributeName": "title"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
    }

    assert indexes_of(table) == (
        BY_STATUS,
        Index("by_title", ("title",), frozenset({"PK", "SK", "title"})),
    )
