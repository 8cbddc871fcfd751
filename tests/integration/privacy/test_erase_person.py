"""A person is erased: from everything that names them, once, whatever happens on the way."""

import base64
import hashlib
import hmac
import json
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from functions.carry_out_erasures import app
from maskline import receipts
from maskline.domain.calls.plan import Announce, Dial
from maskline.domain.erasure import Kind
from maskline.domain.errors import ErasureNotFoundError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session
from maskline.services import erase_person
from maskline.services.erase_person import Ordered
from maskline.store import keys
from maskline.store.calls.records import interaction_from_record
from maskline.store.erasure import orders as erasures
from maskline.store.sessions.idempotency import request_from_record
from maskline.store.sessions.records import session_from_record
from maskline.store.sessions.route_records import route_from_record
from tests.support import builders, replacing
from tests.support.builders import MAIN_ID, SUBACCOUNT_ID, party, virtual
from tests.support.faults import Fault, FaultyWrites
from tests.support.impatience import calls_at_once
from tests.support.manual_clock import ManualClock
from tests.support.opened import opened
from tests.support.pin_caller import PinCaller
from tests.support.service import Service

PERSON, OTHER, STRANGER = party(0), party(1), party(2)


def order(service: Service, number: E164 = PERSON) -> Ordered:
    return erase_person.order_erasure(service.caller(), number)


def finish(service: Service, time: ManualClock, ordered: Ordered) -> erasures.ErasureOrder:
    """As many runs as it takes, a minute apart."""
    for _ in range(4):
        app.handler({}, None)
        found = erase_person.get_erasure(service.caller(), ordered.order.erasure_id)
        if found.completed_at is not None:
            return found
        time.advance(seconds=60)
    raise AssertionError("never completed")


def erase(service: Service, time: ManualClock, number: E164 = PERSON) -> dict[str, int]:
    done = finish(service, time, order(service, number))
    return {kind.value: count for kind, count in done.erased.items()}


def converse(service: Service, session: Session, caller: E164, call_uuid: str) -> None:
    """A call from its answer to its end, with a recording."""
    assert isinstance(service.call(caller, virtual(0), call_uuid=call_uuid), Dial)
    for report in builders.reports_of_a_conversation():
        is_caller = report == builders.caller_ended()
        told = replace(report, leg_uuid=call_uuid if is_caller else f"{call_uuid}-callee")
        service.report(session, call_uuid, told)
    service.report_recording(session, call_uuid, builders.recorded(resource_url=""))


def traces_of(service: Service, number: E164) -> list[str]:
    """What in the table holds a number or a hash of it, tombstones and receipts apart."""
    needles = {
        number,
        number.removeprefix("+"),
        keys.party_key(number),
        keys.party_list(MAIN_ID, number),
    }
    return [
        item["PK"].partition("#")[0]
        for item in service.raw_items()
        if item.get("item") not in {"erased_person", "erasure"}
        and any(needle in f"{opened(item)} {read(item)}" for needle in needles)
    ]


def read(item: dict[str, Any]) -> object:
    """What the service makes of an item that may name somebody."""
    match item.get("item"):
        case "session":
            return session_from_record(item)
        case "interaction":
            return interaction_from_record(item)
        case "route":
            return route_from_record(item)
        case "request":
            return request_from_record(item)
        case _:
            return None


def rich_session(service: Service, **changes: Any) -> Session:
    """One with everything that the service keeps of two people."""
    terms = builders.terms(pin=builders.pin_terms(), is_sticky=True)
    return service.create(
        key=builders.idempotency_key(),
        terms=terms,
        settings=builders.settings(record=True),
        **changes,
    )


def test_nothing_is_left_of_a_person(service: Service, time: ManualClock) -> None:
    session = rich_session(service)
    converse(service, session, PERSON, "by-person")
    converse(service, session, OTHER, "to-person")
    before = Counter(traces_of(service, PERSON))
    assert before == {"SESSION": 3, "PARTY": 2, "NUMBER": 2, "REQUEST": 1}
    assert service.items_of("pair")

    erased = erase(service, time)

    assert erased == {"sessions": 1, "interactions": 2, "recordings": 2, "routes": 4}
    assert traces_of(service, PERSON) == []
    assert not service.items_of("pair")
    assert not service.items_of("request")
    [left] = [one for one in service.items_of("session") if one["second_party"] == OTHER]
    assert left["session_uuid"] == session.session_uuid


