"""The rules of the layout: who may import whom, one folder per function, and small pieces."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from local.aws import template
from maskline import carriers

ROOT = template.ROOT
LAYER = ROOT / "layers" / "masking"
PACKAGES = ("domain", "store", "services", "carriers", "api", "callbacks", "entry")
COMMON = {"aws", "clock", "config", "deployment_keys", "observability"}
# What both sides of the HTTP that we speak need: one signature, one way to send a request.
WIRE = {"wire"}
ALLOWED = {
    "domain": set(),
    "store": {"domain", *COMMON},
    # They know carriers by the seam alone: see below.
    "services": {"domain", "store", "carriers", *COMMON},
    "carriers": {"domain", *COMMON, *WIRE},
    "api": {"domain", "carriers", "receipts", *COMMON},
    "callbacks": {"domain", *COMMON, *WIRE},
    "entry": {"domain", "store", "services", "carriers", "api", *COMMON},
    # It derives no key but for the table that was begun under it.
    "deployment_keys": {"store", *COMMON},
}
# Where a package of others may be imported; everything else of the layer does without it.
CONFINED = {
    "boto3": set(),
    "botocore": {"aws", "store"},
    "cryptography": {"carriers", "receipts", "store"},
    "pydantic": {"api"},
    "phonenumbers": {"domain"},
    "samtranslator": set(),
    "urllib3": {"wire"},
}
# Costly at a cold start, which a caller hears as silence.
NOT_ON_THE_ANSWER_PATH = {"boto3", "pydantic", "maskline.api", "maskline.callbacks"}
OUTSIDE_THE_LAYER = {"functions", "local", "tests", "tools"}
MAX_FILE_LINES = 300
MAX_HANDLER_LINES = 60
MAX_FUNCTION_LINES = 40
# A docstring says the thing's name or a verb first: these words make a reader look for it.
INDIRECT = re.compile(r"(What|Whom?|Whose|Where|Which|Whether|When|Why|How|Of|As|So|The same)\b")

LAYER_FILES = sorted((LAYER / "maskline").rglob("*.py"))
HANDLERS = sorted((ROOT / "functions").glob("*/app.py"))
SOURCES = [
    *LAYER_FILES,
    *HANDLERS,
    *sorted(path for folder in ("local", "tools") for path in (ROOT / folder).rglob("*.py")),
]


def _id(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def _imports(path: Path) -> frozenset[str]:
    """Dotted names of the modules that a file imports; `from a import b` counts as `a.b`."""
    names: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_id(path)}: relative import"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


def _part(path: Path) -> str:
    """The package or module of the layer that a file belongs to, such as `store` or `clock`."""
    return path.relative_to(LAYER / "maskline").parts[0].removesuffix(".py")


def _ours(path: Path) -> set[str]:
    """The parts of the layer that a file imports."""
    return {name.split(".")[1] for name in _imports(path) if name.startswith("maskline.")}


def _files_of(module: str) -> Iterator[Path]:
    """The files that importing a name of ours runs: its own, or that of the module it is in."""
    path = LAYER.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py", path.parent.with_suffix(".py"))
    yield from (candidate for candidate in candidates if candidate.exists())


def _reached(path: Path) -> set[str]:
    """Everything that a file imports, directly or by way of the layer."""
    names: set[str] = set()
    queue = [path]
    while queue:
        new = _imports(queue.pop()) - names
        names |= new
        queue += [file for name in new if name.startswith("maskline") for file in _files_of(name)]
    return names


def test_a_part_of_the_layer_imports_only_what_it_may() -> None:
    strays = {_id(path): _ours(path) - _allowed(_part(path)) for path in LAYER_FILES}

    assert not _found(strays)


def _allowed(part: str) -> set[str]:
    """A module beside the packages serves them all, so it may know none but the domain."""
    return ALLOWED.get(part, {"domain", *COMMON}) | {part}


def _found(offences: dict[str, set[str]]) -> dict[str, set[str]]:
    """Those of the files that have any."""
    return {path: what for path, what in offences.items() if what}


def test_what_is_deployed_imports_nothing_of_ours_but_the_layer() -> None:
    strays = {_id(path): _packages(path) & OUTSIDE_THE_LAYER for path in [*LAYER_FILES, *HANDLERS]}

    assert not _found(strays)


def _packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in _imports(path)}


def test_a_library_stays_where_it_belongs() -> None:
    strays = {}
    for path in [*LAYER_FILES, *HANDLERS]:
        part = _part(path) if path in LAYER_FILES else "functions"
        libraries = _packages(path) & CONFINED.keys()
        strays[_id(path)] = {name for name in libraries if part not in CONFINED[name]}

    assert not _found(strays)


# Its own folders, the tables of adapters, dialects and seeded accounts, the API that clients know
# under its name, and a carrier that signs as another one does.
MAY_NAME_A_CARRIER = {
    "layers/masking/maskline/carriers/__init__.py",
    "layers/masking/maskline/carriers/signalwire/signature.py",
    "layers/masking/maskline/callbacks/payload.py",
    "layers/masking/maskline/callbacks/signed_request.py",
    "local/phone/dialects.py",
    "local/stack/carriers.py",
    "tools/smoke/receiver.py",
}


def test_nobody_but_its_adapter_and_its_simulator_names_a_carrier() -> None:
    named = {
        _id(path)
        for path in [*SOURCES, template.TEMPLATE_PATH]
        for name in carriers.NAMES
        if name in _without_dialects(path.read_text()).lower() and name not in path.parts
    }

    assert named == MAY_NAME_A_CARRIER


def _without_dialects(source: str) -> str:
    """Return a source without its imports of the simulator's dialect of a carrier."""
    return re.sub(r"^from local\.phone\.\w+(\.\w+)* import ", "", source, flags=re.MULTILINE)


