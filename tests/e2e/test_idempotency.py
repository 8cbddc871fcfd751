"""A create with an Idempotency-Key may be repeated; see docs/replays.md."""

import json
import uuid

from tests.e2e.conftest import NewAccount
from tests.e2e.people import parties
from tests.e2e.wire import COLLECTION, Client


def test_an_idempotency_key_gets_the_first_answer_again(client: Client) -> None:
    body = parties()
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = client.send("POST", COLLECTION, body, headers=key)

    client.send("POST", f"{COLLECTION}/{first.json['session_uuid']}", {"ring_timeout": 9})
    again = client.send("POST", f"{COLLECTION}/", json.dumps(body, indent=1).encode(), headers=key)

    assert (again.status, again.body) == (201, first.body)
    assert len(client.sessions(first_party=body["first_party"])) == 1


def test_an_idempotency_key_with_another_body_is_409(client: Client) -> None:
    body = parties()
    key = {"Idempotency-Key": str(uuid.uuid4())}
    client.send("POST", COLLECTION, body, headers=key)

    other = client.send("POST", COLLECTION, {**body, "session_expiry": 100}, headers=key)

    assert (other.status, list(other.json)) == (409, ["api_id", "error", "error_code"])
    assert other.json["error_code"] == "idempotency_conflict"
    assert len(client.sessions(first_party=body["first_party"])) == 1


def test_a_key_is_free_again_after_a_refusal_and_belongs_to_one_account(
    client: Client, new_account: NewAccount
) -> None:
    body = parties()
    key = {"Idempotency-Key": "order 4711"}
    wrong = {**body, "session_expiry": 1}
    assert client.send("POST", COLLECTION, wrong, headers=key).status == 400

    created = client.send("POST", COLLECTION, body, headers=key)
    elsewhere = new_account(1).client.send("POST", COLLECTION, body, headers=key)

    assert (created.status, elsewhere.status) == (201, 201)
    assert created.json["session_uuid"] != elsewhere.json["session_uuid"]
