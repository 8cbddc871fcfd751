"""Session objects against the recorded shape of the compatible API, key for key."""

import json
from decimal import Decimal
from typing import Any

import pytest

from maskline.api.sessions.response import amount, listed_session_object, session_object, time_text
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.interaction import Interaction
from maskline.domain.calls.leg import Leg
from maskline.domain.calls.report import LegStatus
from maskline.domain.sessions.session import FormerNumber, LiveCall, Role, Rung, Strategy, Terms
from maskline.domain.sessions.totals import Totals
from maskline.entry import call_links
from tests.support import builders
from tests.unit.api.samples import (
    CREATED_AT,
    FIRST,
    MAIN_ID,
    SECOND,
    SECOND_VIRTUAL,
    SUB_ID,
    UUID,
    VIRTUAL,
    make_session,
)

CALLER_LEG = "11111111-2222-4333-8444-555555555501"
CALLEE_LEG = "11111111-2222-4333-8444-555555555502"

FRESH = {
    "first_party": "12025550101",
    "second_party": "12025550102",
    "virtual_number": "12025550199",
    "status": "active",
    "initiate_call_to_first_party": False,
    "session_uuid": UUID,
    "callback_url": "https://app.example/masking/events",
    "callback_method": "POST",
    "created_time": "2026-03-02 09:15:00 +0000 UTC",
    "modified_time": "2026-03-02 09:15:00 +0000 UTC",
    "expiry_time": "2026-03-02 09:45:00 +0000 UTC",
    "duration": 1800,
    "amount": 0,
    "call_time_limit": 3600,
    "ring_timeout": 45,
    "first_party_play_url": "",
    "second_party_play_url": "",
    "record": False,
    "record_file_format": "mp3",
    "recording_callback_url": "",
    "recording_callback_method": "POST",
    "interaction": None,
    "total_call_amount": 0,
    "total_call_count": 0,
    "total_call_billed_duration": 0,
    "total_session_amount": 0,
    "last_interaction_time": "",
    "unknown_caller_play": "",
    "is_pin_authentication_required": False,
    "generate_pin": None,
    "generate_pin_length": None,
    "first_party_pin": None,
    "second_party_pin": None,
    "pin_prompt_play": None,
    "pin_retry": None,
    "pin_retry_wait": None,
    "incorrect_pin_play": None,
    "create_session_with_single_party": None,
    "virtual_number_cooloff_period": 0,
    "force_pin_authentication": False,
}
# The list's recorded sample is older than the last three keys of the create answer.
LIST_SAMPLE_KEYS = [
    "amount",
    "call_time_limit",
    "callback_method",
    "callback_url",
    "created_time",
    "duration",
    "expiry_time",
    "first_party",
    "first_party_pin",
    "first_party_play_url",
    "generate_pin",
    "generate_pin_length",
    "incorrect_pin_play",
    "initiate_call_to_first_party",
    "interaction",
    "is_pin_authentication_required",
    "last_interaction_time",
    "modified_time",
    "pin_prompt_play",
    "pin_retry",
    "pin_retry_wait",
    "record",
    "record_file_format",
    "recording_callback_method",
    "recording_callback_url",
    "resource_uri",
    "ring_timeout",
    "second_party",
    "second_party_pin",
    "second_party_play_url",
    "session_uuid",
    "status",
    "total_call_amount",
    "total_call_billed_duration",
    "total_call_count",
    "total_session_amount",
    "unknown_caller_play",
    "virtual_number",
]


def url_of(carrier: str, call_uuid: str) -> str:
    return f"https://{carrier}.example/Call/{call_uuid}"


