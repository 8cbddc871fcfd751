"""Create bodies: what clients really send, and what is refused in which words."""

from dataclasses import replace
from typing import Any

import pytest

from maskline.api.http import request_from
from maskline.api.sessions.request import Creation, session_request
from maskline.api.warnings import unknown_parameters
from maskline.domain.accounts import Account, Client
from maskline.domain.errors import InvalidParameterError
from maskline.domain.sessions.request import SessionRequest
from maskline.domain.sessions.session import Settings, Strategy, Terms
from tests.unit.api.samples import (
    DEPLOYMENT,
    FIRST,
    FOREIGN_SUB_ID,
    MAIN_CALLER,
    MAIN_ID,
    SECOND,
    SUB_CALLER,
    SUB_ID,
    get_account,
    load_event,
)

PARTIES = {"first_party": FIRST, "second_party": SECOND}
LOCAL = replace(DEPLOYMENT, allow_loopback_callbacks=True)
DEFAULTS = Settings(3600, 3600, 120, "", "POST")


def create(body: dict[str, Any], client: Client = MAIN_CALLER, **other: Any) -> SessionRequest:
    return session_request(
        body, client, **{"deployment": DEPLOYMENT, "get_account": get_account, **other}
    )


def refusal(body: dict[str, Any], **other: Any) -> str:
    with pytest.raises(InvalidParameterError) as raised:
        create(body, **other)
    return raised.value.reason


def test_two_numbers_are_enough() -> None:
    assert create(PARTIES) == SessionRequest(FIRST, SECOND, DEFAULTS, Terms(), Strategy.SHARED, "")


def test_everything_given_is_taken() -> None:
    request = create(
        {
            **PARTIES,
            "session_expiry": 1800,
            "call_time_limit": 600,
            "ring_timeout": 45,
            "callback_url": "https://app.example/events?a=1#rt=3000",
            "callback_method": "get",
            "virtual_number_strategy": "PER_PARTY",
            "subaccount": SUB_ID,
        }
    )

    url = "https://app.example/events?a=1#rt=3000"
    assert request.settings == Settings(1800, 600, 45, url, "GET")
    assert type(request.settings.callback_method) is str
    assert (request.strategy, request.subaccount_id) == (Strategy.PER_PARTY, SUB_ID)


GO = {"session_expiry": 0, "create_session_with_single_Party": False}
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
NODE = {"geo_match": True, "sub_account": ""}
RUBY = {"session_expiry": "3600", "ring_timeout": "120", "record": "false", "geomatch": "true"}
DOTNET = {"virtual_number_cooloff_period": 0, "callback_url": None}
DOCUMENTED_DEFAULTS = {
    "record_file_format": "mp3",
    "recording_callback_method": "POST",
    "generate_pin_length": 4,
    "pin_retry": 1,
    "pin_retry_wait": 5,
    "callback_method": "POST",
}
EMPTY = dict.fromkeys(
    [*JAVA, *DOCUMENTED_DEFAULTS, "callback_url", "first_party_pin", "unknown_caller_play"], ""
)


@pytest.mark.parametrize(
    "extra",
    [GO, JAVA, NODE, RUBY, DOTNET, DOCUMENTED_DEFAULTS, EMPTY, {"something_new": [1]}],
    ids=["go", "java", "node", "ruby", "dotnet", "defaults", "empty", "unknown"],
)
def test_what_clients_always_send_changes_nothing(extra: dict[str, Any]) -> None:
    assert create({**PARTIES, **extra}) == create(PARTIES)


@pytest.mark.parametrize(
    "extra",
    [GO, JAVA, NODE, RUBY, DOTNET, DOCUMENTED_DEFAULTS, EMPTY],
    ids=["go", "java", "node", "ruby", "dotnet", "defaults", "empty"],
)
def test_what_clients_always_send_is_not_warned_of(extra: dict[str, Any]) -> None:
    assert unknown_parameters({**PARTIES, **extra}, Creation) == []


def test_the_recorded_java_body_is_accepted() -> None:
    request = request_from(load_event("create_session_java_sdk"), api_id="")

    assert create(request.json_object()) == create(PARTIES)


def test_keys_match_in_any_case() -> None:
    assert create({"First_Party": FIRST, "SECOND_PARTY": SECOND}) == create(PARTIES)


@pytest.mark.parametrize(
    "written", ["12025550101", "+1 (202) 555-0101", " +12025550101 ", 12025550101]
)
def test_a_phone_number_is_understood_however_it_is_written(written: object) -> None:
    assert create({**PARTIES, "first_party": written}).first_party == FIRST


@pytest.mark.parametrize("party", ["first_party", "second_party"])
@pytest.mark.parametrize("absent", [None, "", "  "])
def test_a_missing_party_is_named(party: str, absent: object) -> None:
    expected = f"Mandatory parameter missing. {party} must be present"

    assert refusal({**PARTIES, party: absent}) == expected


