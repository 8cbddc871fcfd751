"""Is what is installed what was locked, and is a hole known in it? docs/supply-chain.md"""

import argparse
import sys
from collections.abc import Iterator

from local.aws.template import ROOT
from tools.supply.advisories import Findings, Release, look_up
from tools.supply.locks import ENVIRONMENTS, LAYER_LOCK, installed, packages_of, read_lock, strays


def main(*, strict: bool) -> int:
    """The exit code: 1 for a stray or a known vulnerability, and if strict for silence too."""
    stray = list(_strays())
    findings = _findings()
    for line in (*stray, *findings.vulnerable, _summary(findings, len(stray))):
        print(line)
    return int(bool(stray or findings.vulnerable or (strict and findings.unanswered)))


def _strays() -> Iterator[str]:
    for environment, lock in ENVIRONMENTS.items():
        for line in strays(read_lock(lock), installed(packages_of(environment))):
            yield f"{environment.relative_to(ROOT)}: {line}"


def _findings() -> Findings:
    everything = {one for folder in ENVIRONMENTS for one in installed(packages_of(folder)).items()}
    deployed: set[Release] = {(pin.name, pin.version) for pin in read_lock(LAYER_LOCK)}
    return look_up(deployed, everything - deployed)


def _summary(findings: Findings, stray: int) -> str:
    known = f"{stray} not as locked, {len(findings.vulnerable)} known vulnerabilities"
    summary = f"{findings.asked} packages installed: {known}"
    if not findings.unanswered:
        return summary
    silent = f"{len(findings.unanswered)} NOT CHECKED for vulnerabilities, no advisory service"
    return f"{summary}, {silent} answered for them"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strict", action="store_true", help="fail if anything was not checked")
    sys.exit(main(strict=parser.parse_args().strict))
