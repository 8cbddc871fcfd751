"""Filters of the session list in every spelling, and the time window."""

from datetime import UTC, datetime
from typing import Any

import pytest

from maskline.api.http import request_from
from maskline.api.pagination import CURSOR, PAGING
from maskline.api.sessions.list_query import FILTERS, session_filter
from maskline.domain.accounts import Client
from maskline.domain.errors import InvalidParameterError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.filter import Range, SessionFilter, SessionSummary
from maskline.domain.sessions.session import Status
from tests.unit.api.samples import (
    CREATED_AT,
    FIRST,
    FOREIGN_SUB_ID,
    MAIN_CALLER,
    SECOND,
    SECOND_VIRTUAL,
    SUB_CALLER,
    SUB_ID,
    UUID,
    VIRTUAL,
    api_event,
    load_event,
)

DAY_MS = 86_400_000
# 2026-03-20 12:00:00.500 UTC
NOW = int(datetime(2026, 3, 20, 12, tzinfo=UTC).timestamp()) * 1000 + 500


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def parsed(query: str, client: Client = MAIN_CALLER) -> SessionFilter:
    request = request_from(api_event(query=query), api_id="")
    return session_filter(request.query, client, now=NOW, retention_days=90)


def refusal(query: str, client: Client = MAIN_CALLER) -> str:
    with pytest.raises(InvalidParameterError) as raised:
        parsed(query, client)
    return raised.value.reason


def created(query: str) -> tuple[int, int]:
    wanted = parsed(query)
    return wanted.created_from, wanted.created_before


def test_without_a_filter_the_last_seven_days_are_shown() -> None:
    wanted = parsed("limit=20&offset=0")

    start = NOW // 1000 * 1000 - 7 * DAY_MS
    assert wanted == SessionFilter(created_from=start, created_before=NOW + 1)


@pytest.mark.parametrize("query", ["%2B12025550101=1", "from=x", "created=", "created_time__ne=x"])
def test_an_unknown_filter_is_refused_without_being_quoted(query: str) -> None:
    with pytest.raises(InvalidParameterError) as raised:
        parsed(f"limit=20&{query}")

    assert raised.value.field == "query"
    assert raised.value.reason == (
        f"Unknown query parameter. This list takes {', '.join({**FILTERS, **PAGING, **CURSOR})}"
    )


@pytest.mark.parametrize(
    ("query", "start", "end"),
    [
        ("created_time__gte=2026-03-02+09:15:00", "2026-03-02 09:15:00", None),
        ("created_time__gt=2026-03-02+09:15:00", "2026-03-02 09:15:01", None),
        ("created_time__gte=2026-03-02+09:15:00.5", "2026-03-02 09:15:01", None),
        ("created_time__gt=2026-03-02+09:15:00.000001", "2026-03-02 09:15:01", None),
        ("created_time__lt=2026-03-02+09:15", "2026-01-31 09:15:00", "2026-03-02 09:15:00"),
        ("created_time__lte=2026-03-02+09:15", "2026-01-31 09:15:01", "2026-03-02 09:15:01"),
        ("created_time__lt=2026-03-02+09:15:00.5", "2026-01-31 09:15:01", "2026-03-02 09:15:01"),
        ("created_time=2026-03-02+09:15:07", "2026-03-02 09:15:07", "2026-03-02 09:15:08"),
        ("created_time=2026-03-02%2009:15", "2026-03-02 09:15:00", "2026-03-02 09:16:00"),
        ("created_times=2026-03-02T09:15:07.25", "2026-03-02 09:15:07", "2026-03-02 09:15:08"),
        (
            "created_time=2026-03-02+09:15:07+%2B0000+UTC",
            "2026-03-02 09:15:07",
            "2026-03-02 09:15:08",
        ),
        (
            "created_time=2026-03-02+09:15:07++0000+UTC",
            "2026-03-02 09:15:07",
            "2026-03-02 09:15:08",
        ),
        (
            "created_time_gte=2026-03-02+09:00&Created_Time_lt=2026-03-02+10:00",
            "2026-03-02 09:00:00",
            "2026-03-02 10:00:00",
        ),
        (
            "created_time__gte=2026-02-18+00:00&created_time__lte=2026-03-20+00:00:00",
            "2026-02-18 00:00:00",
            "2026-03-20 00:00:01",
        ),
        ("created_time__gte=2026-03-02+09:00&created_time__lt=", "2026-03-02 09:00:00", None),
    ],
)
def test_created_time_in_every_spelling(query: str, start: str, end: str | None) -> None:
    assert created(query) == (ms(start), ms(end) if end else NOW + 1)


