"""The cool-off keeps (person, number) apart from other sessions after a session's end."""

from collections.abc import Callable

import pytest

from maskline.domain.errors import PoolExhaustedError
from maskline.domain.sessions.session import Session, Strategy
from tests.support import builders
from tests.support.builders import party, virtual
from tests.support.manual_clock import ManualClock
from tests.support.service import Service

COOLOFF = builders.terms(cooloff_seconds=600)
MINUTE = builders.settings(session_expiry_seconds=60)

End = Callable[[Service, Session, ManualClock], None]


def by_delete(service: Service, session: Session, time: ManualClock) -> None:
    time.advance(seconds=20)
    service.end(session)


def by_expiry(_service: Service, _session: Session, time: ManualClock) -> None:
    time.advance(seconds=60)


ENDS = pytest.mark.parametrize("end", [by_delete, by_expiry])


@pytest.fixture
def cooling(service: Service) -> Session:
    """A session of people 0 and 1 on number 0, with a cool-off of ten minutes."""
    return service.create(terms=COOLOFF, settings=MINUTE)


@ENDS
def test_both_people_get_another_number_until_the_cool_off_is_over(
    service: Service, cooling: Session, time: ManualClock, end: End
) -> None:
    end(service, cooling, time)

    time.advance(seconds=599.999)
    during = [service.create(0, 5), service.create(6, 1), service.create(0, 1)]
    time.advance(seconds=0.001)
    after = service.create(0, 7)

    assert [one.first_virtual_number for one in during] == [virtual(1), virtual(1), virtual(2)]
    assert after.first_virtual_number == virtual(0)


@ENDS
def test_other_people_get_the_number_at_once(
    service: Service, cooling: Session, time: ManualClock, end: End
) -> None:
    end(service, cooling, time)

    assert service.create(5, 6).first_virtual_number == virtual(0)


@ENDS
def test_nobody_is_connected_during_the_cool_off(
    service: Service, cooling: Session, time: ManualClock, end: End
) -> None:
    end(service, cooling, time)

    for index in (0, 1):
        assert not hasattr(service.call(party(index), virtual(0)), "peer")


def test_without_a_cool_off_a_number_is_free_at_once(service: Service) -> None:
    service.end(service.create())

    assert service.create().first_virtual_number == virtual(0)


def test_a_new_expiry_moves_the_cool_off_with_it(
    service: Service, cooling: Session, time: ManualClock
) -> None:
    time.advance(seconds=30)
    service.update(cooling, session_expiry_seconds=300)

    time.advance(seconds=899)
    assert service.create(0, 5).first_virtual_number == virtual(1)
    time.advance(seconds=1)
    assert service.create(0, 6).first_virtual_number == virtual(0)


def test_an_earlier_end_by_update_ends_the_cool_off_earlier(
    service: Service, time: ManualClock
) -> None:
    session = service.create(terms=COOLOFF)
    service.update(session, session_expiry_seconds=60)

    time.advance(seconds=660)

    assert service.create(0, 5).first_virtual_number == virtual(0)


def test_under_per_party_each_keeps_the_number_that_they_dialled(
    service: Service, time: ManualClock
) -> None:
    service.create(0, 8)
    session = service.create(0, 1, strategy=Strategy.PER_PARTY, terms=COOLOFF, settings=MINUTE)
    assert (session.first_virtual_number, session.second_virtual_number) == (virtual(1), virtual(0))
    by_expiry(service, session, time)

    again = service.create(0, 1, strategy=Strategy.PER_PARTY)

    assert (again.first_virtual_number, again.second_virtual_number) == (virtual(2), virtual(1))


def test_a_pool_that_cools_off_is_exhausted_until_then(
    service: Service, cooling: Session, time: ManualClock
) -> None:
    service.retire(virtual(1))
    service.retire(virtual(2))
    service.end(cooling)

    with pytest.raises(PoolExhaustedError):
        service.create(0, 5)
    time.advance(seconds=600)

    assert service.create(0, 5).first_virtual_number == virtual(0)


def test_the_routes_are_collected_only_after_the_cool_off(
    service: Service, cooling: Session
) -> None:
    reusable_at = cooling.expires_at + 600_000

    for item in service.items_of("route"):
        assert item["ttl"] * 1000 >= reusable_at == item["reusable_at"]
