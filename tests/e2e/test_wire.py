"""What clients really send, byte for byte, and exactly what they get back."""

import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.conftest import NewAccount
from tests.e2e.people import pair, parties, phone
from tests.e2e.service import Service
from tests.e2e.wire import COLLECTION, Client, exchange

SESSION_KEYS = """
first_party second_party virtual_number status initiate_call_to_first_party session_uuid
callback_url callback_method created_time modified_time expiry_time duration amount
call_time_limit ring_timeout first_party_play_url second_party_play_url record
record_file_format recording_callback_url recording_callback_method interaction
total_call_amount total_call_count total_call_billed_duration total_session_amount
last_interaction_time unknown_caller_play is_pin_authentication_required generate_pin
generate_pin_length first_party_pin second_party_pin pin_prompt_play pin_retry
pin_retry_wait incorrect_pin_play create_session_with_single_party
virtual_number_cooloff_period force_pin_authentication
""".split()  # noqa: SIM905 (forty lines of quotes would hide the order)

# What each official client sends beyond what its user asked for.
JAVA = {
    "session_expiry": 0,
    "call_time_limit": 0,
    "ring_timeout": 0,
    "virtual_number_cooloff_period": 0,
    "record": False,
    "initiate_call_to_first_party": False,
    "geomatch": True,
    "generate_pin": False,
    "create_session_with_single_party": False,
    "force_pin_authentication": False,
    "is_pin_authentication_required": False,
    "pin_authentication_required": False,
}
CLIENTS: dict[str, dict[str, Any]] = {
    "java": JAVA,
    "go": {"session_expiry": 0, "create_session_with_single_Party": False},
    "go with geomatch": {"session_expiry": 0, "geomatch": True},
    "ruby": {"record": "false", "geomatch": "true"},
    "dotnet": {"virtual_number_cooloff_period": 0},
    "node": {"geo_match": True, "is_pin_authentication": False},
    "curl": {"Callback_Url": "", "colour": "blue", "nested": {"a": [1]}, "pin_retry": None},
}


def test_create_answers_the_recorded_keys_in_the_recorded_order(client: Client) -> None:
    body = parties()

    answer = client.send("POST", COLLECTION, {**body, "session_expiry": 1800})

    assert (answer.status, answer.headers["content-type"]) == (201, "application/json")
    content = answer.json
    assert list(content) == ["api_id", "session_uuid", "virtual_number", "message", "session"]
    assert uuid.UUID(content["api_id"])
    session = content["session"]
    assert list(session) == SESSION_KEYS
    assert content["virtual_number"] == f"+{session['virtual_number']}"
    expected = {
        "first_party": body["first_party"][1:],
        "second_party": body["second_party"][1:],
        "status": "active",
        "callback_url": "",
        "callback_method": "POST",
        "duration": 1800,
        "amount": 0,
        "call_time_limit": 3600,
        "ring_timeout": 120,
        "interaction": None,
        "last_interaction_time": "",
        "generate_pin": None,
        "create_session_with_single_party": None,
    }
    assert {key: session[key] for key in expected} == expected
    assert type(session["amount"]) is type(session["total_call_amount"]) is int


def test_reads_show_the_same_session_and_the_list_sorts_its_keys(client: Client) -> None:
    body = parties()
    created = client.create(**as_arguments(body))

    assert client.session(created["session_uuid"]) == created
    [listed] = client.sessions(first_party=body["first_party"])
    assert list(listed) == sorted([*SESSION_KEYS, "resource_uri"])
    uri = f"/v1/Account/{client.auth_id}/Masking/Session/{created['session_uuid']}/"
    assert listed == {**created, "resource_uri": uri}


def as_arguments(body: Mapping[str, str]) -> dict[str, str]:
    return {"first": body["first_party"], "second": body["second_party"]}


@pytest.mark.parametrize("slash", ["", "/"])
def test_every_session_route_answers_with_and_without_trailing_slash(
    slash: str, client: Client
) -> None:
    created = client.send("POST", f"{COLLECTION}{slash}", parties())
    assert created.status == 201
    item = f"{COLLECTION}/{created.json['session_uuid']}{slash}"
    assert client.send("GET", f"{COLLECTION}{slash}").status == 200
    assert client.send("GET", item).status == 200
    updated = client.send("POST", item, {"ring_timeout": 20})
    assert (updated.status, list(updated.json)) == (200, ["api_id", "message", "session"])
    deleted = client.send("DELETE", item)
    assert (deleted.status, deleted.json["message"]) == (200, "Session expired")
    assert list(deleted.json) == ["api_id", "message"]


