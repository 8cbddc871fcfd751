"""Schemathesis against the running service: requests of every kind that the document can mean.

No 5xx, every answer as the document declares it, and 401 for whoever has no or wrong credentials.
With MASKLINE_EXPLORE=1 (`make fuzz`) it goes on for FUZZ_SECONDS, ten minutes by default.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import NewAccount
from tests.e2e.service import Service

CONFIG = Path(__file__).with_name("schemathesis.toml")
# Without the phase of every boundary of every parameter, which takes minutes.
SAMPLE = (
    *("--phases", "examples,fuzzing,stateful", "--max-examples", "5"),
    "--generation-deterministic",
)


def effort() -> tuple[str, ...]:
    if os.environ.get("MASKLINE_EXPLORE") != "1":
        return SAMPLE
    return ("--max-time", os.environ.get("FUZZ_SECONDS") or "600")


def fuzzed(service: Service, account: dict[str, str], *options: str, cwd: Path) -> str:
    """What schemathesis says of a run without failures."""
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"),
            *(f"{service.url}/openapi.json", "--no-color", *options),
        ],
        cwd=cwd,
        env={**os.environ, **account, "HYPOTHESIS_STORAGE_DIRECTORY": str(cwd)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_no_request_of_the_document_makes_the_service_fail(
    service: Service, new_account: NewAccount, tmp_path: Path
) -> None:
    client = new_account(4).client
    account = {"AUTH_ID": client.auth_id, "AUTH_TOKEN": client.auth_token}

    said = fuzzed(service, account, *effort(), cwd=tmp_path)

    [count] = re.findall(r"(\d+) generated", said)
    assert int(count) > 100
    assert "Traceback" not in service.output
