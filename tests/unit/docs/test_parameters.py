"""docs/parameters.md lists every parameter, field and filter, with a test that proves each.

The tests stand in an appendix, under the headings of the tables.
"""

import inspect
import json
import re
from pathlib import Path

import pytest
from plivo.resources.maskingsession import MaskingSessions

from maskline.api.sessions.response import listed_session_object
from maskline.domain.sessions.session import Rung
from tests.support import builders
from tests.support.named_tests import named_tests

ROOT = Path(__file__).resolve().parents[3]
_APPENDIX = "Tests"
_ACCOUNT = "/v1/Account/{auth_id}"
_SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_SUBSECTION = re.compile(r"^### (.+?)\n(.*?)(?=^### |\Z)", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"`([a-z_]+)`")


def sections() -> dict[str, list[list[str]]]:
    """The cells of each section's table rows, heading rows left out."""
    return {title: _rows(body) for title, body in _parts() if title != _APPENDIX}


def appendix() -> dict[str, list[list[str]]]:
    """The cells of its rows, by the section that they are about."""
    [text] = [body for title, body in _parts() if title == _APPENDIX]
    return {title: _rows(body) for title, body in _SUBSECTION.findall(text)}


def _parts() -> list[tuple[str, str]]:
    return _SECTION.findall((ROOT / "docs" / "parameters.md").read_text(encoding="utf-8"))


def _rows(body: str) -> list[list[str]]:
    lines = [line for line in body.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def named(section: str) -> set[str]:
    """The names in the first column."""
    return {name for row in sections()[section] for name in _NAME.findall(row[0])}


def parameters(method: object) -> set[str]:
    return set(inspect.signature(method).parameters) - {"self", "session_uuid"}  # type: ignore[arg-type]


def test_the_operations_are_those_of_the_openapi_document() -> None:
    """The webhooks beside them are the carrier's to call."""
    document = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    [text] = [body for title, body in _parts() if title == "Operations"]
    shown = re.findall(r"^\| ([A-Z]+) \| `(/\S+)` \|", text, re.MULTILINE)

    assert len(shown) == len(set(shown))
    assert {(method, _ACCOUNT + path) for method, path in shown} == {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        if path.startswith(_ACCOUNT)
        for method in operations.keys() - {"parameters"}
    }


def test_every_create_parameter_of_the_official_sdk_has_a_row() -> None:
    assert parameters(MaskingSessions.create_masking_session) <= named("Create and update")


def test_every_update_parameter_of_the_official_sdk_has_a_row() -> None:
    assert parameters(MaskingSessions.update_masking_session) <= named("Create and update")


def test_every_list_filter_of_the_official_sdk_has_a_row() -> None:
    assert parameters(MaskingSessions.list_masking_session) <= named("List")


def test_every_field_of_the_session_object_has_a_row() -> None:
    terms = builders.terms(on_exhaustion=tuple(Rung), is_sticky=True, carrier="other")
    session = builders.session(subaccount_id=builders.SUBACCOUNT_ID, terms=terms)
    call = builders.interaction()
    shown = listed_session_object(session, [call], now=builders.NOW, call_url=lambda *_: None)

    assert shown.keys() <= named("Session object")
    assert shown["interaction"][0].keys() <= named("Interaction object")


@pytest.mark.parametrize("section", sections())
def test_every_row_names_its_tests_in_the_appendix(section: str) -> None:
    named_there = [row[0] for row in appendix().get(section, [])]

    assert named_there == [row[0] for row in sections()[section]]


@pytest.mark.parametrize(
    "row",
    [row for rows in appendix().values() for row in rows],
    ids=lambda row: row[0].strip("`"),
)
def test_the_test_that_a_row_names_is_there(row: list[str]) -> None:
    tests = named_tests(row[-1])

    assert tests, f"no test is named for {row[0]}"
    assert [test for test in tests if not test.exists] == []
