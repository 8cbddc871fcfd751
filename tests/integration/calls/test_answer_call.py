"""A call lands on a virtual number: who is connected, who is busy, who hears what."""

from collections import Counter

import pytest

from maskline.carriers.adapter import Inbound
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.plan import (
    Announce,
    Announcement,
    Busy,
    CallPlan,
    Dial,
    HandOver,
    HangUp,
)
from maskline.domain.calls.report import CallReport, LegStatus
from maskline.domain.phone_numbers import CallerId
from maskline.domain.sessions.session import Session, Status, Strategy
from maskline.services.calls import answer as answer_call
from maskline.store import keys
from maskline.store.table import ConflictError
from tests.support import builders
from tests.support.builders import NOW, party, virtual
from tests.support.carriers import ScriptedCarrier
from tests.support.faults import Fault, FaultyWrites, recorded_requests
from tests.support.manual_clock import ManualClock
from tests.support.service import Service

NOT_CONNECTED = Announce(Announcement.NOT_CONNECTED)


@pytest.fixture
def session(service: Service) -> Session:
    """The first party dials virtual(1), the second virtual(0)."""
    service.create(0, 9)
    return service.create(0, 1, strategy=Strategy.PER_PARTY)


def connected(peer: int, shown: int) -> Dial:
    return Dial(
        peer=party(peer),
        caller_id=virtual(shown),
        ring_timeout_seconds=60,
        time_limit_seconds=1800,
    )


def test_each_party_reaches_the_other_who_sees_their_own_number(
    service: Service, session: Session
) -> None:
    assert service.call(party(0), virtual(1), call_uuid="a") == connected(peer=1, shown=0)

    service.report(session, "a", builders.caller_ended(leg_uuid="a"))
    assert service.call(party(1), virtual(0)) == connected(peer=0, shown=1)


def test_the_number_dialled_decides_the_session(service: Service, session: Session) -> None:
    assert service.call(party(0), virtual(0)) == connected(peer=9, shown=0)


def test_a_connected_call_shows_on_the_session(service: Service, session: Session) -> None:
    service.call(party(0), virtual(1), call_uuid="a")

    view = service.view(session)

    assert view.session.status(NOW) is Status.IN_PROGRESS
    assert view.session.totals.call_count == 1
    assert [one.call_uuid for one in view.interactions] == ["a"]


def test_a_stranger_is_never_connected(service: Service, session: Session) -> None:
    before = service.state()

    assert service.call(party(5), virtual(1)) == NOT_CONNECTED
    assert service.call(None, virtual(1)) == NOT_CONNECTED
    assert service.call(party(1), virtual(1)) == NOT_CONNECTED
    assert service.state() == before


def test_a_number_that_nobody_has_is_not_in_service(service: Service, session: Session) -> None:
    assert service.call(party(0), virtual(99)) == Announce(Announcement.NOT_IN_SERVICE)


def test_a_retired_number_goes_on_serving_its_sessions(service: Service, session: Session) -> None:
    service.retire(virtual(1))

    assert service.call(party(0), virtual(1)) == connected(peer=1, shown=0)


def test_calls_are_connected_until_the_millisecond_of_expiry(
    service: Service, session: Session, time: ManualClock
) -> None:
    time.now = session.expires_at - 1
    assert isinstance(service.call(party(0), virtual(1)), Dial)

    time.now = session.expires_at
    assert service.call(party(0), virtual(1)) == NOT_CONNECTED
    assert {item["item"] for item in service.items()} >= {"session", "route"}


def test_an_ended_session_takes_no_calls(service: Service, session: Session) -> None:
    service.end(session)

    assert service.call(party(0), virtual(1)) == NOT_CONNECTED
    assert service.call(party(1), virtual(0)) == NOT_CONNECTED


def test_the_numbers_own_application_takes_a_call_that_no_session_takes(
    service: Service, session: Session
) -> None:
    service.change_number(virtual(1), fallback_answer_url="https://customer.example/answer")
    service.end(session)

    for index in (0, 5):
        own = HandOver("https://customer.example/answer", party(index), virtual(1))
        assert service.call(party(index), virtual(1)) == own


@pytest.mark.whole_sdk
def test_an_answer_takes_one_read_round_and_one_transaction(
    service: Service, session: Session
) -> None:
    with recorded_requests() as requests:
        service.call(party(0), virtual(1))

    assert requests == ["BatchGetItem", "TransactWriteItems"]


@pytest.mark.whole_sdk
def test_turning_a_caller_away_takes_a_look_at_what_strangers_are_told_and_keeps_why(
    service: Service, session: Session
) -> None:
    service.end(session)

    with recorded_requests() as requests:
        service.call(party(0), virtual(1))
        service.call(party(5), virtual(1))

    assert Counter(requests) == {"BatchGetItem": 2, "Query": 2 * keys.SHARDS, "PutItem": 2}


@pytest.mark.whole_sdk
def test_a_busy_answer_takes_no_more_than_that_and_to_keep_why(
    service: Service, session: Session
) -> None:
    service.call(party(0), virtual(1))

    with recorded_requests() as requests:
        service.call(party(1), virtual(0))

    assert requests == ["BatchGetItem", "TransactWriteItems", "PutItem"]


