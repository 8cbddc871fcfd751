"""Advisories about installed packages, and the packages of which a service said nothing.

pip-audit counts a package that its service does not answer for as skipped, and then still says "No
known vulnerabilities found". Here that is a package nobody has looked at.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from local.aws.template import ROOT

_PROGRAM = ROOT / ".venv-audit" / "bin" / "pip-audit"
_SECONDS = 60

# (name, version) of a package.
Release = tuple[str, str]
Report = dict[str, Any]


@dataclass(frozen=True)
class Findings:
    """`vulnerable` and `unanswered` are lines to print; `asked` counts the packages."""

    asked: int
    vulnerable: tuple[str, ...]
    unanswered: tuple[str, ...]

    @classmethod
    def from_report(cls, report: Report) -> Self:
        """Read pip-audit's JSON."""
        packages = report["dependencies"]
        return cls(
            asked=len(packages),
            vulnerable=tuple(line for one in packages for line in _advisories(one)),
            unanswered=tuple(one["name"] for one in packages if "skip_reason" in one),
        )

    @property
    def is_silence(self) -> bool:
        """Nobody answered for anything."""
        return len(self.unanswered) == self.asked

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.asked + other.asked,
            self.vulnerable + other.vulnerable,
            self.unanswered + other.unanswered,
        )


def _advisories(package: Report) -> list[str]:
    return [
        f"{package['name']} {package['version']}: {known['id']},"
        f" fixed in {', '.join(known['fix_versions']) or 'no release'}"
        for known in package.get("vulns", [])
    ]


def look_up(deployed: Iterable[Release], others: Iterable[Release]) -> Findings:
    """Ask about packages; about `others` only if the service knows the deployed ones."""
    findings = _look_up(deployed)
    return findings + (_silence(others) if findings.is_silence else _look_up(others))


def _look_up(releases: Iterable[Release]) -> Findings:
    wanted = sorted(releases)
    report = _audited(wanted) if wanted else {"dependencies": []}
    return _silence(wanted) if report is None else Findings.from_report(report)


def _silence(releases: Iterable[Release]) -> Findings:
    names = tuple(name for name, _ in releases)
    return Findings(len(names), (), names)


def _audited(releases: Iterable[Release]) -> Report | None:
    """pip-audit's report; None if it gives none, as when it cannot reach its service."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(f"{name}=={version}\n" for name, version in releases)
        file.flush()
        command = [str(_PROGRAM), "--requirement", file.name, "--disable-pip", "--no-deps"]
        command += ["--format", "json", "--progress-spinner", "off", "--timeout", "5"]
        return _json_of(command)


def _json_of(command: list[str]) -> Report | None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        report: Report = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None
    return report