def make_interaction(**changes: Any) -> Interaction:
    """The second party called, and both talked."""
    values: dict[str, Any] = {
        "session_uuid": UUID,
        "call_uuid": CALLER_LEG,
        "caller_role": Role.SECOND,
        "from_number": SECOND,
        "to_number": FIRST,
        "virtual_number": VIRTUAL,
        "started_at": CREATED_AT + 300_000,
        "ended_at": CREATED_AT + 340_000,
        "caller": Leg(LegStatus.COMPLETED, CALLER_LEG, True, 40, 60, Decimal("0.0165")),
        "callee": Leg(LegStatus.COMPLETED, CALLEE_LEG, True, 30, 60, Decimal("0.0165")),
    }
    return Interaction(**{**values, **changes})


def shown(*interactions: Interaction, now: int = CREATED_AT, **changes: Any) -> dict[str, Any]:
    return session_object(make_session(**changes), interactions, now=now, call_url=url_of)


def test_a_fresh_session_has_the_recorded_keys_order_and_types() -> None:
    assert json.dumps(shown()) == json.dumps(FRESH)


def test_a_session_that_had_a_call_shows_it_and_its_totals() -> None:
    session = shown(
        make_interaction(),
        totals=Totals(2, 120, Decimal("0.0330")),
        last_interaction_at=CREATED_AT + 340_000,
    )

    assert session["interaction"] == [
        {
            "start_time": "2026-03-02 09:20:00 +0000 UTC",
            "end_time": "2026-03-02 09:20:40 +0000 UTC",
            "first_party_resource_url": f"https://plivo.example/Call/{CALLEE_LEG}",
            "second_party_resource_url": f"https://plivo.example/Call/{CALLER_LEG}",
            "first_party_status": "completed",
            "second_party_status": "completed",
            "recording_resource_url": None,
            "auth_id": MAIN_ID,
            "type": "call",
            "total_call_amount": 0.033,
            "call_billed_duration": 120,
            "total_call_count": 2,
            "duration": 70,
            "currency": "USD",
        }
    ]
    assert session["currency"] == "USD"
    assert session["total_call_amount"] == session["total_session_amount"] == 0.033
    assert (session["total_call_count"], session["total_call_billed_duration"]) == (2, 120)
    assert session["last_interaction_time"] == "2026-03-02 09:20:40 +0000 UTC"


def test_a_conversation_that_runs_has_no_end_and_a_leg_without_a_call_no_url() -> None:
    (entry,) = shown(
        make_interaction(
            ended_at=None,
            caller=Leg(LegStatus.IN_PROGRESS, CALLER_LEG),
            callee=Leg(LegStatus.RINGING),
        )
    )["interaction"]

    assert entry["end_time"] == ""
    assert entry["first_party_resource_url"] is None
    assert (entry["first_party_status"], entry["second_party_status"]) == ("ringing", "in-progress")
    assert (entry["total_call_count"], entry["total_call_amount"]) == (1, 0)


def test_conversations_are_in_the_order_in_which_they_began() -> None:
    later = make_interaction(started_at=CREATED_AT + 900_000, call_uuid="a")

    entries = shown(later, make_interaction())["interaction"]

    assert [entry["start_time"][11:16] for entry in entries] == ["09:20", "09:30"]


@pytest.mark.parametrize(
    ("now", "live_call", "status"),
    [
        (CREATED_AT, None, "active"),
        (CREATED_AT, LiveCall("x", CREATED_AT + 1), "in-progress"),
        (CREATED_AT + 1, LiveCall("x", CREATED_AT + 1), "active"),
        (CREATED_AT + 1_799_999, None, "active"),
        (CREATED_AT + 1_800_000, None, "expired"),
    ],
)
def test_status_is_that_of_the_moment(now: int, live_call: LiveCall | None, status: str) -> None:
    assert shown(now=now, live_call=live_call)["status"] == status


def test_a_per_party_session_shows_both_numbers() -> None:
    session = shown(strategy=Strategy.PER_PARTY, second_virtual_number=SECOND_VIRTUAL)

    assert session["virtual_number"] == session["first_party_virtual_number"] == "12025550199"
    assert session["second_party_virtual_number"] == "442079460199"
    assert session["virtual_number_strategy"] == "per_party"