def test_the_books_stay(service: Service, time: ManualClock) -> None:
    session = rich_session(service)
    converse(service, session, PERSON, "call")
    before = service.view(session)

    erase(service, time)

    after = service.view(session)
    assert after.session.totals == before.session.totals
    assert after.session.totals.call_count == 2
    assert after.session.second_party == OTHER
    assert after.session.terms.pin
    assert (after.session.terms.pin.first_pin, after.session.terms.pin.second_pin) == ("", "7390")
    [interaction] = after.interactions
    assert interaction.totals == before.interactions[0].totals
    assert interaction.recording is None


def test_a_live_session_ends_and_its_number_connects_nobody(
    service: Service, time: ManualClock
) -> None:
    session = service.create()

    erase(service, time)

    assert not service.stored(session).is_live(time.now)
    for caller in (PERSON, OTHER):
        assert isinstance(service.call(caller, virtual(0)), Announce)


def test_who_is_left_keeps_their_number_for_the_cool_off(
    service: Service, time: ManualClock
) -> None:
    service.create(terms=builders.terms(cooloff_seconds=3600))

    erase(service, time)

    [route] = service.items_of("route")
    assert (route["party"], route["peer"]) == (OTHER, "")
    assert service.create(1, 3).first_virtual_number == virtual(1)


def test_an_open_door_stays_for_the_cool_off_and_leads_nowhere(
    service: Service, time: ManualClock
) -> None:
    """Who called through it calls again: that must not reach somebody else's session."""
    terms = builders.terms(is_single_party=True, cooloff_seconds=3600)
    service.request(builders.lone_request(0, terms=terms))
    assert isinstance(service.call(STRANGER, virtual(2)), Dial)

    ordered = order(service)
    ended_at = time.now
    done = finish(service, time, ordered)

    assert done.erased == {
        Kind.SESSIONS: 1,
        Kind.INTERACTIONS: 1,
        Kind.RECORDINGS: 0,
        Kind.ROUTES: 2,
    }
    assert traces_of(service, PERSON) == []
    [door] = service.items_of("route")
    assert (door["kind"], door["party"], door["peer"]) == ("open", "", "")
    for caller in (STRANGER, PERSON, OTHER, None):
        assert isinstance(service.call(caller, virtual(2)), Announce)
    time.now = ended_at + 3600 * 1000 - 1
    assert service.request(builders.lone_request(5)).session.first_virtual_number == virtual(1)
    assert isinstance(service.call(STRANGER, virtual(2)), Announce)
    time.advance(seconds=0.001)
    assert service.request(builders.lone_request(6)).session.first_virtual_number == virtual(2)


def test_an_open_door_on_a_former_number_stays_too(service: Service, time: ManualClock) -> None:
    terms = builders.terms(is_single_party=True, cooloff_seconds=3600)
    service.request(builders.lone_request(0, terms=terms))
    replacing.call_unhealthy(service, virtual(2))
    replacing.run()

    erase(service, time)

    left = {route["virtual_number"]: route for route in service.items_of("route")}
    assert left.keys() == {virtual(2), virtual(1)}
    assert {(one["kind"], one["peer"]) for one in left.values()} == {("open", "")}


def test_the_door_of_a_session_that_is_over_is_left_to_who_has_it_now(
    service: Service, time: ManualClock
) -> None:
    service.request(builders.lone_request(0))
    time.advance(seconds=3600)
    now_there = service.request(builders.lone_request(5)).session
    assert now_there.first_virtual_number == virtual(2)

    erase(service, time)

    assert traces_of(service, PERSON) == []
    assert isinstance(service.call(STRANGER, virtual(2)), Dial)


def test_an_outsider_is_erased_and_the_session_goes_on(service: Service, time: ManualClock) -> None:
    session = service.request(builders.lone_request(1)).session
    assert isinstance(service.call(STRANGER, virtual(2), call_uuid="call"), Dial)

    erased = erase(service, time, STRANGER)

    assert erased == {"sessions": 1, "interactions": 1, "recordings": 0, "routes": 1}
    assert traces_of(service, STRANGER) == []
    assert not service.items_of("outsider")
    stored = service.stored(session)
    assert stored.is_live(time.now)
    assert stored.last_outsider == ""
    service.report(session, "call", builders.caller_ended(leg_uuid="call"))
    assert traces_of(service, STRANGER) == []


