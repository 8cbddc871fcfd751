"""docs/architecture.md: short, its paths are there, and no kind of item is left out."""

import re

from local.aws.template import ROOT

LAYER = ROOT / "layers" / "masking" / "maskline"
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_it_stays_a_walk() -> None:
    assert len(TEXT.splitlines()) <= 120


def test_every_path_is_there() -> None:
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:/|\.py|\.yaml))`", TEXT))

    assert len(named) > 30
    assert {one for one in named if not ((LAYER / one).exists() or (ROOT / one).exists())} == set()


def test_every_kind_of_item_has_a_row() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (LAYER / "store").rglob("*.py"))
    kinds = set(re.findall(r'"item": "(\w+)"|":item": "(\w+)"|ITEM = "(\w+)"', sources))

    shown = set(re.findall(r"^\| `(\w+)`", TEXT, re.MULTILINE))

    assert {next(filter(None, found)) for found in kinds} <= shown
