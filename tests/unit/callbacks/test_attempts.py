"""When a failed callback is tried again."""

from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.aws import template
from local.aws.declarations import Queue
from maskline.callbacks.attempts import (
    FULL_SECONDS,
    GAPS_SECONDS,
    MAX_ATTEMPTS,
    OLD_MS,
    SECONDS,
    asked_seconds,
    is_spent,
    seconds_after_own_failure,
    seconds_allowed,
    seconds_until_next,
)
from tests.support.builders import NOW

DAY_MS = 86_400_000


def callback_queue() -> Queue:
    return next(queue for queue in template.queues() if queue.logical_id == "CallbackQueue")


def test_ten_requests_over_more_than_five_hours() -> None:
    waits = [seconds_until_next(failed) for failed in range(1, MAX_ATTEMPTS)]

    assert MAX_ATTEMPTS == 10
    assert waits == sorted(waits)
    assert sum(waits) >= 5 * 3600
    assert [is_spent(failed, age_ms=0) for failed in range(11)] == [False] * 10 + [True]


def test_who_keeps_failing_is_waited_for_in_short_but_soon_and_in_the_end_in_full() -> None:
    allowed = [seconds_allowed(number) for number in range(1, MAX_ATTEMPTS + 1)]

    # A failure may be chance, and an event that is a week old has one request only.
    assert allowed[:2] == [10, 10]
    assert allowed[-1] == 10
    assert set(allowed) == {3, 10}
    runs = "".join("s" if seconds < 10 else "f" for seconds in allowed).split("f")
    assert max(len(run) for run in runs) == 2
    assert sum(allowed) == 65


def test_one_request_is_enough_for_an_event_that_is_a_week_old() -> None:
    assert [is_spent(failed, age_ms=7 * DAY_MS) for failed in range(3)] == [False, True, True]
    assert not is_spent(9, age_ms=7 * DAY_MS - 1)


def test_what_waits_behind_a_dead_url_is_given_up_before_the_queue_forgets_it() -> None:
    """A call with all its events every quarter of a minute of a whole day, told to a silent URL."""
    left = (
        int(callback_queue().attributes["MessageRetentionPeriod"])
        - OLD_MS // 1000
        - GAPS_SECONDS[-1]
    )
    calls, events = 86_400 // 15, 9

    assert calls * events * (FULL_SECONDS + 1) < left


def test_a_failure_of_ours_is_over_soon_and_the_queue_outlasts_it_for_days() -> None:
    most = callback_queue().max_receive_count
    assert most
    pauses = [seconds_after_own_failure(receives) for receives in range(1, most)]

    assert pauses[:4] == [5, 10, 20, 40]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 600
    assert sum(pauses) > 6 * 86_400


@given(st.integers(1, MAX_ATTEMPTS - 1), st.integers(0, 10**9), st.integers(1, 1000))
def test_every_wait_is_one_that_the_queue_takes(failed: int, asked: int, receives: int) -> None:
    assert 0 <= seconds_until_next(failed, asked_seconds=asked) <= 12 * 3600
    assert 0 < seconds_after_own_failure(receives) <= 12 * 3600


def test_the_receiver_may_ask_for_a_longer_wait_within_bounds() -> None:
    assert seconds_until_next(1, asked_seconds=90) == 90
    assert seconds_until_next(1, asked_seconds=10**6) == GAPS_SECONDS[-1]
    assert seconds_until_next(5, asked_seconds=1) == GAPS_SECONDS[4]


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


def taken(allowed: Sequence[float], *, within_seconds: float = float("inf")) -> float:
    """Seconds that an event takes of executions, by the requests that begin within a time."""
    rounds = (seconds + gap for seconds, gap in zip(allowed, GAPS_SECONDS, strict=False))
    begins = accumulate(rounds, initial=0.0)
    return sum(
        seconds for seconds, begin in zip(allowed, begins, strict=True) if begin <= within_seconds
    )


def test_a_dead_endpoint_takes_two_thirds_of_what_it_would() -> None:
    everything = [FULL_SECONDS] * MAX_ATTEMPTS

    assert (taken(everything), taken(SECONDS)) == (100, 65)
    assert taken(SECONDS, within_seconds=300) == 10 + 10 + 3 + 3
    # The first begins at once, the second five seconds after the end of the first.
    assert [taken(SECONDS, within_seconds=begin) for begin in (0, 14, 15)] == [10, 10, 20]


def test_ten_dead_sessions_a_minute_take_all_executions() -> None:
    """Each has a call, whose nine events are tried one after the other, day and night."""
    at_once = 9 * taken(SECONDS) / 60

    assert int(int(template.parameters()["CallbackConcurrency"]) / at_once) == 10