def test_a_subaccounts_session_names_it() -> None:
    assert shown(subaccount_id=SUB_ID)["subaccount"] == SUB_ID
    assert "subaccount" not in shown()


def test_a_session_with_a_ladder_shows_it_and_the_rung_that_gave_the_number() -> None:
    rungs = (Rung.ANY_COUNTRY, Rung.PER_PARTY)

    asked = shown(terms=Terms(on_exhaustion=rungs))
    down = shown(terms=Terms(on_exhaustion=rungs), rungs=rungs[:1])

    assert asked["on_exhaustion"] == down["on_exhaustion"] == ["any_country", "per_party"]
    assert (asked["allocation_rung"], down["allocation_rung"]) == ("asked", "any_country")
    assert not {"on_exhaustion", "allocation_rung"} & shown().keys()


def test_a_sticky_session_says_so() -> None:
    assert shown(terms=Terms(is_sticky=True))["sticky"] is True
    assert "sticky" not in shown()


def test_a_session_shows_its_carrier_where_that_says_something() -> None:
    assert "carrier" not in shown()
    assert shown(terms=Terms(carrier="plivo"))["carrier"] == "plivo"
    assert shown(carrier="other")["carrier"] == "other"


def test_a_call_is_where_it_was_before_its_session_left_the_carrier() -> None:
    former = FormerNumber(Role.FIRST, VIRTUAL, "plivo")
    moved = {"carrier": "other", "former_numbers": (former,)}
    there = {"first_virtual_number": SECOND_VIRTUAL, "second_virtual_number": SECOND_VIRTUAL}

    entries = session_object(
        make_session(**moved, **there),
        (make_interaction(),),
        now=CREATED_AT,
        call_url=lambda carrier, uuid: f"https://{carrier}.example/Call/{uuid}",
    )["interaction"]

    assert entries[0]["first_party_resource_url"].startswith("https://plivo.example/")


def test_a_listed_session_is_in_alphabetical_order_on_all_levels() -> None:
    listed = listed_session_object(
        make_session(), (make_interaction(),), now=CREATED_AT, call_url=url_of
    )

    assert list(listed) == sorted(listed)
    assert list(listed["interaction"][0]) == sorted(listed["interaction"][0])
    assert set(listed) == {*FRESH, "resource_uri"} >= set(LIST_SAMPLE_KEYS)
    assert listed["resource_uri"] == f"/v1/Account/{MAIN_ID}/Masking/Session/{UUID}/"


def test_a_listed_session_of_a_subaccount_is_found_under_it() -> None:
    listed = listed_session_object(
        make_session(subaccount_id=SUB_ID), (), now=CREATED_AT, call_url=url_of
    )

    assert listed["resource_uri"].startswith(f"/v1/Account/{SUB_ID}/")


def test_times_are_whole_seconds_cut_off() -> None:
    assert time_text(CREATED_AT + 749) == "2026-03-02 09:15:00 +0000 UTC"


@pytest.mark.parametrize(("value", "text"), [("0.000", "0"), ("0.02500", "0.025"), ("2", "2.0")])
def test_amounts_are_numbers_and_zero_is_an_integer(value: str, text: str) -> None:
    assert json.dumps(amount(Decimal(value))) == text


def test_call_urls_read_the_credentials_of_a_carrier_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def get_carrier_account(carrier: str, account_id: str) -> CarrierAccount | None:
        asked.append((carrier, account_id))
        return builders.carrier_account() if carrier == "plivo" else None

    monkeypatch.setattr(call_links, "get_carrier_account", get_carrier_account)
    call_url = call_links.call_urls(MAIN_ID)

    assert call_url("plivo", "a") == "https://api.plivo.com/v1/Account/MAPLIVO/Call/a"
    assert call_url("plivo", "b") == "https://api.plivo.com/v1/Account/MAPLIVO/Call/b"
    assert call_url("other", "c") is None
    assert call_url("", "d") is None
    assert asked == [("plivo", MAIN_ID), ("other", MAIN_ID), ("", MAIN_ID)]
