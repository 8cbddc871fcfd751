"""Update bodies: what leaves a setting alone, what changes it, and what may not change."""

from dataclasses import replace
from typing import Any

import pytest

from maskline.api.session_requests import session_change
from maskline.domain.errors import InvalidParameterError
from maskline.domain.session_requests import SessionChange
from maskline.domain.sessions import Settings
from tests.unit.api.samples import DEPLOYMENT, FOREIGN_SUB_ID, SUB_ID, make_session

DEFAULTS = Settings(3600, 3600, 120, "", "POST")


def update_refusal(body: dict[str, Any]) -> str:
    with pytest.raises(InvalidParameterError) as raised:
        session_change(body, deployment=DEPLOYMENT)
    return raised.value.reason


JAVA_UPDATE = {
    "session_expiry": 0,
    "call_time_limit": 0,
    "ring_timeout": 0,
    "record": False,
    "create_session_with_single_party": False,
}


@pytest.mark.parametrize(
    "body",
    [
        {},
        JAVA_UPDATE,
        {"session_uuid": "x"},
        {"session_expiry": "", "callback_url": None, "callback_method": ""},
        {"first_party": "", "second_party": None, "subaccount": "", "geomatch": False},
        {"call_time_limit": "never"},
    ],
)
def test_an_update_that_asks_nothing_changes_nothing(body: dict[str, Any]) -> None:
    change = session_change(body, deployment=DEPLOYMENT)

    assert change == SessionChange()
    assert not change.restarts_expiry
    assert change.applied_to(DEFAULTS) == DEFAULTS


def test_an_update_changes_what_it_gives() -> None:
    body = {
        "session_expiry": "1440",
        "call_time_limit": 5,
        "ring_timeout": 30,
        "callback_url": "https://app.example/",
        "callback_method": "GET",
    }

    change = session_change(body, deployment=DEPLOYMENT)

    assert change.restarts_expiry
    assert change.applied_to(DEFAULTS) == Settings(1440, 60, 30, "https://app.example/", "GET")


def test_an_empty_callback_url_in_an_update_ends_the_callbacks() -> None:
    change = session_change({"callback_url": ""}, deployment=DEPLOYMENT)

    assert change.applied_to(replace(DEFAULTS, callback_url="https://a.example/")) == DEFAULTS


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"session_expiry": 30}, "Invalid parameter. session_expiry is outside the allowed range"),
        ({"callback_url": "x"}, "Invalid parameter. callback_url should be a valid URL"),
        ({"record": True}, "Unsupported parameter. record is not supported yet"),
        (
            {"first_party_play_url": "https://app.example/a.mp3"},
            "Unsupported parameter. first_party_play_url is not supported yet",
        ),
    ],
)
def test_a_wrong_update_is_refused(body: dict[str, Any], reason: str) -> None:
    assert update_refusal(body) == reason


@pytest.mark.parametrize(
    "body",
    [
        {"first_party": "1-202-555-0101", "second_party": 12025550102},
        {"subaccount": SUB_ID, "virtual_number_strategy": "SHARED"},
    ],
)
def test_a_fixed_field_may_repeat_its_value(body: dict[str, Any]) -> None:
    session = make_session(subaccount_id=SUB_ID)

    session_change(body, deployment=DEPLOYMENT).require_fixed_unchanged(session)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("first_party", "+12025550109"),
        ("second_party", "nonsense"),
        ("subaccount", FOREIGN_SUB_ID),
        ("sub_account", FOREIGN_SUB_ID),
        ("virtual_number_strategy", "per_party"),
    ],
)
def test_a_fixed_field_may_not_change(name: str, value: str) -> None:
    change = session_change({name: value}, deployment=DEPLOYMENT)

    with pytest.raises(InvalidParameterError, match="cannot be updated") as raised:
        change.require_fixed_unchanged(make_session(subaccount_id=SUB_ID))

    assert raised.value.field == name.replace("sub_account", "subaccount")
