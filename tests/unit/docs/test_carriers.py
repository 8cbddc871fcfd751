"""docs/carriers.md is a table of the stories that are told over every carrier."""

import ast
import re
from pathlib import Path

import pytest

from maskline import carriers
from maskline.carriers import carrier
from tests.e2e import test_every_carrier as suite

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "carriers.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\|(.*)\|$", re.MULTILINE)


def table(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, that of the names first."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in row.split("|")] for row in _ROW.findall(part)]
    return [row for row in rows if not set("".join(row)) <= {"-"}]


def stories() -> set[str]:
    tree = ast.parse(Path(suite.__file__).read_text(encoding="utf-8"))
    found = (node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    return {name for name in found if name.startswith("test_")}


def test_each_cell_is_a_story_of_the_suite() -> None:
    names, *rows = table("What each can do")

    assert sorted(names[2:]) == sorted(carriers.NAMES)
    assert {row[1].strip("`") for row in rows} == stories()
    cannot = {
        (row[1].strip("`"), name)
        for row in rows
        for name, cell in zip(names[2:], row[2:], strict=True)
        if cell != "yes"
    }
    assert cannot == suite.CANNOT.keys()


@pytest.mark.parametrize(("row", "bound"), [("rings for", "ring"), ("talks for", "talk")])
def test_the_limits_are_the_adapters(row: str, bound: str) -> None:
    names, *rows = table("What differs")
    [shown] = [one for one in rows if one[0].startswith(row)]

    for name, cell in zip(names[1:], shown[1:], strict=True):
        fewest, most = getattr(carrier(name).bounds, bound)
        is_free = (fewest, most) == (1, 86_400)
        assert cell.startswith("as asked" if is_free else f"{fewest} to {most}"), name


def test_each_carrier_but_the_first_has_a_page() -> None:
    pages = {page.stem for page in (ROOT / "docs" / "carriers").glob("*.md")}

    assert pages == {*carriers.NAMES} - {carriers.DEFAULT}
    assert all(f"carriers/{name}.md" in PAGE for name in pages)
