"""Limits on creates and calls: what is over them is refused in words, and leaves nothing."""

import logging
from collections.abc import Iterator
from itertools import count

import pytest

from maskline.config import settings
from maskline.domain.calls.plan import Announce, Announcement, CallPlan, Dial
from maskline.domain.errors import InvalidParameterError, TooManyCreatesError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session
from tests.support import builders
from tests.support.builders import party
from tests.support.manual_clock import ManualClock
from tests.support.service import Service
from tests.support.threads import together

_CALLS = count(1)
TOO_MANY = Announce(Announcement.TOO_MANY_CALLS)


def call(service: Service, session: Session, phone: E164 | None, uuid: str) -> CallPlan:
    """A call, and its end if it was connected."""
    plan = service.call(phone, session.first_virtual_number, call_uuid=uuid)
    if isinstance(plan, Dial):
        service.report(session, uuid, builders.caller_ended(leg_uuid=uuid))
    return plan


def connected(service: Service, session: Session, phone: E164 | None, *, calls: int) -> int:
    """How many of so many calls were connected."""
    plans = [call(service, session, phone, f"call-{next(_CALLS)}") for _ in range(calls)]
    assert all(isinstance(plan, Dial) or plan == TOO_MANY for plan in plans)
    return sum(isinstance(plan, Dial) for plan in plans)


def test_an_account_creates_so_many_sessions_in_a_minute(
    service: Service, time: ManualClock
) -> None:
    service.provision(creates_per_minute=2)
    for index in range(2):
        service.create(0, 1 + index)
    before = service.items()

    with pytest.raises(TooManyCreatesError) as refused:
        service.create(0, 9)

    assert service.items() == before
    # The clock stands at 37.5 seconds.
    assert refused.value.retry_after_seconds == 23
    time.advance(seconds=23)
    assert service.create(0, 9)


def test_creates_at_the_same_moment_are_counted_too(service: Service) -> None:
    service.provision(creates_per_minute=3)

    def attempt(index: int) -> bool:
        try:
            service.create(2 * index, 2 * index + 1)
        except TooManyCreatesError:
            return False
        return True

    made = together([lambda index=index: attempt(index) for index in range(8)])  # type: ignore[misc]

    assert sum(made) == 3


def test_subaccounts_share_the_limit_and_repetitions_are_no_creates(service: Service) -> None:
    service.provision(creates_per_minute=1)
    key = builders.idempotency_key()
    created = service.create(key=key)

    assert service.create(key=key) == created
    with pytest.raises(TooManyCreatesError):
        service.create(subaccount_id=builders.SUBACCOUNT_ID)


def test_without_a_limit_nothing_is_counted(service: Service) -> None:
    session = service.create()
    call(service, session, party(0), "a")

    assert not [item for item in service.items() if item["SK"] in {"CREATES", "CALLS"}]


def test_a_session_connects_so_many_calls(service: Service) -> None:
    service.provision(calls_per_session=3)
    session, other = service.create(), service.create(2, 3)

    assert connected(service, session, party(0), calls=5) == 3
    assert call(service, session, party(1), "b") == TOO_MANY
    assert isinstance(call(service, other, party(2), "c"), Dial)


def test_a_repeated_webhook_of_the_last_call_is_answered_as_before(service: Service) -> None:
    service.provision(calls_per_session=1, calls_per_caller_per_hour=1)
    session = service.create()
    number = session.first_virtual_number

    plans = [service.call(party(0), number, call_uuid="same") for _ in range(3)]

    assert [type(plan) for plan in plans] == [Dial, Dial, Dial]


def test_a_caller_is_connected_so_often_in_an_hour_on_all_numbers(
    service: Service, time: ManualClock
) -> None:
    service.provision(calls_per_caller_per_hour=2)
    session, other = service.create(), service.create(0, 2)
    assert session.first_virtual_number != other.first_virtual_number

    assert connected(service, session, party(0), calls=3) == 2
    assert call(service, other, party(0), "b") == TOO_MANY
    assert isinstance(call(service, session, party(1), "c"), Dial)
    time.advance(seconds=3000)
    assert isinstance(call(service, other, party(0), "d"), Dial)


def test_callers_who_withhold_their_number_are_one(service: Service) -> None:
    service.provision(calls_per_caller_per_hour=1)
    session = service.request(builders.lone_request()).session

    assert connected(service, session, None, calls=2) == 1
    assert isinstance(call(service, session, party(50), "b"), Dial)


def test_a_refused_call_changes_nothing_and_is_logged_for_the_metric(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.provision(calls_per_caller_per_hour=1)
    session = service.create()
    call(service, session, party(0), "a")
    before = service.state()

    with caplog.at_level(logging.INFO):
        assert call(service, session, party(0), "b") == TOO_MANY

    assert service.state() == before
    events = [getattr(record, "event", "") for record in caplog.records]
    assert "call_limit_reached" in events


@pytest.fixture
def one_call_a_session(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the deployment says, which the engine has set up by now."""
    monkeypatch.setenv("CALLS_PER_SESSION", "1")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.usefixtures("one_call_a_session")
def test_an_accounts_limit_goes_before_the_deployments(service: Service) -> None:
    assert connected(service, service.create(), party(0), calls=2) == 1

    service.provision(calls_per_session=0)
    assert connected(service, service.create(2, 3), party(2), calls=2) == 2


@pytest.mark.parametrize("count", [-1, 1.5, "10", True, 30_001])
def test_a_limit_that_is_no_count_is_refused(service: Service, count: object) -> None:
    with pytest.raises(InvalidParameterError, match="creates_per_minute must be an integer"):
        service.provision(creates_per_minute=count)
