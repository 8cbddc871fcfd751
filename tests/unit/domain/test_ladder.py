"""The ladder: what each rung gives up, in which order, and what is said when nothing is left."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.domain.allocation import Candidates, Demand, candidates_for
from maskline.domain.errors import PoolExhaustedError
from maskline.domain.ladder import Ladder, Step, ladder_over, rung_of, steps_down
from maskline.domain.sessions import Role, Rung, Strategy
from tests import builders
from tests.builders import virtual

ANY_COUNTRY, PER_PARTY = Rung.ANY_COUNTRY, Rung.PER_PARTY
AMERICANS = Demand(subaccount_id="", strategy=Strategy.SHARED, countries=dict.fromkeys(Role, "US"))
ANYWHERE = dict.fromkeys(Role, "")
EXHAUSTED = "Number pool exhausted or not available"
NO_COUNTRY = f"{EXHAUSTED}: geomatch leaves no number for first_party"


def rungs_of(demand: Demand, *on_exhaustion: Rung) -> list[tuple[Rung, ...]]:
    return [step.rungs for step in steps_down(Step(demand), on_exhaustion)]


def ladder(demand: Demand, *on_exhaustion: Rung) -> Ladder[Candidates]:
    """Over two British numbers."""
    steps = steps_down(Step(demand), on_exhaustion)
    return ladder_over(steps, lambda wanted: candidates_for(builders.pool(2), wanted))


def test_without_rungs_there_is_only_what_was_asked_for() -> None:
    assert steps_down(Step(AMERICANS), ()) == [Step(AMERICANS)]


def test_each_rung_keeps_what_those_before_it_gave_up() -> None:
    _, relaxed, split = steps_down(Step(AMERICANS), (ANY_COUNTRY, PER_PARTY))

    assert relaxed == Step(replace(AMERICANS, countries=ANYWHERE), (ANY_COUNTRY,))
    assert split.demand == replace(AMERICANS, countries=ANYWHERE, strategy=Strategy.PER_PARTY)
    assert split.rungs == (ANY_COUNTRY, PER_PARTY)


@pytest.mark.parametrize("order", list(permutations(Rung)))
def test_the_order_is_the_clients(order: tuple[Rung, ...]) -> None:
    assert rungs_of(AMERICANS, *order) == [(), order[:1], order]


def test_a_rung_that_gives_up_nothing_is_passed_over() -> None:
    anywhere = replace(AMERICANS, countries=ANYWHERE)
    split = replace(AMERICANS, strategy=Strategy.PER_PARTY)

    assert rungs_of(anywhere, ANY_COUNTRY, PER_PARTY) == [(), (PER_PARTY,)]
    assert rungs_of(split, PER_PARTY, ANY_COUNTRY) == [(), (ANY_COUNTRY,)]


def test_a_step_for_which_the_rules_leave_nothing_offers_nothing() -> None:
    found = ladder(AMERICANS, ANY_COUNTRY)

    [offer] = found.offers
    assert offer.step.rungs == (ANY_COUNTRY,)
    assert offer.candidates.all == (virtual(0), virtual(1))
    assert found.refusal == f"{NO_COUNTRY}; also tried: any_country"


def test_a_refusal_names_every_rung_that_was_tried() -> None:
    britons = replace(AMERICANS, countries=dict.fromkeys(Role, "GB"))

    assert ladder(britons).refusal == EXHAUSTED
    tried = ladder(britons, PER_PARTY, ANY_COUNTRY).refusal
    assert tried == f"{EXHAUSTED}; also tried: per_party, any_country"


def test_where_the_rules_leave_nothing_at_all_it_is_refused_at_once() -> None:
    with pytest.raises(PoolExhaustedError, match=r"geomatch leaves no number for first_party$"):
        ladder(AMERICANS)
    with pytest.raises(PoolExhaustedError, match=r"first_party; also tried: per_party$"):
        ladder(AMERICANS, PER_PARTY)
    with pytest.raises(PoolExhaustedError, match="the subaccount has no number; also tried: any"):
        ladder(replace(AMERICANS, subaccount_id="other"), ANY_COUNTRY)


@given(st.sets(st.integers(0, 2)))
def test_the_first_offer_that_is_left_is_the_one(taken: set[int]) -> None:
    britons = replace(AMERICANS, countries=dict.fromkeys(Role, "GB"))
    found = ladder(britons, ANY_COUNTRY, PER_PARTY)

    left = found.first_left(lambda offer: len(offer.step.rungs) in taken)

    free = [index for index in range(3) if index not in taken]
    assert (left and len(left.step.rungs)) == (free[0] if free else None)


def test_a_session_shows_the_last_rung_that_it_came_down() -> None:
    assert rung_of(builders.session()) == "asked"
    assert rung_of(builders.session(rungs=(ANY_COUNTRY, PER_PARTY))) == "per_party"


def test_a_session_remembers_what_it_gave_up() -> None:
    matched = builders.session(terms=builders.terms(is_geomatched=True))
    down = replace(matched, rungs=(ANY_COUNTRY, PER_PARTY))

    assert (matched.is_geomatched, matched.asked_strategy) == (True, Strategy.PER_PARTY)
    assert (down.is_geomatched, down.asked_strategy) == (False, Strategy.SHARED)