def test_only_the_settings_read_the_environment() -> None:
    readers = {_id(path) for path in LAYER_FILES if "os.environ" in path.read_text()}
    readers |= {_id(path) for path in LAYER_FILES if "os.getenv" in _imports(path)}

    assert {Path(path).stem for path in readers} <= {"config", "aws"}


@pytest.mark.parametrize("folder", ["answer_call", "record_call"])
def test_the_answer_path_imports_nothing_costly(folder: str) -> None:
    names = _reached(ROOT / "functions" / folder / "app.py")

    heavy = {name for name in names if name.startswith(tuple(NOT_ON_THE_ANSWER_PATH))}

    assert not heavy


def test_the_layer_has_the_packages_of_the_design() -> None:
    assert {path.parent.name for path in LAYER_FILES} >= set(PACKAGES)


def test_functions_and_folders_match() -> None:
    folders = {path.parent.name for path in HANDLERS}

    assert folders == {function.folder for function in template.functions().values()}


def test_a_function_is_one_file_with_a_handler() -> None:
    for path in HANDLERS:
        defined = {node.name for node in _tree(path).body if isinstance(node, ast.FunctionDef)}

        assert "handler" in defined, _id(path)
        assert [file.name for file in path.parent.iterdir() if file.is_file()] == ["app.py"]
        assert len(path.read_text().splitlines()) <= MAX_HANDLER_LINES, _id(path)


def test_files_and_functions_are_small() -> None:
    assert not {
        _id(path) for path in SOURCES if len(path.read_text().splitlines()) > MAX_FILE_LINES
    }
    long = {
        f"{_id(path)}: {node.name}"
        for path in SOURCES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef)
        and (node.end_lineno or 0) - node.body[0].lineno > MAX_FUNCTION_LINES
    }
    assert not long


def test_docstrings_begin_with_a_verb_or_the_thing() -> None:
    assert not _found({_id(path): set(_indirect(path)) for path in SOURCES})


def _indirect(path: Path) -> Iterator[str]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(path.read_text())):
        documented = ast.get_docstring(node) if isinstance(node, kinds) else None
        if documented and INDIRECT.match(documented):
            yield documented.partition("\n")[0]
