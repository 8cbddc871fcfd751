"""The service on the engine chooses the numbers that simulation says it does."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bench.numbers import workloads
from maskline.domain.errors import PoolExhaustedError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session, Strategy
from tests.support import builders
from tests.support.builders import NOW
from tests.support.manual_clock import ManualClock
from tests.support.service import Service
from tools.planning.replay import SimulatedPool
from tools.planning.spans import Span, most_at_once, most_doors
from tools.planning.traffic import Crowd, Traffic, sessions_of

TRAFFIC = Traffic(
    sessions_per_hour=40,
    minutes=30,
    shortest_minutes=5,
    cooloff_minutes=20,
    firsts=Crowd(people=10, at_once=4, skew=0.7),
    seconds=Crowd(people=20, at_once=3),
    countries={"US": 0.7, "GB": 0.3},
    abroad=0.2,
    among_firsts=0.3,
)
# Made-up numbers of people; nobody rings them here.
_PREFIXES = {"US": "+120255502", "GB": "+4477009002", "any": "+120255503"}
Places = tuple[int, int] | None


@pytest.fixture
def empty(service: Service) -> Service:
    for number in range(3):
        service.retire(builders.virtual(number))
    return service


class Theatre:
    """Plays sessions on the service: half of them end by expiry, half are deleted."""

    def __init__(self, service: Service, time: ManualClock, sizes: dict[str, int]) -> None:
        self._service, self._time = service, time
        self._people: dict[str, E164] = {}
        self._places: dict[E164, int] = {}
        self._to_delete: list[tuple[int, Session]] = []
        every = [(country, place) for country, size in sizes.items() for place in range(size)]
        for index, (country, place) in enumerate(every, start=100):
            service.add_numbers(index, country=country)
            self._places[builders.virtual(index)] = place

    def play(self, spans: list[Span], strategy: Strategy) -> Iterator[Places]:
        for index, span in enumerate(spans):
            self._delete_until(span.starts_at)
            self._time.now = NOW + span.starts_at
            yield self._create(span, strategy, is_deleted=index % 2 == 0)

    def _create(self, span: Span, strategy: Strategy, *, is_deleted: bool) -> Places:
        lasts = (span.ends_at - span.starts_at) // 1000
        request = builders.session_request(
            first_party=self._phone(span.first, span.first_country),
            second_party=E164("")
            if span.has_door
            else self._phone(span.second, span.second_country),
            strategy=strategy,
            settings=builders.settings(session_expiry_seconds=lasts + 7200 * is_deleted),
            terms=builders.terms(
                is_geomatched=span.first_country != "any",
                cooloff_seconds=span.cooloff_ms // 1000,
                is_single_party=span.has_door,
            ),
        )
        try:
            session = self._service.request(request).session
        except PoolExhaustedError:
            return None
        if is_deleted:
            self._to_delete.append((span.ends_at, session))
        return (
            self._places[session.first_virtual_number],
            self._places[session.second_virtual_number],
        )

    def _delete_until(self, now: int) -> None:
        due = [one for one in self._to_delete if one[0] <= now]
        self._to_delete = [one for one in self._to_delete if one[0] > now]
        for at, session in sorted(due, key=lambda one: one[0]):
            self._time.now = NOW + at
            self._service.end(session)

    def _phone(self, name: str, country: str) -> E164:
        fresh = E164(f"{_PREFIXES[country]}{len(self._people):02d}")
        return self._people.setdefault(name, fresh)


def simulated(spans: list[Span], strategy: Strategy, sizes: dict[str, int]) -> Iterator[Places]:
    pool = SimulatedPool(sizes, strategy)
    for span in spans:
        try:
            chosen = pool.create(span)
        except PoolExhaustedError:
            yield None
        else:
            yield (chosen.first.added_at, chosen.second.added_at)


def whole_seconds(spans: list[Span]) -> list[Span]:
    """Sessions last whole seconds; what is to be deleted at an instant ends before it expires."""
    return [
        replace(span, ends_at=span.starts_at + (span.ends_at - span.starts_at) // 1000 * 1000)
        for span in spans
    ]


@pytest.mark.parametrize("strategy", Strategy)
def test_service_and_simulation_give_every_session_the_same_numbers(
    empty: Service, time: ManualClock, strategy: Strategy
) -> None:
    spans = whole_seconds(sessions_of(TRAFFIC, hours=2, seed=11))
    # One number too few, so that creates are refused, too.
    sizes = {country: k - 1 for country, k in most_at_once(spans, strategy).items()}

    chosen = list(Theatre(empty, time, sizes).play(spans, strategy))

    assert chosen == list(simulated(spans, strategy, sizes))
    assert None in chosen
    assert len(chosen) > 60
    assert len({places for places in chosen if places}) > 3


@pytest.mark.parametrize("strategy", Strategy)
def test_service_and_simulation_open_and_refuse_the_same_doors(
    empty: Service, time: ManualClock, strategy: Strategy
) -> None:
    """Doors of people who have no other session, among sessions of two parties."""
    traffic = replace(TRAFFIC, doors=0.4, abroad=0.0)
    spans = [
        replace(span, first=f"lone {place}", cooloff_ms=0) if span.has_door else span
        for place, span in enumerate(whole_seconds(sessions_of(traffic, hours=2, seed=12)))
    ]
    # Too few for all doors, and one too few for everybody else.
    sizes = {country: k - 1 for country, k in most_at_once(spans, strategy).items()}
    assert all(sizes[country] < most for country, most in most_doors(spans).items())

    chosen = list(Theatre(empty, time, sizes).play(spans, strategy))
    expected = list(simulated(spans, strategy, sizes))

    assert None in (pairs := without_doors(spans, chosen))
    assert pairs == without_doors(spans, expected)
    theirs = doors_from_far_end(spans, expected, sizes)
    assert None in theirs
    assert len(set(theirs)) > 3
    # Whichever end they come from, they come in the same order.
    assert theirs in (
        doors_from_far_end(spans, chosen, sizes),
        doors_from_near_end(spans, chosen),
    )


def without_doors(spans: list[Span], chosen: list[Places]) -> list[Places]:
    return [places for span, places in zip(spans, chosen, strict=True) if not span.has_door]


def doors_from_near_end(spans: list[Span], chosen: list[Places]) -> list[int | None]:
    """The places of the numbers that outsiders dial."""
    return [
        places and places[1] for span, places in zip(spans, chosen, strict=True) if span.has_door
    ]


def doors_from_far_end(
    spans: list[Span], chosen: list[Places], sizes: dict[str, int]
) -> list[int | None]:
    return [
        places and sizes[span.second_country] - 1 - places[1]
        for span, places in zip(spans, chosen, strict=True)
        if span.has_door
    ]


def test_the_worst_order_costs_the_service_all_of_the_bound(
    empty: Service, time: ManualClock
) -> None:
    spans = workloads.worst_case(3)

    chosen = list(Theatre(empty, time, {"any": 5}).play(spans, Strategy.SHARED))

    assert chosen[-1] == (4, 4)
    assert None not in chosen
