"""The masked call of docs/deploying.md: its requests as they are typed there, and the call."""

import json
import os
import subprocess

from local.aws.template import ROOT
from tests.e2e.conftest import NewAccount
from tests.support.shown_commands import shown_commands


def test_two_people_who_are_put_together_as_shown_reach_each_other(
    new_account: NewAccount,
) -> None:
    account = new_account()
    variables = {
        "API": account.client.api,
        "AUTH_ID": account.client.auth_id,
        "AUTH_TOKEN": account.client.auth_token,
    }
    commands = [one for one in shown_commands() if one.startswith("curl ")]

    done = subprocess.run(
        ["bash", "-euc", "; echo\n".join(commands)],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )

    added, created = (json.loads(line) for line in done.stdout.splitlines())
    assert {one["status"] for one in added["numbers"]} == {"Success"}
    assert created["virtual_number"].removeprefix("+") in {
        one["number"] for one in added["numbers"]
    }
    call = account.carrier.call("+12025550101", created["virtual_number"])
    assert [leg.to for leg in call.legs] == ["+12025550102"]
