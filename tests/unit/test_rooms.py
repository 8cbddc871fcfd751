"""The rooms of the product: how full each may be, what each says it holds, and who knows whom."""

import ast
from collections import Counter, defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from local.aws.template import ROOT

LAYER = ROOT / "layers" / "masking" / "maskline"
PRODUCT = (LAYER, *(ROOT / name for name in ("functions", "local", "tools", "bench")))
MAX_FILES = 12
# From the ground up: a room knows those before it. What is in no room serves all of them.
DOMAIN = (
    "numbers",
    "sessions",
    "calls",
    "allocation",
    "pins",
    "why",
    "accounts",
    "trail",
    "erasure",
)


def _files() -> list[Path]:
    found = (path for folder in PRODUCT for path in folder.rglob("*") if path.is_file())
    return [path for path in found if "__pycache__" not in path.parts]


def _known_rooms(layer: str) -> dict[str, set[str]]:
    """For each room of a layer, or module in none, the others that it imports."""
    known: dict[str, set[str]] = defaultdict(set)
    for path in (LAYER / layer).rglob("*.py"):
        room = path.relative_to(LAYER / layer).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = (f"{node.module}.{alias.name}".split(".") for alias in node.names)
                known[room] |= {name[2] for name in names if name[:2] == ["maskline", layer]}
        known[room].discard(room)
    return known


def test_no_room_is_crowded() -> None:
    held = Counter(str(path.parent.relative_to(ROOT)) for path in _files())

    assert not {folder: count for folder, count in held.items() if count > MAX_FILES}


def test_a_room_says_what_it_holds() -> None:
    rooms = {path.parent for path in _files() if path.suffix == ".py"}
    rooms -= {ROOT / "local", ROOT / "tools", *(ROOT / "functions").iterdir()}

    silent = {room for room in rooms if not (room / "__init__.py").is_file()}
    silent |= {
        room
        for room in rooms - silent
        if not ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))
    }
    assert not silent


def test_the_rooms_of_the_domain_stand_on_each_other() -> None:
    known = _known_rooms("domain")

    assert known.keys() >= set(DOMAIN)
    for height, room in enumerate(DOMAIN):
        assert not known[room] & set(DOMAIN[height + 1 :]), room
    for room in known.keys() - set(DOMAIN):
        assert not known[room] & set(DOMAIN), room


@pytest.mark.parametrize("layer", ["domain", "store", "services", "api"])
def test_no_two_rooms_of_a_layer_need_each_other(layer: str) -> None:
    """Raises CycleError, which names them."""
    TopologicalSorter(_known_rooms(layer)).prepare()
