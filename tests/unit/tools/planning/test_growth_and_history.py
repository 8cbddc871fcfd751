"""What a history says of the years to come, and histories that might as well have been."""

from datetime import date

import pytest

from maskline.domain.sessions.session import Strategy
from tools.planning.growth import lasts_until, monthly_growth
from tools.planning.history import HistoryError, read_csv, varied
from tools.planning.spans import Span, most_at_once

TODAY = date(2026, 1, 1)
HEADER = "created_at,ended_at,first_party,second_party"
ROW = "2026-01-05T10:00:00Z,2026-01-05T10:30:00Z,ann,bob"
HOUR = 3_600_000
WEEK = 7 * 24 * HOUR


def week(number: int, *, at_once: int) -> list[Span]:
    """A seller with so many sessions at once."""
    start = number * WEEK
    return [
        Span(starts_at=start + place, ends_at=start + HOUR, first="seller", second=f"{place}")
        for place in range(at_once)
    ]


def test_growth_is_read_from_the_peaks_of_full_weeks() -> None:
    doubling = [span for number in range(5) for span in week(number, at_once=2**number)]
    unfinished = week(5, at_once=1)

    growth = monthly_growth(doubling + unfinished)

    assert growth == pytest.approx(2 ** (365.25 / 12 / 7) - 1)


def test_more_people_are_no_growth() -> None:
    more_each_week = [
        Span(
            starts_at=number * WEEK, ends_at=number * WEEK + HOUR, first=f"{one}", second=f"-{one}"
        )
        for number in range(6)
        for one in range(10**number if number < 3 else 1000)
    ]

    assert monthly_growth(more_each_week) == pytest.approx(0)


def test_of_few_weeks_no_growth_is_read() -> None:
    assert monthly_growth([span for number in range(4) for span in week(number, at_once=3)]) is None
    assert monthly_growth([]) is None


@pytest.mark.parametrize(
    ("pool", "need", "growth", "until"),
    [
        (9, 10, 0.5, TODAY),
        (9, 10, None, TODAY),
        (20, 10, 1.0, date(2026, 1, 31)),
        (40, 10, 1.0, date(2026, 3, 2)),
        (10, 10, 1.0, TODAY),
        (20, 10, None, None),
        (20, 10, 0.0, None),
        (20, 10, -0.2, None),
    ],
)
def test_a_pool_lasts_until_the_need_has_grown_beyond_it(
    pool: int, need: int, growth: float | None, until: date | None
) -> None:
    assert lasts_until(pool, need, growth=growth, today=TODAY) == until


def test_a_history_is_read_in_order_of_time() -> None:
    lines = [
        "second_country,cooloff_seconds,first_country," + HEADER,
        "US,60,GB,2026-01-05T11:00:00+01:00,2026-01-05T11:00:30+01:00,cid,dan",
        ",,,2026-01-05T09:00:00,2026-01-05 09:00:01.500,ann,bob",
    ]

    first, second = read_csv(lines)

    assert first == Span(first.starts_at, first.starts_at + 1500, "ann", "bob")
    assert second.starts_at - first.starts_at == HOUR
    assert second.ends_at - second.starts_at == 30_000
    assert (second.first_country, second.second_country) == ("GB", "US")
    assert second.cooloff_ms == 60_000


def test_a_second_party_without_a_country_is_of_the_first_s() -> None:
    (span,) = read_csv([HEADER + ",first_country", ROW + ",FR"])

    assert span.second_country == "FR"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("yesterday,2026-01-05T10:30:00Z,ann,bob", "line 3"),
        ("2026-01-05T10:30:00Z,2026-01-05T10:00:00Z,ann,bob", "line 3"),
        ("2026-01-05T10:00:00Z,2026-01-05T10:30:00Z,,bob", "line 3"),
        ("2026-01-05T10:00:00Z,2026-01-05T10:30:00Z,ann", "line 3"),
        ("2026-01-05T10:00:00Z,2026-01-05T10:30:00Z", "line 3"),
        ("2026-01-05T10:00:00Z,2026-01-05T10:30:00Z,ann,bob,soon", "line 3"),
    ],
)
def test_a_row_that_is_no_session_is_named_and_not_quoted(row: str, reason: str) -> None:
    with pytest.raises(HistoryError, match=reason) as raised:
        read_csv([HEADER + ",cooloff_seconds", ROW + ",0", row])

    assert "ann" not in str(raised.value)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(HistoryError, match="no column ended_at, second_party"):
        read_csv(["created_at,first_party", "x,y"])


def a_day() -> list[Span]:
    return [
        Span(starts_at=at * HOUR // 4, ends_at=(at + 3) * HOUR // 4, first=f"{at % 3}", second="x")
        for at in range(96)
    ]


def test_varied_histories_are_like_the_history_and_different() -> None:
    histories = list(varied(a_day(), creates=20_000, at_once=0, seed=1))

    assert sum(map(len, histories)) == pytest.approx(20_000, rel=0.01)
    assert len({len(spans) for spans in histories}) > 10
    assert histories == list(varied(a_day(), creates=20_000, at_once=0, seed=1))
    for spans in histories:
        assert [span.starts_at for span in spans] == sorted(span.starts_at for span in spans)
    assert max(most_at_once(spans, Strategy.SHARED)["any"] for spans in histories) > 3


def test_varied_histories_keep_the_limit() -> None:
    for spans in varied(a_day(), creates=5_000, at_once=3, seed=2):
        assert most_at_once(spans, Strategy.SHARED)["any"] <= 3


def test_there_is_nothing_to_vary_in_nothing() -> None:
    assert list(varied([], creates=10, at_once=0, seed=1)) == []
