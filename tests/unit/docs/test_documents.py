"""The documents: little for a newcomer to read, and every link and place in them exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.aws import template
from local.aws.template import ROOT

README = ROOT / "README.md"
GLOSSARY = ROOT / "docs" / "glossary.md"
MAP = ROOT / "docs" / "README.md"
PAGES = sorted(set((ROOT / "docs").glob("*.md")) - {MAP})
DOCUMENTS = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LAYER = ROOT / "layers" / "masking" / "maskline"
MAX_README_LINES = 150
MAX_GLOSSARY_LINES = 60
WIDTH = 100
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
# Begins an item of a list, or names the target of links.
_MARK = re.compile(r"^\s*(?:[-*]|\d+\.|\[\w+\]:)?\s*")
# Stays in one line: code and links, whose words a reader looks for as they are.
_ATOM = re.compile(
    r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)|\[(?:[^\[\]]|`[^`]*`)*\](?:\([^)\s]*\)|\[[^\]]*\])"
)


def _id(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_a_newcomer_reads_little() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= MAX_README_LINES
    assert len(GLOSSARY.read_text(encoding="utf-8").splitlines()) <= MAX_GLOSSARY_LINES


def test_each_word_of_the_glossary_is_where_it_says() -> None:
    rows = re.findall(r"^\| .+ \| `([\w/.]+)` \|$", GLOSSARY.read_text("utf-8"), re.MULTILINE)

    assert len(rows) > 20
    assert [place for place in rows if not (LAYER / place).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_id)
def test_every_link_leads_somewhere(document: Path) -> None:
    for file, anchor in _LINK.findall(document.read_text(encoding="utf-8")):
        target = (document.parent / file).resolve() if file else document

        assert target.exists(), file
        assert not anchor or anchor in _anchors(target.read_text(encoding="utf-8")), anchor


def _anchors(text: str) -> set[str]:
    """The names that GitHub gives to the headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_the_map_leads_to_every_page(page: Path) -> None:
    assert f"]({page.name}" in MAP.read_text(encoding="utf-8")


def test_the_readme_leads_to_the_map() -> None:
    assert "](docs/README.md)" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=_id)
def test_no_line_of_prose_is_longer_than_a_hundred_characters(document: Path) -> None:
    """A line may be longer only if it has nowhere to break: a long link, or a command."""
    long = [line for line in _prose(document.read_text(encoding="utf-8")) if len(line) > WIDTH]

    assert [line for line in long if " " in _ATOM.sub("x", _MARK.sub("", line))] == []


def _prose(text: str) -> Iterator[str]:
    """The lines outside of tables, headings and code."""
    previous, in_fence, in_code = "", False, False
    for line in text.splitlines():
        in_fence ^= line.lstrip().startswith("```")
        in_code = line.startswith("    ") and (in_code or not previous)
        if not in_fence and not in_code and not line.startswith(("|", "#")):
            yield line
        previous = line


def test_every_parameter_of_the_template_is_in_the_configuration() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = "\n".join(line.partition(" | ")[0] for line in text.splitlines())

    assert set(re.findall(r"`(\w+)`", rows)) >= template.parameters().keys()
    assert set(re.findall(r"\| `(\w+)`", text)) <= template.parameters().keys()


def test_every_function_is_in_the_page_of_functions() -> None:
    text = (ROOT / "docs" / "functions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+?) \| ", text, re.MULTILINE)

    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}

    assert named == {function.folder for function in template.functions().values()}
