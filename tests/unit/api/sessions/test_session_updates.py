"""Update bodies: what leaves a setting alone, what changes it, and what may not change."""

from dataclasses import replace
from typing import Any

import pytest

from maskline.api.sessions.request import session_change
from maskline.domain.errors import InvalidParameterError
from maskline.domain.sessions.request import SessionChange
from maskline.domain.sessions.session import Rung, Settings, Strategy, Terms
from tests.support import builders
from tests.unit.api.samples import DEPLOYMENT, FOREIGN_SUB_ID, SUB_ID, make_session

OUTSIDE = "is outside the allowed range"
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


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("record", True, True),
        ("record", "true", True),
        ("record_file_format", "WAV", "wav"),
        ("recording_callback_url", "https://app.example/r", "https://app.example/r"),
        ("recording_callback_method", "get", "GET"),
        ("first_party_play_url", "https://app.example/1.mp3", "https://app.example/1.mp3"),
        ("second_party_play_url", "https://app.example/2.wav", "https://app.example/2.wav"),
    ],
)
def test_an_update_changes_media_settings(name: str, given: object, taken: object) -> None:
    change = session_change({name: given}, deployment=DEPLOYMENT)

    expected: dict[str, Any] = {name: taken}
    assert change.applied_to(DEFAULTS) == replace(DEFAULTS, **expected)
    assert not change.restarts_expiry


@pytest.mark.parametrize(
    "name",
    ["callback_url", "recording_callback_url", "first_party_play_url", "second_party_play_url"],
)
def test_an_empty_url_in_an_update_ends_its_use(name: str) -> None:
    url: dict[str, Any] = {name: "https://app.example/x"}
    before = replace(DEFAULTS, **url)

    assert session_change({name: ""}, deployment=DEPLOYMENT).applied_to(before) == DEFAULTS
    assert session_change({name: None}, deployment=DEPLOYMENT).applied_to(before) == before


RECORDED = replace(DEFAULTS, record=True)


@pytest.mark.parametrize(
    ("body", "is_recorded"),
    [
        (JAVA_UPDATE, True),
        ({**JAVA_UPDATE, "session_expiry": 600}, True),
        ({"record": False}, False),
        ({"record": "false"}, False),
        ({"record": False, "create_session_with_single_party": True}, False),
    ],
)
def test_false_ends_the_recording_unless_the_client_always_says_so(
    body: dict[str, Any], is_recorded: bool
) -> None:
    change = session_change(body, deployment=DEPLOYMENT)

    assert change.applied_to(RECORDED).record is is_recorded


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"session_expiry": 30}, f"Invalid parameter. session_expiry {OUTSIDE}"),
        ({"ring_timeout": 601}, f"Invalid parameter. ring_timeout {OUTSIDE}"),
        ({"callback_url": "x"}, "Invalid parameter. callback_url should be a valid URL"),
        ({"record": "often"}, "Invalid parameter. record should be true or false"),
        (
            {"record_file_format": "ogg"},
            "Invalid parameter. record_file_format should be mp3 or wav",
        ),
        (
            {"second_party_play_url": "beep"},
            "Invalid parameter. second_party_play_url should be a valid URL",
        ),
        (
            {"recording_callback_url": "http://app.example/"},
            "Invalid parameter. recording_callback_url should use https",
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
        ("on_exhaustion", "per_party"),
        ("on_exhaustion", "nonsense"),
        ("sticky", True),
        ("initiate_call_to_first_party", True),
        ("unknown_caller_play", "https://app.example/a.mp3"),
        ("is_pin_authentication_required", "true"),
        ("force_pin_authentication", True),
        ("generate_pin", True),
        ("generate_pin_length", 6),
        ("first_party_pin", "4821"),
        ("second_party_pin", 7390),
        ("pin_prompt_play", "https://app.example/a.mp3"),
        ("pin_retry", 2),
        ("pin_retry_wait", "7"),
        ("incorrect_pin_play", "https://app.example/a.mp3"),
        ("create_session_with_single_Party", True),
        ("virtual_number_cooloff_period", 600),
    ],
)
def test_a_fixed_field_may_not_change(name: str, value: object) -> None:
    change = session_change({name: value}, deployment=DEPLOYMENT)

    with pytest.raises(InvalidParameterError, match="cannot be updated") as raised:
        change.require_fixed_unchanged(make_session(subaccount_id=SUB_ID))

    assert raised.value.field == name.lower().replace("sub_account", "subaccount")


PIN_SESSION = make_session(
    terms=Terms(
        is_geomatched=True,
        cooloff_seconds=600,
        unknown_caller_play="https://customer.example/unknown.mp3",
        is_single_party=True,
        initiates_call=True,
        pin=builders.pin_terms(retries=2, is_forced=True),
        on_exhaustion=(Rung.PER_PARTY, Rung.ANY_COUNTRY),
        is_sticky=True,
    )
)


@pytest.mark.parametrize("strategy", Strategy)
def test_what_was_asked_for_may_be_repeated_as_well_as_what_came_of_it(strategy: Strategy) -> None:
    terms = Terms(on_exhaustion=(Rung.PER_PARTY,))
    session = make_session(strategy=Strategy.PER_PARTY, terms=terms, rungs=(Rung.PER_PARTY,))
    body = {"virtual_number_strategy": strategy, "geomatch": True}

    session_change(body, deployment=DEPLOYMENT).require_fixed_unchanged(session)


def test_a_session_may_be_repeated_as_it_is() -> None:
    body = {
        "initiate_call_to_first_party": "true",
        "geo_match": 1,
        "unknown_caller_play": "https://customer.example/unknown.mp3",
        "is_pin_authentication": True,
        "force_pin_authentication": True,
        "generate_pin": False,
        "generate_pin_length": "4",
        "first_party_pin": 4821,
        "second_party_pin": "7390",
        "pin_prompt_play": "https://customer.example/prompt.mp3",
        "pin_retry": 2,
        "pin_retry_wait": "5",
        "incorrect_pin_play": "https://customer.example/wrong.mp3",
        "create_session_with_single_party": True,
        "virtual_number_cooloff_period": 600.0,
        "on_exhaustion": ["per_party", "any_country"],
        "sticky": "true",
    }

    session_change(body, deployment=DEPLOYMENT).require_fixed_unchanged(PIN_SESSION)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("geomatch", True),
        ("virtual_number_cooloff_period", 600),
        ("pin_retry", 1),
        ("on_exhaustion", "per_party, any_country"),
    ],
)
def test_another_value_than_the_sessions_is_a_change(name: str, value: object) -> None:
    pin, ladder = builders.pin_terms(retries=2), (Rung.ANY_COUNTRY, Rung.PER_PARTY)
    session = make_session(terms=Terms(is_geomatched=False, pin=pin, on_exhaustion=ladder))

    with pytest.raises(InvalidParameterError, match=f"{name} cannot be updated"):
        session_change({name: value}, deployment=DEPLOYMENT).require_fixed_unchanged(session)
