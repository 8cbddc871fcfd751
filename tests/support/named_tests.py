"""Tests that a document names as `tests/path.py::test_name`, for those who check them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@dataclass(frozen=True)
class NamedTest:
    path: str
    name: str

    @property
    def exists(self) -> bool:
        file = ROOT / self.path
        return file.is_file() and f"def {self.name}(" in file.read_text(encoding="utf-8")


def named_tests(text: str) -> list[NamedTest]:
    """In the order of the text."""
    return [NamedTest(path, name) for path, name in _TEST.findall(text)]
