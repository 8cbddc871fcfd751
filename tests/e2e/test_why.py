"""An operator asks why a call went where it went."""

import json
import os
import subprocess

from tests.e2e.conftest import NewAccount
from tests.e2e.people import pair
from tests.e2e.service import ROOT


def test_the_operators_command_explains_a_call(new_account: NewAccount) -> None:
    account = new_account(1)
    first, second = pair()
    session = account.client.create(first, second)
    call = account.carrier.call(second, account.numbers[0])
    assert call.is_connected
    client = account.client
    known = {"API": client.api, "AUTH_ID": client.auth_id, "AUTH_TOKEN": client.auth_token}

    done = subprocess.run(
        ["make", "-s", "why", f"CALL={call.call_uuid}"],
        cwd=ROOT,
        env={**os.environ, **known},
        capture_output=True,
        text=True,
        check=True,
    )

    told = json.loads(done.stdout)
    assert (told["rule"], told["role"], told["session_uuid"]) == (
        "own_phone",
        "second",
        session["session_uuid"],
    )
