"""What is refused, in which words, and that nothing is left behind."""

import itertools
import uuid
from typing import Any

import pytest

from tests.e2e.accounts import add_numbers
from tests.e2e.conftest import NewAccount
from tests.e2e.people import pair, parties, phone
from tests.e2e.wire import COLLECTION, Client, exchange

MISSING = "Mandatory parameter missing. {} must be present"
NOT_A_NUMBER = "Invalid parameter. {} is not a valid phone number"
OUT_OF_RANGE = "Invalid parameter. {} is outside the allowed range"
WRONG_BODIES: list[tuple[dict[str, Any], str]] = [
    ({"first_party": None}, MISSING.format("first_party")),
    ({"second_party": ""}, MISSING.format("second_party")),
    ({"first_party": "12"}, NOT_A_NUMBER.format("first_party")),
    ({"second_party": "somebody"}, NOT_A_NUMBER.format("second_party")),
    ({"session_expiry": 59}, OUT_OF_RANGE.format("session_expiry")),
    ({"session_expiry": 86_401}, OUT_OF_RANGE.format("session_expiry")),
    ({"session_expiry": -60}, OUT_OF_RANGE.format("session_expiry")),
    ({"session_expiry": "soon"}, "Invalid parameter. session_expiry should be an integer"),
    ({"callback_url": "nowhere"}, "Invalid parameter. callback_url should be a valid URL"),
    (
        {"callback_url": f"https://app.example/{'x' * 1000}"},
        "Invalid parameter. callback_url should be under 1000 characters",
    ),
    ({"callback_method": "PUT"}, "Invalid parameter. callback_method should be GET or POST"),
]


@pytest.mark.parametrize(("wrong", "text"), WRONG_BODIES)
def test_a_wrong_body_is_refused_naming_the_field_and_leaves_nothing(
    wrong: dict[str, Any], text: str, client: Client
) -> None:
    body = parties()

    answer = client.send("POST", COLLECTION, {**body, **wrong})

    assert (answer.status, list(answer.json)) == (400, ["api_id", "error", "error_code", "field"])
    assert answer.error == text
    is_missing = text.startswith("Mandatory")
    code = "mandatory_parameter_missing" if is_missing else "invalid_parameter"
    assert (answer.json["error_code"], answer.json["field"]) == (code, *wrong)
    assert uuid.UUID(answer.json["api_id"])
    for role in ("first_party", "second_party"):
        assert client.sessions(**{role: body[role]}) == []


def test_the_same_number_for_both_parties_is_refused(client: Client) -> None:
    someone = phone()

    answer = client.send(
        "POST", COLLECTION, {"first_party": someone, "second_party": someone.removeprefix("+")}
    )

    assert (answer.status, "second_party" in answer.error) == (400, True)


INCOMPLETE: dict[str, tuple[Any, str]] = {
    "is_pin_authentication_required": (True, MISSING.format("pin_prompt_play")),
    "generate_pin": (True, "Invalid parameter. generate_pin needs is_pin_authentication_required"),
    "first_party_pin": (
        "4821",
        "Invalid parameter. first_party_pin needs is_pin_authentication_required",
    ),
    "record_file_format": ("ogg", "Invalid parameter. record_file_format should be mp3 or wav"),
    "first_party_play_url": ("x", "Invalid parameter. first_party_play_url should be a valid URL"),
    "virtual_number_cooloff_period": (3601, OUT_OF_RANGE.format("virtual_number_cooloff_period")),
}


@pytest.mark.parametrize("name", INCOMPLETE)
def test_a_parameter_that_makes_no_sense_alone_is_refused(name: str, client: Client) -> None:
    value, text = INCOMPLETE[name]

    answer = client.send("POST", COLLECTION, {**parties(), name: value})

    assert (answer.status, answer.error) == (400, text)


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b'{"first_party": NaN}', b"a=b"]
)
def test_a_body_that_is_no_json_object_is_refused(body: bytes, client: Client) -> None:
    answer = client.send("POST", COLLECTION, body)

    assert (answer.status, list(answer.json)) == (400, ["api_id", "error", "error_code", "field"])
    assert "body" in answer.error
    assert (answer.json["error_code"], answer.json["field"]) == ("invalid_parameter", "body")


