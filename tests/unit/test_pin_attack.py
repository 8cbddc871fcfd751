"""The simulated attack on PINs, small: the rule holds, and the simulation can tell that it does."""

from dataclasses import replace

import pytest

from bench.pin_attack import DAY_MS, DEFAULTS, UNWEIGHED, Attack, attacks_by_length
from local import template


def guesses(attack: Attack) -> int:
    return len(list(attack.accepted()))


def test_the_limits_are_the_templates() -> None:
    deployed = {name: int(text) for name, text in template.parameters().items() if text.isdigit()}

    assert deployed["PinGuessWindowSeconds"] == DEFAULTS.window_seconds
    assert deployed["PinCallerLockAfter"] == DEFAULTS.caller_lock_after
    assert deployed["PinNumberLockAfter"] == DEFAULTS.number_lock_after
    assert deployed["PinDailyRiskPerMillion"] * 1000 == DEFAULTS.daily_risk


def test_a_thousand_phones_have_two_days_chances_in_a_day_that_spans_midnight() -> None:
    attack = Attack(digits=4, live_pins=2)

    assert guesses(attack) == 2 * 5
    assert guesses(replace(attack, duration_ms=60_000)) == 5
    assert attack.bound == pytest.approx(0.002)


@pytest.mark.parametrize("digits", [6, 8])
@pytest.mark.parametrize("live_pins", [2, 20, 200])
def test_from_six_digits_on_a_thousandth_a_day_is_not_exceeded(digits: int, live_pins: int) -> None:
    one_guess = live_pins / 10**digits

    assert Attack(digits, live_pins).bound <= 2 * (0.001 + one_guess)


@pytest.mark.parametrize("live_pins", [2, 4, 20, 34, 200, 334, 2000, 20_000])
def test_by_default_it_is_not_exceeded_whatever_the_crowd(live_pins: int) -> None:
    """A thousandth and a last guess of a third of that, twice."""
    attacks = attacks_by_length(live_pins)

    assert sum(attack.live_pins for attack in attacks) == live_pins
    assert max(attack.bound for attack in attacks) <= 2 * 0.001 * 4 / 3


def test_of_several_lengths_any_mixture_of_guesses_is_within_the_same() -> None:
    """Each guess costs the day what it is worth at least, so no order of them is worth more."""
    for attack in attacks_by_length(2000):
        worth = attack.live_pins * 10**9 / 10**attack.digits

        assert DEFAULTS.risk_of("0" * attack.digits, among=2000) >= worth


def test_without_it_four_digits_would_not_last_the_day() -> None:
    before = Attack(digits=4, live_pins=2, limits=UNWEIGHED)

    assert guesses(before) == 25 * DEFAULTS.number_lock_after
    assert before.bound == pytest.approx(0.25)


def test_the_attack_hits_as_often_as_the_arithmetic_says() -> None:
    before = Attack(digits=4, live_pins=2, limits=UNWEIGHED, duration_ms=DAY_MS)
    trials = 400

    hits = sum(before.finds(1250, seed) for seed in range(trials))

    # 1 - (1 - 1250 / 10000) ** 2 = 23.4 %; four standard deviations are 8.5 points.
    assert 0.149 < hits / trials < 0.319
    assert sum(Attack(4, 2).finds(10, seed) for seed in range(trials)) <= 8
