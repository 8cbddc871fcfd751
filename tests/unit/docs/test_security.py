"""docs/security.md: every claim names tests, and they exist."""

import re

import pytest

from tests.support.named_tests import ROOT, named_tests

_TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
_SECTIONS = re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", _TEXT, re.MULTILINE | re.DOTALL)
# The rows of the tables that say what happens to whom tries something.
_CLAIMS = [
    row
    for _, body in _SECTIONS
    for table in re.findall(r"^\| Attack \|.*?(?=\n\n|\Z)", body, re.MULTILINE | re.DOTALL)
    for row in table.splitlines()[2:]
]


@pytest.mark.parametrize("row", _CLAIMS, ids=lambda row: row.split("|")[1].strip()[:40])
def test_a_claim_names_tests_that_are_there(row: str) -> None:
    tests = named_tests(row)

    assert tests, "no test is named"
    assert [test for test in tests if not test.exists] == []


def test_every_test_that_is_named_anywhere_is_there() -> None:
    assert [test for test in named_tests(_TEXT) if not test.exists] == []


@pytest.mark.parametrize(("title", "body"), _SECTIONS, ids=[title for title, _ in _SECTIONS])
def test_no_section_is_empty(title: str, body: str) -> None:
    assert body.strip(), title


def test_every_section_on_attacks_says_what_it_does_not_stop() -> None:
    lacking = [
        title
        for title, body in _SECTIONS
        if "| Attack |" in body and "**What this does not stop.**" not in body
    ]

    assert _CLAIMS
    assert lacking == []