def test_the_future_is_cut_off() -> None:
    assert created("created_time__gte=2026-03-19+00:00&created_time__lt=2026-03-25+00:00") == (
        ms("2026-03-19 00:00"),
        NOW + 1,
    )


def test_nothing_older_than_the_retention_is_read() -> None:
    start, end = created("created_time__gte=2025-12-01+00:00&created_time__lt=2025-12-25+00:00")

    assert start == NOW - 90 * DAY_MS
    assert end == ms("2025-12-25 00:00")


@pytest.mark.parametrize(
    "query",
    [
        "created_time__gte=2026-02-01+00:00",
        "created_time__gte=2026-01-01+00:00&created_time__lt=2026-02-01+00:00",
        "created_time__gte=2026-01-01+00:00&expiry_time__lt=2026-01-02+00:00",
    ],
)
def test_a_time_filter_spans_at_most_thirty_days(query: str) -> None:
    assert refusal(query) == "Invalid parameter. created_time filter spans more than 30 days"


def test_an_expiry_filter_alone_leaves_the_creation_open_to_the_past() -> None:
    wanted = parsed("expiry_time__gte=2026-03-02+00:00&expiry_time_lt=2026-03-03+00:00")

    assert wanted.expires == Range(ms("2026-03-02 00:00"), ms("2026-03-03 00:00"))
    assert (wanted.created_from, wanted.created_before) == (
        NOW - 90 * DAY_MS,
        ms("2026-03-03 00:00"),
    )
    assert "expiry_time filter spans" in refusal("expiry_time__gt=2026-01-02+00:00")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("duration=1800", Range(1800, 1801)),
        ("durations=1800", Range(1800, 1801)),
        ("session_duration=1800", Range(1800, 1801)),
        ("session_duration__gte=60&duration_lt=120", Range(60, 120)),
        ("duration__gt=60&duration__lte=120", Range(61, 121)),
        ("duration__gt=60&duration__gte=70", Range(70, None)),
    ],
)
def test_duration_in_every_spelling(query: str, expected: Range) -> None:
    assert parsed(query).duration_seconds == expected


@pytest.mark.parametrize(
    ("query", "field", "expected"),
    [
        ("first_party=%2B12025550101", "first_party", FIRST),
        ("first_party=+12025550101", "first_party", FIRST),
        ("first_party=12025550101", "first_party", FIRST),
        ("second_party=12025550102", "second_party", SECOND),
        ("virtual_number=12025550199", "virtual_number", VIRTUAL),
        ("status=active", "status", Status.ACTIVE),
        ("status=In-Progress", "status", Status.IN_PROGRESS),
        ("status=expired", "status", Status.EXPIRED),
        ("status=all", "status", None),
        (f"subaccount={SUB_ID}", "subaccount_id", SUB_ID),
        (f"sub_account={SUB_ID}", "subaccount_id", SUB_ID),
        ("first_party=&status=&subaccount=", "status", None),
    ],
)
def test_other_filters(query: str, field: str, expected: object) -> None:
    assert getattr(parsed(query), field) == expected


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("first_party=abc", "first_party is not a valid phone number"),
        ("virtual_number=1", "virtual_number is not a valid phone number"),
        ("status=gone", "status should be active, in-progress, expired or all"),
        ("duration__lt=long", "duration__lt should be an integer"),
        ("created_time=yesterday", "created_time should have the format"),
        ("created_time_lt=2026-02-30+00:00", "created_time__lt should have the format"),
        ("expiry_time__gte=2026-03-02", "expiry_time__gte should have the format"),
        ("created_time=2026-03-02+25:00", "created_time should have the format"),
    ],
)
def test_a_wrong_filter_is_refused_by_name(query: str, reason: str) -> None:
    assert refusal(query).startswith(f"Invalid parameter. {reason}")


