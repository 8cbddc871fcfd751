"""What some documents claim names tests and alarms that exist."""

import re
from pathlib import Path

import pytest

from local.aws.template import resources
from tools.smoke.report import Settles

ROOT = Path(__file__).resolve().parents[3]
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_ALARM = re.compile(r"`(\w+Alarm)`")
_BY_SMOKE = "`make smoke` |"
DOCUMENTS = [
    "audit.md",
    "backup.md",
    "callbacks.md",
    "clients.md",
    "cool-off.md",
    "erasure.md",
    "events.md",
    "local-and-aws.md",
    "numbers.md",
    "pins.md",
    "reliability.md",
    "request-a-call.md",
    "security.md",
    "teardown.md",
]


def text_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_tests_that_a_document_names_are_there(document: str) -> None:
    named = set(_TEST.findall(text_of(document)))

    assert named
    for path, name in sorted(named):
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{name}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_alarms_that_a_document_names_are_there(document: str) -> None:
    assert set(_ALARM.findall(text_of(document))) <= resources("AWS::CloudWatch::Alarm").keys()


def test_every_failure_names_its_test() -> None:
    rows = [line for line in text_of("reliability.md").splitlines() if line.startswith("| ")][1:]

    assert rows
    assert [row for row in rows if not _TEST.search(row)] == []


def test_every_behaviour_of_aws_has_its_source_its_test_and_what_settles_it() -> None:
    """The second table is of what no test here can show."""
    table, _ = text_of("local-and-aws.md").split("\n## What only a real account shows\n")
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]

    assert rows
    for row in rows:
        _, _on_aws, source, test, settled = row
        assert source.startswith("[") or source == "the same", row
        assert _TEST.search(test), row
        assert settled in {_BY_SMOKE, "the source |", "only a real account |"}, row
    tried = {row[0].removeprefix("| ") for row in rows if row[-1] == _BY_SMOKE}
    assert tried == set(Settles) - {Settles.NOTHING}
