"""The locks that `make lock` writes, and what is installed of them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from local.aws.template import ROOT

LAYER_LOCK = ROOT / "layers" / "masking" / "requirements.txt"
# The folder that `make install` fills from each lock.
ENVIRONMENTS = {
    ROOT / ".venv": ROOT / "requirements-dev.txt",
    ROOT / ".venv-sam": ROOT / "requirements-sam.txt",
    ROOT / ".venv-audit": ROOT / "requirements-audit.txt",
}

_PIN = re.compile(
    r"(?P<name>[\w.-]+)(\[[\w, -]+\])?==(?P<version>[^\s;]+)( ; (?P<marker>.+?))?(?= +--hash|$)"
)


@dataclass(frozen=True)
class Pin:
    """One release. `hashes` are SHA-256 of its files, `marker` tells where it is installed."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def applies_here(self) -> bool:
        return not self.marker or Marker(self.marker).evaluate()


def read_lock(path: Path) -> list[Pin]:
    """Every release of a lock. Raises ValueError for a line that pins none."""
    text = re.sub(r"^ *#.*\n", "", path.read_text(), flags=re.MULTILINE)
    lines = (line.strip() for line in text.replace("\\\n", " ").splitlines())
    return [_pin(line) for line in lines if line]


def read_wanted(path: Path) -> dict[str, str]:
    """Version by name of what a requirements*.in asks for itself."""
    found = (_PIN.match(line) for line in path.read_text().splitlines())
    return {canonicalize_name(pin["name"]): pin["version"] for pin in found if pin}


def _pin(line: str) -> Pin:
    found = _PIN.match(line)
    if found is None:
        raise ValueError(f"no pin: {line}")
    hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})\b", line))
    marker = (found["marker"] or "").strip()
    return Pin(canonicalize_name(found["name"]), found["version"], marker, hashes)


def installed(packages: Path) -> dict[str, str]:
    """Version by name of what lies in a folder of packages."""
    found = distributions(path=[str(packages)])
    return {canonicalize_name(one.metadata["Name"]): one.version for one in found}


def packages_of(environment: Path) -> Path:
    """The folder of packages of a virtual environment."""
    (folder,) = environment.glob("lib/python*/site-packages")
    return folder


def strays(pins: Iterable[Pin], there: dict[str, str]) -> Iterator[str]:
    """Say in words how the installed packages differ from a lock; nothing if they do not."""
    locked = {pin.name: pin.version for pin in pins if pin.applies_here}
    for name in sorted(locked.keys() | there.keys()):
        if locked.get(name) != there.get(name):
            yield f"{name}: locked {locked.get(name)}, installed {there.get(name)}"