def test_a_session_has_one_conversation_at_a_time(service: Service, session: Session) -> None:
    service.call(party(0), virtual(1))
    before = service.state()

    assert service.call(party(1), virtual(0)) == Busy()
    assert service.state() == before


def test_another_session_of_the_same_people_is_not_busy(service: Service, session: Session) -> None:
    service.call(party(0), virtual(1))

    assert service.call(party(0), virtual(0)) == connected(peer=9, shown=0)


def test_the_late_end_of_a_call_that_was_pushed_aside_frees_nothing(
    service: Service, session: Session
) -> None:
    service.call(party(0), virtual(1), call_uuid="lost")
    service.call(party(0), virtual(1), call_uuid="again", others_live=False)

    service.report(session, "lost", builders.caller_ended(leg_uuid="lost"))

    assert service.call(party(1), virtual(0)) == Busy()


def test_the_carrier_is_asked_about_the_call_in_the_way_and_only_then(
    service: Service, session: Session
) -> None:
    carrier, account = ScriptedCarrier(), builders.carrier_account()
    calls = ((0, 1, "first"), (0, 1, "first"), (0, 1, "again"), (1, 0, "second"))
    for caller, dialled, call_uuid in calls:
        call = Inbound(call_uuid, CallerId(party(caller)), virtual(dialled))
        answer_call.answer_call(call, carrier, account)

    assert carrier.asked == [(account, "first"), (account, "first")]


def test_only_the_dead_call_is_pushed_aside_and_not_who_took_its_place(
    service: Service, session: Session
) -> None:
    service.call(party(0), virtual(1), call_uuid="dead")

    class Late(ScriptedCarrier):
        def is_alive(self, account: CarrierAccount, call_uuid: str) -> bool:
            service.call(party(0), virtual(1), call_uuid="alive", others_live=False)
            return False

    late = Inbound("late", CallerId(party(1)), virtual(0))
    plan = answer_call.answer_call(late, Late(), builders.carrier_account()).plan

    assert plan == Busy()


def test_a_repeated_webhook_gets_the_same_answer_and_counts_once(
    service: Service, session: Session
) -> None:
    first = service.call(party(0), virtual(1), call_uuid="a")
    before = service.items()

    assert service.call(party(0), virtual(1), call_uuid="a") == first
    assert service.items() == before


def test_a_session_that_ends_between_read_and_write_connects_nobody(
    service: Service, session: Session, faults: FaultyWrites
) -> None:
    faults.before_next_write(lambda: service.end(session))

    assert service.call(party(0), virtual(1)) == NOT_CONNECTED
    assert service.items_of("interaction") == []
    assert service.items_of("call") == []


def test_two_parties_who_call_at_the_same_moment_get_one_conversation(
    service: Service, session: Session, faults: FaultyWrites
) -> None:
    faults.before_next_write(lambda: service.call(party(1), virtual(0), call_uuid="quicker"))

    assert service.call(party(0), virtual(1)) == Busy()
    assert [item["call_uuid"] for item in service.items_of("interaction")] == ["quicker"]


@pytest.mark.parametrize("fault", Fault)
def test_a_write_that_went_wrong_once_connects_the_call_once(
    service: Service, session: Session, faults: FaultyWrites, fault: Fault
) -> None:
    faults.plan(fault)

    assert service.call(party(0), virtual(1)) == connected(peer=1, shown=0)

    assert faults.are_spent
    assert service.stored(session).totals.call_count == 1
    assert service.told(session) == [
        "SessionVirtualNumberAnswer",
        "SessionFirstPartyAnswer",
        "SessionSecondPartyRing",
    ]


def test_a_store_that_cannot_be_written_is_an_error_and_no_connection(
    service: Service, session: Session, faults: FaultyWrites
) -> None:
    faults.plan(*[Fault.CONFLICT] * 4)

    with pytest.raises(ConflictError):
        service.call(party(0), virtual(1))

    assert service.items_of("interaction") == []


@pytest.mark.parametrize(
    ("told", "plan"),
    [
        ([builders.answered()], HangUp()),
        ([builders.answered(), builders.callee_ended()], HangUp()),
        ([builders.unanswered()], Announce(Announcement.PARTY_UNAVAILABLE)),
        ([builders.dial_over(LegStatus.NO_ANSWER)], Announce(Announcement.PARTY_UNAVAILABLE)),
    ],
    ids=["answered", "over", "busy", "not answered"],
)
def test_who_was_rung_for_a_call_is_not_rung_for_it_again(
    service: Service, session: Session, told: list[CallReport], plan: CallPlan
) -> None:
    """A carrier asks at the answer URL, its fallback, for the document after a dial as well."""
    assert service.call(party(0), virtual(1), call_uuid="a") == connected(peer=1, shown=0)
    for report in told:
        service.report(session, "a", report)
    before = service.state()

    assert service.call(party(0), virtual(1), call_uuid="a") == plan

    assert service.state() == before
