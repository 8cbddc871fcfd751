"""What an update of the stack may change of the table: docs/changing-the-table.md."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.aws import template
from tools.operator import table_changes
from tools.operator.table_changes import refusals, released, shape

HOW = "docs/changing-the-table.md says how it is done; after a release the record is renewed"

Change = Callable[[dict[str, Any]], object]


def test_the_template_s_table_can_be_had_from_the_released_one() -> None:
    assert list(refusals(released(), shape())) == [], HOW


@pytest.mark.parametrize(
    "change",
    [
        lambda _: None,
        lambda table: table["indexes"].pop("greetings_by_number"),
        lambda table: table["indexes"].update(another={"key": ["a S"], "projection": ["ALL"]}),
    ],
)
def test_an_update_creates_or_deletes_one_index(change: Change) -> None:
    """So does UpdateTable: "only one global secondary index per UpdateTable operation".

    docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
    """
    after = copy.deepcopy(shape())
    change(after)

    assert list(refusals(shape(), after)) == []


def _rename(table: dict[str, Any]) -> None:
    table["indexes"]["greetings"] = table["indexes"].pop("greetings_by_number")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_rename, "differ greetings, greetings_by_number"),
        (
            lambda table: table["indexes"]["greetings_by_number"]["projection"].append("more"),
            "greetings_by_number has another key or projection",
        ),
        (
            lambda table: table["indexes"]["routes_by_number"].update(key=["number_shard S"]),
            "routes_by_number has another key or projection",
        ),
        (lambda table: table.update(ttl="purge_at"), "two updates, an hour apart"),
        (lambda table: table.update(logical_id="Table"), "a new, empty table"),
        (lambda table: table.update(key=["PK S"]), "a new, empty table"),
    ],
)
def test_what_an_update_cannot_do_is_refused_with_the_reason(change: Change, said: str) -> None:
    after = copy.deepcopy(shape())
    change(after)

    [sentence] = refusals(shape(), after)

    assert said in sentence


def test_the_shape_tells_what_the_template_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a change of the template is a change of the shape."""
    before, definition = shape(), copy.deepcopy(template.table_definition())
    assert before["key"] == ["PK S", "SK S"]
    assert before["indexes"]["sessions_by_expiry"] == {
        "key": ["expiry_shard S", "expires_at N"],
        "projection": ["KEYS_ONLY"],
    }

    for index in definition["GlobalSecondaryIndexes"]:
        if index["IndexName"] == "greetings_by_number":
            index["Projection"]["NonKeyAttributes"].reverse()
    monkeypatch.setattr(template, "table_definition", lambda: definition)
    assert shape() == before, "attributes of a projection have no order"

    for one in definition["AttributeDefinitions"]:
        one["AttributeType"] = "B"
    assert shape()["key"] == ["PK B", "SK B"]


def test_a_table_that_is_not_to_be_had_is_not_recorded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "released-table.json"
    monkeypatch.setattr(table_changes, "RECORD", record)

    assert table_changes.main() == 0
    assert json.loads(record.read_text()) == shape()

    record.write_text(json.dumps(shape() | {"ttl": "another"}))
    assert table_changes.main() == 1
    assert "an hour apart" in capsys.readouterr().err
    assert released()["ttl"] == "another"
