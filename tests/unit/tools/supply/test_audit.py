"""The vulnerability check fails on a finding and never takes silence for good news."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from local.aws.template import ROOT
from tools.supply import __main__ as audit
from tools.supply import advisories

DEPLOYED, OTHER = ("pydantic", "2.13.5"), ("jinja2", "2.10")
KNOWN = {"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"], "aliases": ["CVE-2019-10906"]}


class FakeAudit:
    """Stands in for pip-audit: a program that answers with a report of what it was asked about."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._report, self._asked = folder / "report.json", folder / "asked.txt"
        program = folder / "pip-audit"
        program.write_text(f"#!/bin/sh\ncat $2 >> {self._asked}\ncat {self._report}\nexit 1\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setattr(advisories, "_PROGRAM", program)

    def answers(self, *packages: dict[str, Any]) -> None:
        self._report.write_text(json.dumps({"dependencies": packages, "fixes": []}))

    def breaks(self) -> None:
        self._report.write_text("Traceback: ConnectionError")

    @property
    def asked(self) -> list[str]:
        return self._asked.read_text().split()


@pytest.fixture
def pip_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAudit:
    return FakeAudit(tmp_path, monkeypatch)


def answer(release: tuple[str, str], *vulns: dict[str, Any]) -> dict[str, Any]:
    return {"name": release[0], "version": release[1], "vulns": list(vulns)}


def skipped(release: tuple[str, str]) -> dict[str, Any]:
    return {"name": release[0], "skip_reason": "Dependency not found"}


def test_a_known_vulnerability_is_told_with_its_repair(pip_audit: FakeAudit) -> None:
    pip_audit.answers(answer(OTHER, KNOWN))

    findings = advisories.look_up([OTHER], [])

    assert findings.vulnerable == ("jinja2 2.10: PYSEC-2019-217, fixed in 2.10.1",)
    assert (findings.asked, findings.unanswered) == (1, ())


def test_a_package_that_was_skipped_was_not_checked(pip_audit: FakeAudit) -> None:
    pip_audit.answers(answer(DEPLOYED), skipped(OTHER))

    findings = advisories.look_up([DEPLOYED, OTHER], [])

    assert (findings.asked, findings.vulnerable) == (2, ())
    assert findings.unanswered == ("jinja2",)


def test_who_is_answered_for_the_deployed_asks_for_the_others(pip_audit: FakeAudit) -> None:
    pip_audit.answers(answer(DEPLOYED))

    advisories.look_up([DEPLOYED], [OTHER])

    assert pip_audit.asked == ["pydantic==2.13.5", "jinja2==2.10"]


@pytest.mark.parametrize("is_broken", [True, False])
def test_silence_is_no_good_news(pip_audit: FakeAudit, is_broken: bool) -> None:
    pip_audit.breaks() if is_broken else pip_audit.answers(skipped(DEPLOYED))

    findings = advisories.look_up([DEPLOYED], [OTHER])

    assert findings == advisories.Findings(2, (), ("pydantic", "jinja2"))
    assert pip_audit.asked == ["pydantic==2.13.5"]


@pytest.mark.parametrize(
    ("found", "exit_code", "strict_exit_code", "words"),
    [
        (advisories.Findings(9, (), ()), 0, 0, "9 packages installed"),
        (advisories.Findings(9, (), ("x",)), 0, 1, "1 NOT CHECKED"),
        (advisories.Findings(9, ("x 1: CVE",), ()), 1, 1, "1 known vulnerabilities"),
    ],
)
def test_the_check_fails_on_findings_and_on_silence_when_strict(
    found: advisories.Findings,
    exit_code: int,
    strict_exit_code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(audit, "ENVIRONMENTS", {})
    monkeypatch.setattr(audit, "look_up", lambda *_: found)

    assert audit.main(strict=False) == exit_code
    assert audit.main(strict=True) == strict_exit_code
    assert words in capsys.readouterr().out


def test_a_stray_package_fails_the_check(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To a lock that names nothing, whatever is installed is one."""
    lock = tmp_path / "requirements.txt"
    lock.touch()
    monkeypatch.setattr(audit, "ENVIRONMENTS", {ROOT / ".venv": lock})
    monkeypatch.setattr(audit, "look_up", lambda *_: advisories.Findings(9, (), ()))

    assert audit.main(strict=False) == 1
    assert ".venv: pytest: locked None, installed " in capsys.readouterr().out
