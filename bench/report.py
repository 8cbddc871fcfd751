"""The sections of results.md: each measurement replaces its own and leaves the others."""

import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results.md"

_HEAD = """\
# Measured

Written by `make bench`; [docs/performance.md](../docs/performance.md) says what the figures mean.
Counts are exact; of times only the ratios of one run say anything, since machines differ.
"""
_SECTION = re.compile(
    r"<!-- (?P<name>[a-z_]+) -->\n(?P<text>.*?)(?=<!-- [a-z_]+ -->\n|\Z)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under headings; numbers are formatted by whoever makes them."""

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]

    def markdown(self) -> str:
        lines = [self.headings, ["---"] * len(self.headings), *self.rows]
        return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and what stands under it: paragraphs (Markdown) and tables, in order.

    `is_met` says whether every target that the section names is reached.
    """

    title: str
    parts: Sequence[str | Table]
    is_met: bool = True

    def markdown(self) -> str:
        parts = [part if isinstance(part, str) else part.markdown() for part in self.parts]
        return "\n\n".join([f"## {self.title}", _where_and_when(), *parts]) + "\n"


def _where_and_when() -> str:
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}, Python {platform.python_version()}, "
        f"DynamoDB of ministack {version('ministack')}, botocore {version('botocore')}."
    )


def _machine() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text() if cpuinfo.exists() else ""
    models = re.findall(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return f"{len(models)} x {models[0]}" if models else platform.machine()


def write_section(name: str, section: Section) -> None:
    """Put a section in place of its predecessor; sections stand in order of their names."""
    found = _SECTION.finditer(RESULTS.read_text()) if RESULTS.exists() else ()
    sections = {match["name"]: match["text"].strip() for match in found}
    sections[name] = section.markdown().strip()
    written = (f"<!-- {name} -->\n{text}\n" for name, text in sorted(sections.items()))
    RESULTS.write_text("\n".join([_HEAD, *written]))
