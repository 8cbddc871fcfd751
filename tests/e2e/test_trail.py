"""The operator's commands on the audit trail, over the table of the running stack."""

import os
import subprocess
import sys

from tests.e2e.accounts import Account
from tests.e2e.people import pair
from tests.e2e.service import ROOT, Service


def run(service: Service, *arguments: str) -> list[str]:
    """What the command prints; it reads the table that the stack says."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.trail", *arguments],
        cwd=ROOT,
        env={**os.environ, **service.info()["table"], "PYTHONPATH": "layers/masking"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_an_operator_sees_who_had_a_session_and_that_nobody_touched_the_trail(
    account: Account, service: Service
) -> None:
    session_uuid = account.client.create(*pair())["session_uuid"]
    account.client.session(session_uuid)
    account.client.send("DELETE", f"/Masking/Session/{session_uuid}/")

    told = run(service, session_uuid)

    assert [line.split()[1] for line in told] == ["created", "read", "ended"]
    assert all("with token 1 of 1 (" in line and "from 127.0.0.1" in line for line in told)
    assert run(service, "--verify")[-1] == "OK"
