"""Every alarm has an entry in docs/runbook.md, with a query and a rehearsal."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from local.aws import template

RUNBOOK = (template.ROOT / "docs" / "runbook.md").read_text()
ALARMS = template.resources("AWS::CloudWatch::Alarm")
ENTRIES = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))
LOGGED = {
    found
    for folder in ("layers/masking/maskline", "functions")
    for file in (template.ROOT / folder).rglob("*.py")
    for found in re.findall(r'event="(\w+)"', file.read_text())
}
FOLDERS = {function.folder for function in template.functions().values()}

every_entry = pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES.keys())


def test_each_alarm_has_an_entry_and_each_entry_an_alarm() -> None:
    assert ENTRIES.keys() == ALARMS.keys()


@pytest.mark.parametrize(("name", "alarm"), ALARMS.items(), ids=ALARMS.keys())
def test_an_alarm_leads_to_its_entry(name: str, alarm: dict[str, Any]) -> None:
    assert alarm["AlarmDescription"].endswith(f"docs/runbook.md#{name.lower()}")


@every_entry
def test_an_entry_says_all_that_somebody_woken_needs(entry: str) -> None:
    said = re.findall(r"^- \*\*([^*]+)\*\*", entry, re.MULTILINE)

    assert said == ["Who notices", "Look", "Do", "Over when", "Rehearsed"]


@every_entry
def test_a_query_looks_for_lines_that_are_written_by_functions_that_exist(entry: str) -> None:
    """Every function writes of its failure: there the query says whose it looks for."""
    looks = re.findall(r"\*\*Look\*\*, in ([^`]*?):\s+`(.*)`$", entry, re.MULTILINE)
    [(named_places, query)] = looks
    where = " ".join(named_places.split())
    places = {place for place in where.split(", ") if " " not in place}

    assert places <= FOLDERS
    assert places or where in {"the webhooks' access log", "every function"}
    named = re.findall(r'event = "(\w+)"|event in \[(.*?)\]', query)
    events = {event for one, more in named for event in [one, *re.findall(r"\w+", more)] if event}
    assert events <= LOGGED
    if "function_failed" in events:
        [condition] = re.findall(r"@logStream like /\(?([\w|]+?)\)?Function/", query)
        assert set(condition.split("|")) == {
            "".join(map(str.title, one.split("_"))) for one in places
        }


@every_entry
def test_a_rehearsal_exists(entry: str) -> None:
    [(path, name)] = re.findall(r"\*\*Rehearsed\*\*:\s+`([\w/.]+)::(\w+)`", entry)

    tree = ast.parse((template.ROOT / path).read_text())

    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", ALARMS)
def test_a_rehearsal_sees_its_own_alarm(name: str) -> None:
    [path] = re.findall(r"\*\*Rehearsed\*\*:\s+`([\w/.]+)::", ENTRIES[name])

    assert f'"{name}"' in (template.ROOT / path).read_text()


@pytest.mark.parametrize(
    "document", sorted((template.ROOT / "docs").glob("*.md")), ids=lambda path: path.name
)
def test_a_log_group_is_looked_up_by_a_logical_id_that_exists(document: Path) -> None:
    """CloudFormation names the groups, so no document can."""
    text = document.read_text()

    assert "/aws/lambda/" not in text
    assert (
        set(re.findall(r"\b\w+LogGroup\b", text))
        <= template.resources("AWS::Logs::LogGroup").keys()
    )