@pytest.mark.parametrize("path", ["/no-uuid/", "/no/such/thing", "/%2F"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_path_to_nothing_is_404_in_the_apis_shape(method: str, path: str, client: Client) -> None:
    answer = client.send(method, f"{COLLECTION}{path}", {})

    assert (answer.status, list(answer.json)) == (404, ["api_id", "error", "error_code"])
    assert answer.json["error_code"] == "not_found"


def test_a_body_beyond_the_gateways_limit_is_413_in_the_apis_shape(client: Client) -> None:
    headers = {"Content-Length": str(11 * 1024 * 1024)}

    answer = exchange("POST", f"{client.api}{client.base_path}{COLLECTION}/", headers=headers)

    assert (answer.status, list(answer.json)) == (413, ["api_id", "error", "error_code"])
    assert answer.json["error_code"] == "request_too_large"


@pytest.mark.parametrize("slash", ["", "/"])
def test_every_number_route_answers_with_and_without_trailing_slash(
    slash: str, new_account: NewAccount, service: Service
) -> None:
    account = new_account(1)
    client = account.client
    item = f"/Number/{account.numbers[0][1:]}{slash}"
    assert client.send("POST", f"/Number{slash}", {"numbers": "12"}).status == 400
    listed = client.send("GET", f"/Number{slash}").json
    assert list(listed) == ["api_id", "meta", "objects"]
    assert client.send("GET", item).json["number"] == account.numbers[0][1:]
    changed = client.send("POST", item, {"status": "retired"})
    assert (changed.status, changed.json["message"]) == (202, "changed")
    service.advance(300)
    released = client.send("DELETE", item)
    assert (released.status, released.body) == (204, b"")
    assert client.send("GET", item).status == 404


def test_a_bare_question_mark_on_a_read_is_ignored(client: Client) -> None:
    created = client.create(*pair())

    answer = client.send("GET", f"{COLLECTION}/{created['session_uuid']}?")

    assert answer.json["response"] == created


@pytest.mark.parametrize("body", [{}, {"session_uuid": "whatever"}, b""])
def test_a_delete_may_bring_a_body(body: Any, client: Client) -> None:
    created = client.create(*pair())

    answer = client.send("DELETE", f"{COLLECTION}/{created['session_uuid']}/", body)

    assert answer.json["message"] == "Session expired"


@pytest.mark.parametrize("name", CLIENTS)
def test_what_a_client_always_sends_means_what_it_omits(name: str, client: Client) -> None:
    body = parties()

    created = client.send("POST", COLLECTION, {**body, **CLIENTS[name]}).json["session"]

    plain = client.create(*pair())
    individual = {"first_party", "second_party", "virtual_number", "session_uuid"}
    times = {"created_time", "modified_time", "expiry_time"}
    assert {key: created[key] for key in created.keys() - individual - times} == {
        key: plain[key] for key in plain.keys() - individual - times
    }


def test_javas_empty_string_is_the_missing_party(new_account: NewAccount) -> None:
    client = new_account(1).client
    single = {"create_session_with_single_party": True, "second_party": phone(), "first_party": ""}

    created = client.send("POST", f"{COLLECTION}/", {**JAVA, **single})

    assert created.status == 201
    assert created.json["session"]["first_party"] == ""


def test_phps_and_dotnets_delete_bring_json(client: Client) -> None:
    for body in ({}, {"session_uuid": "x"}):
        uuid_ = client.create(*pair())["session_uuid"]
        item = f"{COLLECTION}/{uuid_}/"
        assert client.send("DELETE", item, body).json["message"] == "Session expired"


def test_a_session_in_another_country_needs_geomatch_off_as_go_writes_it(
    new_account: NewAccount,
) -> None:
    client = new_account(1).client
    body = {"first_party": "+12025550101", "second_party": phone(), "session_expiry": 0}

    refused = client.send("POST", COLLECTION, {**body, "geomatch": True})
    taken = client.send("POST", COLLECTION, {**body, "geomatch": False})

    assert (refused.status, taken.status) == (400, 201)
    assert refused.error.endswith("geomatch leaves no number for first_party")


def test_rubys_strings_are_numbers(client: Client) -> None:
    limits = {"session_expiry": "1440", "call_time_limit": "600", "ring_timeout": "30"}

    session = client.create(*pair(), **limits)

    assert (session["duration"], session["call_time_limit"], session["ring_timeout"]) == (
        1440,
        600,
        30,
    )


def test_javas_update_wipes_nothing(client: Client) -> None:
    chosen = {"session_expiry": 900, "call_time_limit": 300, "ring_timeout": 20, "record": True}
    created = client.create(*pair(), **chosen)
    item = f"{COLLECTION}/{created['session_uuid']}/"
    zeros = {
        "session_expiry": 0,
        "call_time_limit": 0,
        "ring_timeout": 0,
        "record": False,
        "create_session_with_single_party": False,
        "callback_url": "https://app.example/events",
    }

    updated = client.send("POST", item, zeros).json["session"]

    changed = {"callback_url", "modified_time"}
    assert {key: updated[key] for key in updated.keys() - changed} == {
        key: created[key] for key in created.keys() - changed
    }
    assert updated["callback_url"] == "https://app.example/events"


def test_an_update_may_repeat_what_is_fixed_but_not_change_it(client: Client) -> None:
    first, second = pair()
    created = client.create(first, second)
    item = f"{COLLECTION}/{created['session_uuid']}/"
    same = {"session_uuid": created["session_uuid"], "first_party": first[1:], "geomatch": False}

    assert client.send("POST", item, same).status == 200
    changed = client.send("POST", item, {"second_party": phone()})

    assert (changed.status, changed.error) == (
        400,
        "Invalid parameter. second_party cannot be updated",
    )
    assert client.session(created["session_uuid"])["second_party"] == second[1:]


def test_a_call_time_limit_out_of_range_is_brought_in(client: Client) -> None:
    assert client.create(*pair(), call_time_limit=5)["call_time_limit"] == 60
    assert client.create(*pair(), call_time_limit=100_000)["call_time_limit"] == 86_400


def test_a_body_of_another_content_type_is_read_all_the_same(client: Client) -> None:
    headers = {"Content-Type": "application/octet-stream"}

    assert client.send("POST", COLLECTION, parties(), headers=headers).status == 201
