"""A person is erased, as a customer asks for it and as an operator does."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
from typing import Any

from tests.e2e.accounts import Account
from tests.e2e.conftest import NewAccount
from tests.e2e.people import pair
from tests.e2e.service import ROOT, Service


def erasure(account: Account, erasure_id: str) -> dict[str, Any]:
    answer = account.client.send("GET", f"/Masking/Erasure/{erasure_id}/")
    assert answer.status == 200, answer.text
    return answer.json


def claims_of(receipt: str) -> dict[str, Any]:
    payload = receipt.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


def test_a_person_is_erased_and_the_receipt_is_about_them(
    new_account: NewAccount, service: Service
) -> None:
    account = new_account(1)
    person, other = pair()
    session = account.client.create(person, other)
    (number,) = account.numbers
    assert account.carrier.call(person, number).is_connected

    answer = account.client.send("POST", "/Masking/Erasure/", {"number": person})

    assert answer.status == 202, answer.text
    for _ in range(3):
        service.advance(61)
    done = erasure(account, answer.json["erasure_id"])
    assert done["state"] == "erased"
    claims = claims_of(done["receipt"])
    assert claims["erased"] == {"interactions": 1, "recordings": 0, "routes": 2, "sessions": 1}
    salt = bytes.fromhex(answer.json["salt"])
    assert (
        claims["number_commitment"] == hmac.new(salt, person.encode(), hashlib.sha256).hexdigest()
    )
    path = f"/Masking/Session/{session['session_uuid']}/"
    shown = account.client.send("GET", path).json["response"]
    assert (shown["first_party"], shown["second_party"]) == ("", other.removeprefix("+"))
    assert shown["status"] == "expired"
    assert shown["total_call_count"] == 2
    assert not account.carrier.call(other, number).is_connected
    assert account.subaccount.send("POST", "/Masking/Erasure/", {"number": person}).status == 400


def test_the_operators_command_reads_the_number_from_its_input(new_account: NewAccount) -> None:
    client = new_account().client
    person, _ = pair()
    known = {"API": client.api, "AUTH_ID": client.auth_id, "AUTH_TOKEN": client.auth_token}

    done = subprocess.run(
        ["make", "-s", "erase"],
        cwd=ROOT,
        env={**os.environ, **known},
        input=f"{person}\n",
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout)["message"] == "Erasure ordered"