def test_a_subaccount_sees_only_its_own_sessions() -> None:
    assert parsed("", SUB_CALLER).subaccount_id == SUB_ID
    assert parsed(f"subaccount={SUB_ID}", SUB_CALLER).subaccount_id == SUB_ID
    assert "subaccount" in refusal(f"subaccount={FOREIGN_SUB_ID}", SUB_CALLER)


def party_key(number: E164) -> str:
    return f"key of {number}"


def make_summary(**changes: Any) -> SessionSummary:
    values: dict[str, Any] = {
        "session_uuid": UUID,
        "created_at": CREATED_AT,
        "expires_at": CREATED_AT + 1_800_000,
        "live_until": None,
        "first_party_key": party_key(FIRST),
        "second_party_key": party_key(SECOND),
        "first_virtual_number": VIRTUAL,
        "second_virtual_number": SECOND_VIRTUAL,
        "subaccount_id": SUB_ID,
    }
    return SessionSummary(**{**values, **changes})


WINDOW = "created_time__gte=2026-03-02+00:00"


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ("", True),
        ("created_time=2026-03-02+09:15:00", True),
        ("created_time__lt=2026-03-02+09:15:00", False),
        ("created_time__lte=2026-03-02+09:15:00", True),
        ("created_time__gt=2026-03-02+09:15:00", False),
        ("expiry_time=2026-03-02+09:45", True),
        ("expiry_time__gt=2026-03-02+09:45:00", False),
        ("duration=1800", True),
        ("duration__lt=1800", False),
        ("status=expired", True),
        ("status=active", False),
        ("first_party=12025550101", True),
        ("first_party=12025550102", False),
        ("second_party=12025550102", True),
        ("virtual_number=12025550199", True),
        ("virtual_number=442079460199", True),
        ("virtual_number=12025550198", False),
        (f"subaccount={SUB_ID}", True),
        (f"subaccount={FOREIGN_SUB_ID}", False),
        ("duration=1800&first_party=12025550102", False),
    ],
)
def test_all_filters_must_match(query: str, is_shown: bool) -> None:
    wanted = parsed(f"{query}&{WINDOW}")

    assert wanted.matches(make_summary(), now=NOW, party_key=party_key) is is_shown


@pytest.mark.parametrize(
    ("now", "live_until", "status"),
    [
        (CREATED_AT, None, Status.ACTIVE),
        (CREATED_AT, CREATED_AT + 1, Status.IN_PROGRESS),
        (CREATED_AT, CREATED_AT, Status.ACTIVE),
        (CREATED_AT + 1_800_000, CREATED_AT + 9_000_000, Status.EXPIRED),
    ],
)
def test_the_index_tells_the_status(now: int, live_until: int | None, status: Status) -> None:
    assert make_summary(live_until=live_until).status(now) is status


def test_the_recorded_list_event_is_understood() -> None:
    request = request_from(load_event("list_sessions_filtered"), api_id="")

    wanted = session_filter(request.query, MAIN_CALLER, now=NOW, retention_days=90)

    assert (wanted.first_party, wanted.status) == (FIRST, Status.ACTIVE)
    assert load_event("list_sessions_filtered")["queryStringParameters"]["limit"] == "10"
