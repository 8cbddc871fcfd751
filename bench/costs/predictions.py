"""Predictions for AWS from the counted operations: where limits are met, what a session costs."""

from collections.abc import Mapping

from bench.costs.limits import ASSUMED, FIFO_QUEUE_HOLDS, LIMITS
from bench.costs.prices import OF_A_MILLION
from bench.costs.session_life import Life, lives
from bench.report import Section, Table

RATES = (10, 1_000, 10_000)
_MOST_DOLLARS = 60
_NOTE = """\
Sessions a second that each limit of a new deployment allows, each with one answered call, all of
one account."""
_QUEUE_NOTE = f"""\
One customer's URL is down and the others' are not: how long the callback queue has, which holds
{FIFO_QUEUE_HOLDS:,} messages of all of them."""


def measure() -> Section:
    quiet, called = lives()
    name, is_met = target(called)
    assumed = Table(("Assumed", "Value"), [(name, f"{value:g}") for name, value in ASSUMED.items()])
    return Section(
        "Predictions for AWS",
        [
            _NOTE,
            _limits_table(called),
            "Cost of a million sessions in US dollars, without storage and data transfer.",
            costs_table(quiet, called),
            Table(("Target", "Met"), [(name, "yes" if is_met else "**no**")]),
            assumed,
            _QUEUE_NOTE,
            _queue_table(called),
        ],
        is_met=is_met,
    )


def allowed(life: Life) -> dict[str, float]:
    """Sessions a second by the name of the limit, the narrowest first."""
    found = {
        name: limit.most / life.taken(limit) for name, limit in LIMITS.items() if life.taken(limit)
    }
    return dict(sorted(found.items(), key=lambda entry: entry[1]))


def _limits_table(life: Life) -> Table:
    lines = []
    for name, sessions in allowed(life).items():
        limit = LIMITS[name]
        verdicts = ["yes" if rate <= sessions else "**no**" for rate in RATES]
        figures = (f"{limit.most:,.0f}", f"{life.taken(limit):g}", f"{sessions:,.0f}")
        lines.append((name, *figures, *verdicts, limit.knob))
    headings = (
        "Limit",
        "A second",
        "A session takes",
        "Sessions a second",
        *(f"{rate:,}/s" for rate in RATES),
        "What moves it",
    )
    return Table(headings, lines)


def _amounts(life: Life) -> Mapping[str, float]:
    return {
        "DynamoDB write request units": life.write_units,
        "DynamoDB read request units": life.read_units,
        "Lambda requests": life.invocations,
        "Lambda GB-seconds, arm64": life.gigabyte_seconds,
        "REST API requests": 1,
        "HTTP API requests": len(life.requests) - 1,
        "SQS FIFO requests": life.queue_requests,
        "KB of CloudWatch Logs": life.log_kilobytes,
    }


def dollars(life: Life) -> float:
    """Return the cost of a million such sessions."""
    return sum(amount * OF_A_MILLION[name] for name, amount in _amounts(life).items())


def target(life: Life) -> tuple[str, bool]:
    """Return the target of the session with a call, and whether it is met."""
    return (
        f"a million sessions with one answered call: at most {_MOST_DOLLARS} dollars",
        dollars(life) <= _MOST_DOLLARS,
    )


def costs_table(quiet: Life, called: Life) -> Table:
    lines: list[tuple[object, ...]] = []
    each = [_amounts(life) for life in (quiet, called)]
    for name in each[0]:
        price = OF_A_MILLION[name]
        amounts = [amounts[name] for amounts in each]
        cells = (f"{amount:.1f}: {amount * price:.2f}" for amount in amounts)
        lines.append((name, f"{price:g}", *cells))
    lines.append(("in all", "", *(f"{dollars(life):.2f}" for life in (quiet, called))))
    return Table(
        ("Of each", "A million", "No call: each, dollars", "One call: each, dollars"), lines
    )


def minutes_until_full(life: Life, rate: float) -> float:
    """Return how long the callbacks of so many sessions a second, none taken, fill the queue.

    From 1.3 sessions a second on: of fewer, events are given up before that.
    """
    return FIFO_QUEUE_HOLDS / (rate * life.messages) / 60


def _queue_table(life: Life) -> Table:
    lines = []
    for rate in (2, *RATES[:2]):
        full = minutes_until_full(life, rate)
        lines.append((f"{rate:,}", f"{full / 2:,.1f}", f"{full:,.1f}"))
    headings = ("Its sessions a second", "CallbackQueueFillsAlarm, min", "All callbacks stand, min")
    return Table(headings, lines)
