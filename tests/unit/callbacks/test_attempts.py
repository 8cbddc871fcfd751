"""When a failed callback is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import template
from maskline.callbacks.attempts import (
    GAPS_SECONDS,
    MAX_ATTEMPTS,
    asked_seconds,
    seconds_until_next,
)
from maskline.callbacks.delivery import Refused, Retry, seconds_to_wait
from tests.builders import NOW


def test_ten_attempts_over_more_than_five_hours() -> None:
    waits = [seconds_until_next(attempt) for attempt in range(1, MAX_ATTEMPTS + 1)]

    assert MAX_ATTEMPTS == 10
    assert waits == [*sorted(waits[:-1]), 0]
    assert sum(waits) >= 5 * 3600


def test_the_queue_gives_up_when_the_attempts_are_used_up() -> None:
    text = (template.ROOT / "template.yaml").read_text()

    assert f"maxReceiveCount: {MAX_ATTEMPTS}" in text


@given(st.integers(1, 50), st.integers(0, 10**9))
def test_every_wait_is_one_that_the_queue_takes(attempt: int, asked: int) -> None:
    assert 0 <= seconds_until_next(attempt, asked_seconds=asked) <= 12 * 3600


def test_the_receiver_may_ask_for_a_longer_wait_within_bounds() -> None:
    assert seconds_to_wait(Retry("HTTP 503", 90), 1) == 90
    assert seconds_to_wait(Retry("HTTP 503", 10**6), 1) == GAPS_SECONDS[-1]
    assert seconds_to_wait(Retry("HTTP 503", 1), 5) == GAPS_SECONDS[4]


def test_a_refused_url_uses_up_its_attempts_at_once() -> None:
    assert [seconds_to_wait(Refused("not https"), attempt) for attempt in range(1, 11)] == [0] * 10


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 0),
        ("120", 120),
        (" 120 ", 120),
        ("9" * 30, 999_999_999),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("१२", 0),
        ("Sun, 01 Mar 2026 10:45:37 GMT", 60),
        ("Sun, 01 Mar 2026 10:45:37 -0000", 60),
        ("Sun, 01 Mar 2026 10:00:00 GMT", 0),
        ("Sun, 99 Mar 2026 10:00:00 GMT", 0),
        ("Sun, 01 Mar 2026 10:45:37 +99999999", 0),
    ],
)
def test_retry_after_as_seconds_or_as_a_date(header: str, seconds: int) -> None:
    assert asked_seconds(header, now=NOW) == seconds


@given(st.text(max_size=40))
def test_no_header_makes_it_raise(header: str) -> None:
    assert asked_seconds(header, now=NOW) >= 0
