"""A request with unknown parameters is taken, and its answer names them."""

import uuid

from tests.e2e.conftest import NewAccount
from tests.e2e.people import parties, phone
from tests.e2e.service import Service
from tests.e2e.wire import COLLECTION, Client

BARE = "(203) 555-0141"
IGNORED = "Unknown parameter. {} was ignored"


def test_a_create_and_an_update_name_what_they_do_not_know(
    client: Client, service: Service
) -> None:
    body = {**parties(), "sesion_expiry": 600, "+12025550101": "x"}

    created = client.send("POST", COLLECTION, body)
    item = f"{COLLECTION}/{created.json['session_uuid']}"
    updated = client.send("POST", item, {"session_uuid": "x", "ringtimeout": 9})

    assert (created.status, updated.status) == (201, 200)
    assert created.json["warnings"] == [IGNORED.format("sesion_expiry")]
    assert updated.json["warnings"] == [IGNORED.format("ringtimeout")]
    assert list(created.json)[-1] == list(updated.json)[-1] == "warnings"
    assert "sesion_expiry" not in service.output
    assert "ringtimeout" not in service.output


def test_without_unknown_parameters_there_are_no_warnings(client: Client) -> None:
    created = client.send("POST", COLLECTION, {**parties(), "geo_match": False, "extra": None})

    assert created.status == 201
    assert "warnings" not in created.json


def test_a_repeated_create_is_warned_alike(client: Client) -> None:
    body = {**parties(), "colour": "red"}
    key = {"Idempotency-Key": str(uuid.uuid4())}

    first, again = (client.send("POST", COLLECTION, body, headers=key) for _ in range(2))

    assert first.json["warnings"] == [IGNORED.format("colour")]
    assert (again.status, again.body) == (201, first.body)


def test_numbers_and_erasures_name_what_they_do_not_know(new_account: NewAccount) -> None:
    account = new_account(1)
    client, number = account.client, account.numbers[0][1:]

    changed = client.send("POST", f"/Number/{number}/", {"alias": "a", "app_id": "1"})
    added = client.send("POST", "/Number/", {"numbers": phone(), "region": "GB", "type": "local"})
    erased = client.send("POST", "/Masking/Erasure/", {"number": BARE, "reason": "asked"})

    assert changed.json["warnings"] == [IGNORED.format("app_id")]
    assert added.json["warnings"] == [IGNORED.format("type")]
    assert erased.json["warnings"] == [
        IGNORED.format("reason"),
        "number was read as a number of EG, write + and the country code first",
    ]


def test_a_limit_that_the_carrier_does_not_keep_is_told(client: Client) -> None:
    body = {**parties(), "carrier": "vonage", "call_time_limit": 10_000}

    created = client.send("POST", "/Masking/Session/", body).json
    path = f"/Masking/Session/{created['session_uuid']}/"
    updated = client.send("POST", path, {"call_time_limit": 7_300}).json
    kept = client.send("POST", path, {"call_time_limit": 7_200}).json

    cut = ["Limit cut. call_time_limit is 7200 seconds at vonage"]
    assert (created["warnings"], updated["warnings"]) == (cut, cut)
    assert created["session"]["call_time_limit"] == 10_000
    assert "warnings" not in kept
