"""Creating sessions: which numbers they get, and what stays when they are refused."""

import pytest

from local.aws import template
from maskline.domain.errors import IdempotencyConflictError, PoolExhaustedError
from maskline.domain.sessions.session import Session, Strategy
from maskline.services.sessions.create import create_session
from tests.support import builders
from tests.support.builders import NOW, SUBACCOUNT_ID, idempotency_key, party, virtual
from tests.support.manual_clock import ManualClock
from tests.support.service import Service


def numbers_of(session: Session) -> tuple[str, str]:
    return session.first_virtual_number, session.second_virtual_number


def test_a_session_is_stored_as_it_was_answered(service: Service) -> None:
    created = service.create(strategy=Strategy.PER_PARTY)

    assert service.stored(created) == created
    assert created.created_at == created.modified_at == NOW
    assert created.expires_at == NOW + 3_600_000


def test_shared_sessions_of_a_pair_get_different_numbers(service: Service) -> None:
    sessions = [service.create() for _ in range(3)]

    assert [numbers_of(session) for session in sessions] == [
        (virtual(index), virtual(index)) for index in range(3)
    ]


def test_strangers_share_the_first_number(service: Service) -> None:
    one, other = service.create(0, 1), service.create(2, 3)

    assert numbers_of(one) == numbers_of(other) == (virtual(0), virtual(0))


def test_per_party_gives_each_its_first_free_number(service: Service) -> None:
    service.create(0, 2)
    service.create(0, 3)

    session = service.create(0, 1, strategy=Strategy.PER_PARTY)

    assert numbers_of(session) == (virtual(2), virtual(0))


def test_the_role_makes_no_difference_to_what_a_person_holds(service: Service) -> None:
    service.create(0, 1)

    assert numbers_of(service.create(1, 2)) == (virtual(1), virtual(1))


def test_an_exhausted_pool_refuses_and_leaves_nothing_behind(service: Service) -> None:
    for _ in range(3):
        service.create(0, 1)
    before = service.items()

    for strategy in Strategy:
        with pytest.raises(PoolExhaustedError, match="Number pool exhausted or not available"):
            service.create(0, 1, strategy=strategy, key=idempotency_key())

    assert service.items() == before


def test_one_party_that_holds_every_number_is_enough_to_be_refused(service: Service) -> None:
    for other in (1, 2, 3):
        service.create(0, other)

    with pytest.raises(PoolExhaustedError):
        service.create(5, 0)


def test_per_party_fits_where_shared_is_refused(service: Service) -> None:
    service.retire(virtual(2))
    passing = service.create(1, 2)
    service.create(1, 3)
    service.end(passing)
    service.create(0, 4)

    with pytest.raises(PoolExhaustedError):
        service.create(0, 1)

    session = service.create(0, 1, strategy=Strategy.PER_PARTY)
    assert numbers_of(session) == (virtual(1), virtual(0))


def test_an_empty_pool_refuses(service: Service) -> None:
    for index in range(3):
        service.retire(virtual(index))

    with pytest.raises(PoolExhaustedError):
        service.create()


def test_a_number_is_free_again_once_its_session_is_ended(service: Service) -> None:
    service.retire(virtual(1))
    service.retire(virtual(2))
    service.end(service.create())

    assert numbers_of(service.create()) == (virtual(0), virtual(0))


def test_a_number_is_free_again_at_the_instant_of_expiry(
    service: Service, time: ManualClock
) -> None:
    service.retire(virtual(1))
    service.retire(virtual(2))
    old = service.create()

    time.now = old.expires_at - 1
    with pytest.raises(PoolExhaustedError):
        service.create()

    time.now = old.expires_at
    new = service.create()
    assert numbers_of(new) == numbers_of(old)
    assert service.stored(old).session_uuid == old.session_uuid


def test_a_retired_number_gets_no_session(service: Service) -> None:
    service.create(0, 1)

    service.retire(virtual(0))

    assert numbers_of(service.create(2, 3)) == (virtual(1), virtual(1))


def test_a_number_that_was_just_added_is_used_at_once(service: Service) -> None:
    for _ in range(3):
        service.create()
    with pytest.raises(PoolExhaustedError):
        service.create()

    service.add_numbers(3)

    assert numbers_of(service.create()) == (virtual(3), virtual(3))


