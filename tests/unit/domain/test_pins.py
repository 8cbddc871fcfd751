"""How long drawn PINs are: as short as keeps one guess within its share of the day's chances."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.pin_attack import DEFAULTS
from maskline.domain.pin_calls import GuessLimits
from maskline.domain.pins import Crowd, with_drawn_pins
from tests import builders

# As many as may come within the moment that the index takes to show them.
AT_ONCE = 100

risks = st.integers(1, 1_000_000).map(
    lambda millionths: replace(DEFAULTS, daily_risk=millionths * 1000)
)
crowds = st.builds(Crowd, st.integers(0, 300_000), st.booleans())


def hits_within_its_share(live_pins: int, length: int, limits: GuessLimits) -> bool:
    """In whole numbers: n / 10^d <= a third of the day's billionths, which is rounded up."""
    return 3 * live_pins * 10**9 <= 10**length * (limits.daily_risk + 2)


@given(crowds, st.integers(1, 2), risks)
def test_on_a_quiet_number_it_is_the_shortest_that_keeps_the_bound(
    crowd: Crowd, own: int, limits: GuessLimits
) -> None:
    quiet = replace(crowd, is_quiet=True)
    length = quiet.length(own, limits)

    assert 4 <= length <= 15
    assert hits_within_its_share(quiet.live_pins + own, length, limits)
    assert length == 4 or not hits_within_its_share(quiet.live_pins + own, length - 1, limits)


@given(crowds, st.integers(1, 2), risks)
def test_where_others_draw_there_is_room_for_a_hundred_sessions(
    crowd: Crowd, own: int, limits: GuessLimits
) -> None:
    length = replace(crowd, is_quiet=False).length(own, limits)

    assert length == crowd.roomy_length(own, limits) >= crowd.length(own, limits)
    assert hits_within_its_share(crowd.live_pins + own + 2 * AT_ONCE, length, limits)


@pytest.mark.parametrize(
    ("live_pins", "quiet", "roomy"),
    [
        (0, 4, 6),
        (2, 5, 6),
        (30, 5, 6),
        (32, 6, 6),
        (130, 6, 6),
        (132, 6, 7),
        (332, 7, 7),
        (3332, 8, 8),
    ],
)
def test_with_the_templates_risk(live_pins: int, quiet: int, roomy: int) -> None:
    crowd = Crowd(live_pins, is_quiet=True)

    assert (crowd.length(2, DEFAULTS), crowd.roomy_length(2, DEFAULTS)) == (quiet, roomy)


@given(
    st.lists(st.tuples(st.integers(0, AT_ONCE), st.integers(0, 100)), max_size=60),
    st.randoms(use_true_random=False),
    risks,
)
def test_however_a_number_fills_and_empties_no_length_gets_too_dense(
    moments: list[tuple[int, int]], dice: random.Random, limits: GuessLimits
) -> None:
    """Creates of one moment see what was there before it, not each other; one draw may be tight."""
    sessions: list[tuple[int, int]] = []
    for creates, percent_over in moments:
        sessions = [one for one in sessions if dice.randrange(100) >= percent_over]
        seen = 2 * len(sessions)
        for index in range(creates):
            own = dice.choice([1, 2])
            length = Crowd(seen, is_quiet=index == 0).length(own, limits)
            sessions.append((length, own))
        live: Counter[int] = Counter()
        for length, own in sessions:
            live[length] += own
        assert all(hits_within_its_share(pins, length, limits) for length, pins in live.items())


def test_what_is_drawn_has_its_length_and_what_is_given_stays() -> None:
    terms = builders.pin_terms(second_pin="", generated_length=0)

    drawn = with_drawn_pins(terms, 9)

    assert (drawn.first_pin, len(drawn.second_pin), drawn.generated_length) == ("4821", 9, 9)
