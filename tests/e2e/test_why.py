"""An operator asks why a call went where it went."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.accounts import Account
from tests.e2e.conftest import NewAccount
from tests.e2e.people import pair, phone
from tests.e2e.service import ROOT


def why(account: Account, *words: str) -> Any:
    client = account.client
    known = {"API": client.api, "AUTH_ID": client.auth_id, "AUTH_TOKEN": client.auth_token}
    done = subprocess.run(
        ["make", "-s", "why", *words],
        cwd=ROOT,
        env={**os.environ, **known},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_the_operators_command_explains_a_call(new_account: NewAccount) -> None:
    account = new_account(1)
    first, second = pair()
    session = account.client.create(first, second)
    call = account.carrier.call(second, account.numbers[0])
    assert call.is_connected
    told = why(account, f"CALL={call.call_uuid}")

    assert (told["rule"], told["role"], told["session_uuid"]) == (
        "own_phone",
        "second",
        session["session_uuid"],
    )


def test_the_operators_command_finds_a_call_by_its_number_and_a_time(
    new_account: NewAccount,
) -> None:
    account = new_account(1)
    call = account.carrier.call(phone(), account.numbers[0])
    a_minute_ago = datetime.now(UTC) - timedelta(minutes=1)

    for since in (
        a_minute_ago.strftime("%Y-%m-%d %H:%M"),
        a_minute_ago.strftime("%Y-%m-%dT%H:%MZ"),
    ):
        told = why(account, f"NUMBER={account.numbers[0]}", f"SINCE={since}")

        [found] = told["response"]["objects"]
        assert (found["call_uuid"], found["rule"]) == (call.call_uuid, "no_session")