def test_a_stranger_with_a_pin_is_found_again(service: Service, time: ManualClock) -> None:
    session = service.create(1, 3, terms=builders.terms(pin=builders.pin_terms()))
    stranger = PinCaller(STRANGER, virtual(0))
    stranger.dial()
    stranger.enter("0000")
    assert isinstance(stranger.enter("4821"), Dial)

    erased = erase(service, time, STRANGER)

    assert erased["interactions"] == 1
    assert traces_of(service, STRANGER) == []
    assert not service.items_of("pin_call")
    assert service.stored(session).is_live(time.now)


def test_an_outsider_is_found_as_long_as_an_extended_session_knows_them(
    service: Service, time: ManualClock
) -> None:
    session = service.request(builders.lone_request(1)).session
    service.call(STRANGER, virtual(2))
    for _ in range(3):
        time.advance(seconds=3000)
        service.update(session, session_expiry_seconds=3600)

    [stored], [trace] = service.items_of("session"), service.items_of("outsider")
    assert trace["ttl"] > stored["ttl"]


def test_only_the_account_that_asked_forgets(service: Service, time: ManualClock) -> None:
    service.create()
    elsewhere = erase_person.order_erasure(
        replace(service.caller(), account=builders.account(account_id="MAANOTHERTEST0000000")),
        PERSON,
    )

    app.handler({}, None)

    assert elsewhere.order.erased == dict.fromkeys(Kind, 0)
    assert traces_of(service, PERSON)
    with pytest.raises(ErasureNotFoundError):
        erase_person.get_erasure(service.caller(), elsewhere.order.erasure_id)


def test_subaccounts_forget_with_their_account(service: Service, time: ManualClock) -> None:
    service.add_numbers(7, subaccount_id=SUBACCOUNT_ID)
    service.create(subaccount_id=SUBACCOUNT_ID, key=builders.idempotency_key())

    assert erase(service, time)["sessions"] == 1
    assert traces_of(service, PERSON) == []
    assert not service.items_of("request")


def test_sessions_that_ended_long_ago_are_erased_and_their_numbers_left_to_others(
    service: Service, time: ManualClock
) -> None:
    service.create()
    time.advance(seconds=7200)
    later = service.create(2, 3)
    assert later.first_virtual_number == virtual(0)
    # The same pair again: the route of the first session has gone to this one.
    again = service.create()
    ordered = order(service)
    service.end(again)
    kept = service.stored(later)

    finish(service, time, ordered)

    assert traces_of(service, PERSON) == []
    assert service.stored(later) == kept


def test_what_is_created_after_the_order_is_not_part_of_it(
    service: Service, time: ManualClock
) -> None:
    ordered = order(service)
    time.advance(seconds=1)
    session = service.create()

    done = finish(service, time, ordered)

    assert done.erased[Kind.SESSIONS] == 0
    assert service.stored(session).first_party == PERSON


class Crash(BaseException):
    """The function is gone: nothing in it can catch that."""


def crash() -> None:
    raise Crash


def crash_at(write: int, faults: FaultyWrites, *, is_applied: bool) -> AbstractContextManager[Any]:
    """Meanwhile the function crashes at a write, before or after the table has taken it."""
    for _ in range(write):
        faults.before_next_write(lambda: None)
    if is_applied:
        faults.lose_next_answer(meanwhile=crash)
    else:
        faults.before_next_write(crash)
    return pytest.raises(Crash)


def busy_sessions(service: Service) -> Ordered:
    """Three sessions with two calls each, every call to be erased by a transaction of its own."""
    for index in range(3):
        session = service.create()
        call = f"first-{index}"
        service.call(PERSON, virtual(index), call_uuid=call)
        service.report(session, call, builders.caller_ended(leg_uuid=call))
        service.call(OTHER, virtual(index), call_uuid=f"second-{index}")
    return order(service)


ALL_OF_BUSY_SESSIONS = {
    Kind.SESSIONS: 3,
    Kind.INTERACTIONS: 6,
    Kind.RECORDINGS: 0,
    Kind.ROUTES: 6,
}


