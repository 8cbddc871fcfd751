"""The ladder: what each rung gives up, in which order, and what is said when nothing is left."""

from dataclasses import replace
from functools import partial
from itertools import permutations

import pytest

from maskline.carriers import DEFAULT
from maskline.domain.allocation.choice import Candidates, Demand, candidates_for
from maskline.domain.allocation.ladder import demands_down, offers_for, rung_of
from maskline.domain.errors import PoolExhaustedError
from maskline.domain.sessions.session import Role, Rung, Strategy
from tests.support import builders
from tests.support.builders import virtual

ANY_COUNTRY, PER_PARTY = Rung.ANY_COUNTRY, Rung.PER_PARTY
AMERICANS = Demand(subaccount_id="", strategy=Strategy.SHARED, countries=dict.fromkeys(Role, "US"))
ANYWHERE = dict.fromkeys(Role, "")
EXHAUSTED = "Number pool exhausted or not available"
NO_COUNTRY = f"{EXHAUSTED}: geomatch leaves no number for first_party"


def rungs_of(demand: Demand, *on_exhaustion: Rung) -> list[tuple[Rung, ...]]:
    return [one.rungs for one in demands_down(demand, on_exhaustion)]


def offers(demand: Demand, *on_exhaustion: Rung) -> tuple[list[tuple[Demand, Candidates]], str]:
    """Over two British numbers."""
    demands = demands_down(demand, on_exhaustion)
    return offers_for(demands, partial(candidates_for, builders.pool(2)))


def test_without_rungs_there_is_only_what_was_asked_for() -> None:
    assert demands_down(AMERICANS, ()) == [AMERICANS]


def test_each_rung_keeps_what_those_before_it_gave_up() -> None:
    _, relaxed, split = demands_down(AMERICANS, (ANY_COUNTRY, PER_PARTY))

    assert relaxed == replace(AMERICANS, countries=ANYWHERE, rungs=(ANY_COUNTRY,))
    assert split == replace(relaxed, strategy=Strategy.PER_PARTY, rungs=(ANY_COUNTRY, PER_PARTY))


def test_a_ladder_goes_on_from_the_rungs_that_led_to_its_top() -> None:
    top = replace(AMERICANS, rungs=(PER_PARTY,))

    assert rungs_of(top, ANY_COUNTRY) == [(PER_PARTY,), (PER_PARTY, ANY_COUNTRY)]


@pytest.mark.parametrize("order", list(permutations(Rung)))
def test_the_order_is_the_clients(order: tuple[Rung, ...]) -> None:
    named = replace(AMERICANS, carrier=DEFAULT)

    assert rungs_of(named, *order) == [(), order[:1], order[:2], order]


def test_a_rung_that_gives_up_nothing_is_passed_over() -> None:
    anywhere = replace(AMERICANS, countries=ANYWHERE)
    split = replace(AMERICANS, strategy=Strategy.PER_PARTY)

    assert rungs_of(anywhere, ANY_COUNTRY, PER_PARTY) == [(), (PER_PARTY,)]
    assert rungs_of(split, PER_PARTY, ANY_COUNTRY) == [(), (ANY_COUNTRY,)]
    assert rungs_of(AMERICANS, Rung.ANY_CARRIER) == [()]


def test_a_demand_for_which_the_rules_leave_nothing_offers_nothing() -> None:
    [(demand, candidates)], refusal = offers(AMERICANS, ANY_COUNTRY)

    assert demand.rungs == (ANY_COUNTRY,)
    assert candidates.all == (virtual(0), virtual(1))
    assert refusal == f"{NO_COUNTRY}; also tried: any_country"


def test_a_refusal_names_every_rung_that_was_tried() -> None:
    britons = replace(AMERICANS, countries=dict.fromkeys(Role, "GB"))

    assert offers(britons)[1] == EXHAUSTED
    _, refusal = offers(britons, PER_PARTY, ANY_COUNTRY)
    assert refusal == f"{EXHAUSTED}; also tried: per_party, any_country"


def test_where_the_rules_leave_nothing_at_all_it_is_refused_at_once() -> None:
    with pytest.raises(PoolExhaustedError, match=r"geomatch leaves no number for first_party$"):
        offers(AMERICANS)
    with pytest.raises(PoolExhaustedError, match=r"first_party; also tried: per_party$"):
        offers(AMERICANS, PER_PARTY)
    with pytest.raises(PoolExhaustedError, match="the subaccount has no number; also tried: any"):
        offers(replace(AMERICANS, subaccount_id="other"), ANY_COUNTRY)
    with pytest.raises(PoolExhaustedError, match=r"carrier leaves no number; also tried: any_co"):
        offers(replace(AMERICANS, carrier="other"), ANY_COUNTRY)


def test_a_session_shows_the_last_rung_that_it_came_down() -> None:
    assert rung_of(builders.session()) == "asked"
    assert rung_of(builders.session(rungs=(ANY_COUNTRY, PER_PARTY))) == "per_party"


def test_a_session_remembers_what_it_gave_up() -> None:
    matched = builders.session(terms=builders.terms(is_geomatched=True))
    down = replace(matched, rungs=(ANY_COUNTRY, PER_PARTY))

    assert (matched.is_geomatched, matched.asked_strategy) == (True, Strategy.PER_PARTY)
    assert (down.is_geomatched, down.asked_strategy) == (False, Strategy.SHARED)
