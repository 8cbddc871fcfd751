"""One version: of the code, the stack's outputs, the OpenAPI document and the changelog."""

import re

import maskline
from local.aws.template import ROOT, load_source
from tests.support.openapi import document

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_everything_that_shows_a_version_shows_the_codes() -> None:
    newest, *_ = re.findall(r"^## \[(.+?)\] - (?:unreleased|\d{4}-\d\d-\d\d)$", CHANGELOG, re.M)

    shown = {
        "output": load_source()["Outputs"]["Version"]["Value"],
        "document": document()["info"]["version"],
        "changelog": newest,
    }

    assert shown == dict.fromkeys(shown, maskline.__version__)


def test_it_is_a_semantic_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", maskline.__version__)
