"""What a deployment takes, reckoned from counted costs and published limits."""

import pytest

from bench.costs.limits import API, FIFO_QUEUE_HOLDS, LIMITS, QUEUE, TABLE
from bench.costs.predictions import allowed, minutes_until_full
from bench.costs.session_life import Life
from bench.counting.cost import Cost
from bench.counting.ledger import Request
from local.aws import template
from maskline.callbacks.attempts import GAPS_SECONDS
from maskline.store import keys


def cost(
    write_units: int, *, expiry: int = 0, account: int = 0, number: int = 0, call: int = 0
) -> Cost:
    units = {
        keys.SESSIONS_BY_EXPIRY: expiry,
        keys.SESSIONS_BY_ACCOUNT: account,
        keys.ROUTES_BY_NUMBER: number,
        keys.CALLS_BY_NUMBER: call,
    }
    request = Request("TransactWriteItems", 0, 0, write_units=write_units, index_write_units=units)
    return Cost("some_function", (request,))


LIFE = Life(
    requests=[cost(16, expiry=1, account=1, number=2, call=1), *[cost(8, expiry=1)] * 6],
    sweep=(cost(0), cost(60, expiry=20)),
    delivery=cost(0),
    callbacks=9,
    messages=5,
)


def test_every_limit_but_that_of_greetings_is_reckoned_with() -> None:
    """None of these sessions has a greeting."""
    assert LIMITS.keys() - allowed(LIFE).keys() == {"index greetings_by_number: write units"}


def test_a_new_deployment_takes_ten_a_second() -> None:
    assert min(allowed(LIFE).values()) > 10


def test_what_a_session_takes_is_the_sum_of_its_parts() -> None:
    """A create of 16 units, six webhooks of 8, and 3 of a sweep of 20 sessions with 60 units."""
    assert LIFE.taken(TABLE) == 16 + 6 * 8 + 60 / 20
    assert LIFE.taken(API) == 7
    assert LIFE.taken(QUEUE) == 5
    assert allowed(LIFE)[TABLE.name] == 4_000 / 67


def test_knobs_that_are_parameters_are_the_templates() -> None:
    defaults = template.parameters()
    knobs = {limit.knob.strip("`"): limit.most for limit in LIMITS.values()}

    turnable = {name: most for name, most in knobs.items() if name in defaults}
    assert turnable == {
        "ApiRequestsPerSecond": 100,
        "CallbackConcurrency": 100,
        "WebhookRequestsPerSecond": 2_000,
    }
    assert all(float(defaults[name]) == most for name, most in turnable.items())


def test_a_url_that_is_down_fills_the_queue_of_all() -> None:
    """Nothing of its sessions is taken or given up meanwhile: ten requests take five hours."""
    assert 60 * minutes_until_full(LIFE, 1.3) < sum(GAPS_SECONDS)
    full = minutes_until_full(LIFE, 10)

    assert 60 * full * 10 * LIFE.messages == pytest.approx(FIFO_QUEUE_HOLDS, rel=0.01)