def test_bad_credentials_get_401_in_the_apis_shape(client: Client) -> None:
    url = f"{client.api}{client.base_path}{COLLECTION}/"
    swapped = Client(client.api, client.auth_token[:20], client.auth_id)
    authorizations = [
        None,
        "",
        "Bearer abc",
        "Basic",
        "Basic !!!",
        "Basic bm9jb2xvbg==",
        client.having_token("").authorization,
        client.having_token(client.auth_token[:-1]).authorization,
        swapped.authorization,
    ]
    for authorization in authorizations:
        headers = {} if authorization is None else {"Authorization": authorization}
        for method, body in itertools.product(["GET", "POST"], [None, b"{"]):
            answer = exchange(method, url, headers=headers, body=body)
            assert (answer.status, list(answer.json)) == (401, ["api_id", "error", "error_code"])
            assert answer.json["error_code"] == "invalid_credentials"
            assert answer.headers["x-amzn-remapped-www-authenticate"].startswith("Basic ")


def test_an_expired_session_is_neither_updated_nor_expired_again(client: Client) -> None:
    created = client.create(*pair())
    item = f"{COLLECTION}/{created['session_uuid']}/"
    client.send("DELETE", item)

    for answer in (client.send("DELETE", item), client.send("POST", item, {"ring_timeout": 9})):
        assert (answer.status, answer.error) == (400, "Session already expired")
        assert answer.json["error_code"] == "session_expired"


@pytest.mark.parametrize("name", ["no-uuid", "%00", "..%2F..", "00000000-0000-0000-0000-00000000"])
def test_an_unknown_session_is_404(name: str, client: Client) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = client.send(method, f"{COLLECTION}/{name}", {})
        assert (answer.status, list(answer.json)) == (404, ["api_id", "error", "error_code"])
        assert answer.json["error_code"] == "not_found"


def test_somebody_elses_session_is_404(client: Client, new_account: NewAccount) -> None:
    other = new_account().client
    created = client.create(*pair(), session_expiry=86_400)
    item = f"{COLLECTION}/{created['session_uuid']}"

    for method, body in (("GET", None), ("POST", {"ring_timeout": 9}), ("DELETE", None)):
        assert other.send(method, item, body).status == 404
        assert other.on_path_of(client.auth_id).send(method, item, body).status == 404

    assert other.on_path_of(client.auth_id).send("POST", COLLECTION, parties()).status == 404
    assert client.session(created["session_uuid"]) == created
    assert other.sessions() == []


def test_a_subaccount_sees_its_own_and_the_main_account_all(new_account: NewAccount) -> None:
    account = new_account(1)
    main, sub = account.client, account.subaccount
    add_numbers(main, 1, subaccount=sub.auth_id)
    of_main = main.create(*pair())["session_uuid"]
    of_sub = sub.create(*pair())["session_uuid"]

    assert {session["session_uuid"] for session in main.sessions()} == {of_main, of_sub}
    [listed] = sub.sessions()
    assert (listed["session_uuid"], listed["subaccount"]) == (of_sub, sub.auth_id)
    assert listed["resource_uri"].startswith(f"/v1/Account/{sub.auth_id}/")
    assert main.session(of_sub)["subaccount"] == sub.auth_id
    assert sub.send("GET", f"{COLLECTION}/{of_main}").status == 404
    assert sub.on_path_of(main.auth_id).send("GET", COLLECTION).status == 404
    assert main.on_path_of(sub.auth_id).send("GET", f"{COLLECTION}/{of_main}").status == 404
    assert main.on_path_of(sub.auth_id).send("DELETE", f"{COLLECTION}/{of_sub}").status == 200


def test_a_party_in_a_country_of_no_number_of_the_account_is_refused_by_name(
    new_account: NewAccount,
) -> None:
    client = new_account(1, limits={}).client

    refused = client.send(
        "POST",
        COLLECTION,
        {"first_party": phone(), "second_party": "+12025550101", "geomatch": False},
    )

    assert refused.status == 400
    assert refused.error == (
        "Invalid parameter. second_party is in a country that this account does not call"
    )
    assert refused.json["error_code"] == "destination_not_allowed"
    assert refused.json["field"] == "second_party"