@pytest.mark.parametrize("party", ["first_party", "second_party"])
@pytest.mark.parametrize(
    "value", ["abc", "123", "sip:alice@example.com", True, 0, 1.5, [], {}, "+12025550101;ext=5"]
)
def test_a_party_that_is_no_phone_number_is_named(party: str, value: object) -> None:
    expected = f"Invalid parameter. {party} is not a valid phone number"

    assert refusal({**PARTIES, party: value}) == expected


OUTSIDE = "is outside the allowed range"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("session_expiry", 59, OUTSIDE),
        ("session_expiry", 86_401, OUTSIDE),
        ("session_expiry", "-1", OUTSIDE),
        ("session_expiry", "soon", "should be an integer"),
        ("session_expiry", 60.5, "should be an integer"),
        ("session_expiry", True, "should be an integer"),
        ("session_expiry", "9" * 5_000, "should be an integer"),
        ("ring_timeout", -1, OUTSIDE),
        ("ring_timeout", 601, OUTSIDE),
        ("callback_url", "not a url", "should be a valid URL"),
        ("callback_url", "ftp://app.example/", "should be a valid URL"),
        ("callback_url", "https://", "should be a valid URL"),
        ("callback_url", "https://[::1", "should be a valid URL"),
        ("callback_url", "https://app.example:99999/", "should be a valid URL"),
        ("callback_url", "https://app.example/\r\nx", "should be a valid URL"),
        ("callback_url", "https://app.example\\@other.example/", "should be a valid URL"),
        ("callback_url", "http://app.example/", "should use https"),
        ("callback_url", "http://127.0.0.1/", "should use https"),
        ("callback_url", "https://app.example/" + "x" * 980, "should be under 1000 characters"),
        ("callback_method", "PUT", "should be GET or POST"),
        ("virtual_number_strategy", "best", "should be shared or per_party"),
        ("virtual_number_strategy", 1, "should be shared or per_party"),
        ("subaccount", 5, "should be a string"),
        ("subaccount", FOREIGN_SUB_ID, "is not a subaccount of this account"),
        ("subaccount", MAIN_ID, "is not a subaccount of this account"),
        ("subaccount", "SAZZZZZZZZZZZZZZZZZZ", "is not a subaccount of this account"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: object, reason: str) -> None:
    assert refusal({**PARTIES, name: value}) == f"Invalid parameter. {name} {reason}"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (59, 60),
        (1, 60),
        (-5, 60),
        (86_401, 86_400),
        ("600", 600),
        ("x", 3600),
        (0, 3600),
        (1.5, 3600),
    ],
)
def test_call_time_limit_is_clamped_or_defaulted(given: object, taken: int) -> None:
    request = create({**PARTIES, "call_time_limit": given})

    assert request.settings.call_time_limit_seconds == taken


def test_the_longest_expiry_is_the_deployments() -> None:
    deployment = replace(DEPLOYMENT, session_expiry_max_seconds=172_800)

    request = create({**PARTIES, "session_expiry": 172_800}, deployment=deployment)

    assert request.settings.session_expiry_seconds == 172_800


@pytest.mark.parametrize("host", ["127.0.0.1:9000", "localhost:9000", "[::1]:9000"])
def test_the_local_stack_takes_plain_http_to_this_machine_only(host: str) -> None:
    request = create({**PARTIES, "callback_url": f"http://{host}/x"}, deployment=LOCAL)

    assert request.settings.callback_url == f"http://{host}/x"
    assert refusal({**PARTIES, "callback_url": "http://app.example/"}, deployment=LOCAL)


def test_the_same_number_for_both_parties_is_refused() -> None:
    body = {"first_party": FIRST, "second_party": "1 202 555 0101"}

    assert refusal(body) == "Invalid parameter. second_party must differ from first_party"


def test_a_missing_parameter_is_reported_before_a_wrong_one() -> None:
    reason = refusal({"first_party": "nonsense", "session_expiry": 1})

    assert reason == "Mandatory parameter missing. second_party must be present"


def test_parties_are_reported_before_settings() -> None:
    reason = refusal({"session_expiry": 1, "second_party": "x", "first_party": "y"})

    assert reason == "Invalid parameter. first_party is not a valid phone number"


def test_no_refusal_quotes_the_input() -> None:
    secret = "+99912025550101x"

    for name in ("first_party", "session_expiry", "callback_url", "callback_method", "record"):
        assert secret not in refusal({**PARTIES, name: secret})


def test_a_subaccount_creates_for_itself() -> None:
    assert create(PARTIES, SUB_CALLER).subaccount_id == SUB_ID
    assert create({**PARTIES, "subaccount": SUB_ID}, SUB_CALLER).subaccount_id == SUB_ID
    assert refusal({**PARTIES, "subaccount": FOREIGN_SUB_ID}, client=SUB_CALLER)


def test_the_accounts_strategy_is_the_default() -> None:
    caller = replace(
        MAIN_CALLER, account=Account(MAIN_ID, ("t",), default_strategy=Strategy.PER_PARTY)
    )

    assert create(PARTIES, caller).strategy is Strategy.PER_PARTY
    assert create({**PARTIES, "virtual_number_strategy": "shared"}, caller).strategy == "shared"