def test_a_number_added_during_the_request_saves_it_from_refusal(service: Service) -> None:
    caller = service.caller()
    for _ in range(3):
        service.create()
    service.add_numbers(3)

    created = create_session(caller, builders.session_request(), idempotency=None)

    assert numbers_of(created.session) == (virtual(3), virtual(3))


def test_subaccounts_have_pools_of_their_own(service: Service) -> None:
    service.add_numbers(10, subaccount_id=SUBACCOUNT_ID)

    theirs = service.create(0, 1, subaccount_id=SUBACCOUNT_ID)
    ours = service.create(0, 1)

    assert numbers_of(theirs) == (virtual(10), virtual(10))
    assert numbers_of(ours) == (virtual(0), virtual(0))
    with pytest.raises(PoolExhaustedError):
        service.create(0, 1, subaccount_id=SUBACCOUNT_ID)


def test_a_person_holds_numbers_across_subaccounts(service: Service) -> None:
    service.create(0, 1)
    service.change_number(virtual(0), subaccount_id=SUBACCOUNT_ID)

    with pytest.raises(PoolExhaustedError):
        service.create(0, 2, subaccount_id=SUBACCOUNT_ID)


def test_no_key_holds_a_partys_number(service: Service) -> None:
    service.call(party(0), service.create(key=idempotency_key()).first_virtual_number)

    schemas = template.table_definition()["GlobalSecondaryIndexes"]
    indexed = {key["AttributeName"] for schema in schemas for key in schema["KeySchema"]}
    indexed |= {"PK", "SK"}
    values = {str(item[name]) for item in service.items() for name in indexed if name in item}

    assert not {value for value in values if any(party(who)[1:] in value for who in (0, 1))}


def test_the_same_key_and_request_get_the_first_answer(service: Service, time: ManualClock) -> None:
    first = service.request(builders.session_request(), key=idempotency_key())
    before = service.items()
    time.advance(seconds=600)

    again = service.request(builders.session_request(), key=idempotency_key())

    assert again == first
    # But for its own entry in the audit trail.
    [entry] = [item for item in service.items() if item not in before]
    assert (entry["item"], entry["action"]) == ("audit", "repeated")
    assert len(service.items()) == len(before) + 1


def test_the_first_answer_stays_the_first_answer_whatever_happens(service: Service) -> None:
    first = service.request(builders.session_request(), key=idempotency_key())
    service.update(first.session, ring_timeout_seconds=15)
    service.end(first.session)

    assert service.request(builders.session_request(), key=idempotency_key()) == first


def test_the_same_key_with_another_request_is_a_conflict(service: Service) -> None:
    service.create(0, 1, key=idempotency_key())
    before = service.items()

    with pytest.raises(IdempotencyConflictError):
        service.create(0, 2, key=idempotency_key(fingerprint="another body"))

    assert service.items() == before


def test_another_key_makes_another_session(service: Service) -> None:
    one = service.create(key=idempotency_key("order-1"))
    other = service.create(key=idempotency_key("order-2"))

    assert one.session_uuid != other.session_uuid


def test_a_main_account_and_its_subaccount_may_use_the_same_key(service: Service) -> None:
    service.add_numbers(10, subaccount_id=SUBACCOUNT_ID)

    ours = service.create(key=idempotency_key())
    theirs = service.create(key=idempotency_key(), subaccount_id=SUBACCOUNT_ID)

    assert ours.session_uuid != theirs.session_uuid


def test_a_key_is_forgotten_after_a_day(service: Service, time: ManualClock) -> None:
    first = service.create(key=idempotency_key())

    time.advance(seconds=86_399)
    assert service.create(key=idempotency_key()) == first

    time.advance(seconds=1)
    assert service.create(key=idempotency_key()).session_uuid != first.session_uuid


def test_a_key_of_a_refused_request_can_be_used_again(service: Service) -> None:
    blocking = [service.create() for _ in range(3)]
    with pytest.raises(PoolExhaustedError):
        service.create(key=idempotency_key())
    service.end(blocking[0])

    assert service.create(key=idempotency_key()).first_virtual_number == virtual(0)