@pytest.mark.parametrize("is_applied", [False, True])
@pytest.mark.parametrize("write", range(7))
def test_a_crash_half_way_loses_nothing_and_counts_nothing_twice(
    write: int,
    is_applied: bool,
    service: Service,
    time: ManualClock,
    faults: FaultyWrites,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls_at_once(1, monkeypatch)
    ordered = busy_sessions(service)

    with crash_at(write, faults, is_applied=is_applied):
        finish(service, time, ordered)

    assert finish(service, time, ordered).erased == ALL_OF_BUSY_SESSIONS
    assert traces_of(service, PERSON) == []


@pytest.mark.parametrize("fault", Fault)
def test_a_write_in_trouble_is_repeated(
    fault: Fault, service: Service, time: ManualClock, faults: FaultyWrites
) -> None:
    ordered = busy_sessions(service)
    faults.plan(fault, fault)

    assert finish(service, time, ordered).erased == ALL_OF_BUSY_SESSIONS
    assert traces_of(service, PERSON) == []


def test_a_webhook_in_between_does_not_bring_the_person_back(
    service: Service, time: ManualClock, faults: FaultyWrites
) -> None:
    """It has read the session before the erasure, and would write what it read after it."""
    session = service.create()
    service.call(PERSON, virtual(0), call_uuid="call")
    ordered = order(service)
    faults.before_next_write(lambda: app.handler({}, None))

    service.report(session, "call", builders.caller_ended(leg_uuid="call"))

    assert finish(service, time, ordered).erased[Kind.INTERACTIONS] == 1
    assert traces_of(service, PERSON) == []
    assert service.stored(session).totals.call_count == 1
    assert all(event.from_number == "" for event in service.events(session)[3:])


def test_a_call_that_comes_in_meanwhile_is_erased_too(
    service: Service, time: ManualClock, faults: FaultyWrites
) -> None:
    service.create()
    ordered = order(service)
    faults.before_next_write(lambda: service.call(PERSON, virtual(0)))

    assert finish(service, time, ordered).erased[Kind.INTERACTIONS] == 1
    assert traces_of(service, PERSON) == []


def test_a_session_that_cannot_be_erased_holds_up_no_other_and_fails_the_run(
    service: Service, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, _ = service.create(), service.create()
    ordered = order(service)
    get_session = erase_person.sessions.get_session

    def fail(session_uuid: str) -> Session | None:
        if session_uuid == broken.session_uuid:
            raise ValueError("a record of a newer release")
        return get_session(session_uuid)

    with monkeypatch.context() as patch:
        patch.setattr(erase_person.sessions, "get_session", fail)
        for _ in range(3):
            with pytest.raises(Exception, match="ErasureIncompleteError"):
                app.handler({}, None)
            time.advance(seconds=60)
    found = erase_person.get_erasure(service.caller(), ordered.order.erasure_id)
    assert (found.erased[Kind.SESSIONS], found.completed_at) == (1, None)

    assert finish(service, time, ordered).erased[Kind.SESSIONS] == 2


def test_a_run_is_bounded_and_the_next_goes_on(
    service: Service, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase_person, "SESSIONS_PER_RUN", 2)
    ordered = busy_sessions(service)

    app.handler({}, None)
    found = erase_person.get_erasure(service.caller(), ordered.order.erasure_id)
    assert found.erased[Kind.SESSIONS] == 2

    assert finish(service, time, ordered).erased == ALL_OF_BUSY_SESSIONS


def test_a_receipt_can_be_verified_by_anybody_and_says_nothing_of_the_number(
    service: Service, time: ManualClock
) -> None:
    service.create()
    ordered = order(service)
    done = finish(service, time, ordered)

    receipt, key = receipts.receipt(done), receipts.public_key()

    assert receipt is not None
    claims = verified(receipt, key)
    assert claims["erased"] == {"interactions": 0, "recordings": 0, "routes": 2, "sessions": 1}
    assert claims["erasure_id"] == ordered.order.erasure_id
    told = hmac.new(bytes.fromhex(ordered.salt), PERSON.encode(), hashlib.sha256).hexdigest()
    assert claims["number_commitment"] == told
    assert PERSON.removeprefix("+") not in json.dumps(claims)
    assert ordered.salt not in repr(service.items())
    header, _, signature = receipt.split(".")
    forged = encoded(json.dumps(claims | {"erased": {"sessions": 9}}).encode())
    with pytest.raises(InvalidSignature):
        verified(f"{header}.{forged}.{signature}", key)


def verified(receipt: str, key: dict[str, str]) -> dict[str, Any]:
    """The claims of a receipt, by RFC 7515 and RFC 8037, without any code of ours."""
    header, payload, signature = receipt.split(".")
    assert json.loads(decoded(header))["alg"] == "EdDSA"
    public = Ed25519PublicKey.from_public_bytes(decoded(key["x"]))
    public.verify(decoded(signature), f"{header}.{payload}".encode())
    claims: dict[str, Any] = json.loads(decoded(payload))
    return claims


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
