"""Every package that anything here installs is pinned with the hashes of its files."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.aws.template import ROOT
from tools.supply.locks import ENVIRONMENTS, LAYER_LOCK, Pin, read_lock, read_wanted, strays

LOCKS = [LAYER_LOCK, *ENVIRONMENTS.values()]
NODE = ROOT / "tests" / "e2e" / "node"
# In the Lambda runtime: a copy in the layer would shadow it and slow every start down.
# The last one: docs.aws.amazon.com, "Lambda SnapStart runtime hooks for Python".
LAMBDA_BRINGS = {"boto3", "botocore", "urllib3", "s3transfer", "snapshot-restore-py"}

every_lock = pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))


@every_lock
def test_every_line_pins_a_release_by_its_hashes(lock: Path) -> None:
    pins = read_lock(lock)

    assert len(pins) > 5
    assert [pin.name for pin in pins if not pin.hashes] == []


def test_a_line_may_say_where_it_is_installed() -> None:
    pins = [pin for lock in LOCKS for pin in read_lock(lock)]

    markers = {pin.marker: pin.applies_here for pin in pins}

    assert markers[""] is True
    assert markers["sys_platform == 'win32'"] is (sys.platform == "win32")
    newer = sys.version_info >= (3, 12)
    assert markers["python_full_version >= '3.12'"] is newer
    assert markers["python_full_version < '3.12'"] is not newer


@every_lock
def test_a_lock_is_of_what_was_asked_for(lock: Path) -> None:
    locked = {pin.name: pin.version for pin in read_lock(lock)}
    wanted = read_wanted(lock.with_suffix(".in"))

    assert wanted
    assert wanted.items() <= locked.items()


def test_a_lock_holds_what_its_packages_need_in_turn() -> None:
    locked = {pin.name for pin in read_lock(ENVIRONMENTS[ROOT / ".venv"])}

    needed = {one for name in locked - {"colorama", "pywin32"} for one in needs(name)}

    assert len(needed) > 20
    assert needed <= locked


@pytest.mark.parametrize(
    "file", [*LOCKS, NODE / "package-lock.json"], ids=lambda path: path.name + path.parent.name
)
def test_a_lock_names_no_registry(file: Path) -> None:
    text = re.sub(r'"url": "https://[^"]*funding[^"]*"', "", file.read_text())

    assert not re.search(r"--(extra-)?index-url|--find-links|\bresolved\b|registry", text)


def test_the_node_packages_are_pinned_by_their_hashes() -> None:
    packages = json.loads((NODE / "package-lock.json").read_text())["packages"]
    wanted = json.loads((NODE / "package.json").read_text())["dependencies"]

    assert packages.pop("")["dependencies"] == wanted
    assert len(packages) > 50
    assert [name for name, one in packages.items() if "sha512-" not in one["integrity"]] == []
    assert [name for name, one in packages.items() if one.get("hasInstallScript")] == []


def test_the_layer_ships_what_the_tests_ran() -> None:
    tested = {pin.name: pin for pin in read_lock(ENVIRONMENTS[ROOT / ".venv"])}

    for pin in read_lock(LAYER_LOCK):
        assert (tested[pin.name].version, tested[pin.name].hashes) == (pin.version, pin.hashes)


# The layer


def test_the_layer_asks_for_what_the_functions_import_and_no_more() -> None:
    wanted = set(read_wanted(LAYER_LOCK.with_suffix(".in")))
    imported = imported_packages()

    assert wanted <= imported
    assert imported - LAMBDA_BRINGS <= {pin.name for pin in read_lock(LAYER_LOCK)}


def test_the_layer_holds_no_package_that_nothing_in_it_needs() -> None:
    reached = set(read_wanted(LAYER_LOCK.with_suffix(".in")))
    while new := {one for name in reached for one in needs(name)} - reached:
        reached |= new

    assert {pin.name for pin in read_lock(LAYER_LOCK)} == reached
    assert not reached & LAMBDA_BRINGS


# Installed


def test_what_is_installed_differs_from_its_lock_in_words() -> None:
    pins = [
        Pin("kept", "1", "", ("a",)),
        Pin("moved", "2", "", ("b",)),
        Pin("elsewhere", "3", "sys_platform == 'nowhere'", ("c",)),
        Pin("missing", "4", "", ("d",)),
    ]

    assert list(strays(pins, {"kept": "1", "moved": "1", "extra": "9"})) == [
        "extra: locked None, installed 9",
        "missing: locked 4, installed None",
        "moved: locked 2, installed 1",
    ]
    assert list(strays(pins[:1], {"kept": "1"})) == []


def test_a_line_without_a_pin_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("# a comment\nloose>=1 \\\n    --hash=sha256:00\n")

    with pytest.raises(ValueError, match="no pin: loose"):
        read_lock(lock)


def needs(name: str) -> Iterator[str]:
    """What an installed package needs here, without extras."""
    for line in requires(name) or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)


def imported_packages() -> set[str]:
    """The packages that the layer and the functions import, by the names to install them."""
    files = [*(LAYER_LOCK.parent / "maskline").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    modules = {module for file in files for module in _imported(file)}
    owners = packages_distributions()
    strangers = modules - sys.stdlib_module_names - {"maskline"}
    return {canonicalize_name(owners.get(module, [module])[0]) for module in strangers}


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]
