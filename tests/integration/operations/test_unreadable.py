"""One item that cannot be read costs nobody the others: it is passed over, and an alarm counts it.

Words of a later release: what they describe or order is passed over, what they decide is not done.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.carry_out_erasures import app as carry_out_erasures
from maskline.domain.calls.events import SessionEvent
from maskline.domain.calls.plan import Announce, Dial, Play
from maskline.domain.numbers.pool import NumberHealth, NumberStatus
from maskline.domain.sessions.session import Session, Strategy
from maskline.domain.stored import UNREADABLE
from maskline.domain.why.decision import Rule
from maskline.observability import FunctionFailedError
from maskline.services import erase_person
from maskline.services.accounts import carrier_credentials
from maskline.services.numbers import manage as manage_numbers
from maskline.store import keys
from maskline.store.accounts import accounts
from maskline.store.calls.known import read_known_call
from maskline.store.codec import encode, encode_value
from maskline.store.numbers import replacement_orders
from maskline.store.sessions.outbox import event_from_record, events_in
from tests.integration.sessions.test_list_sessions import listed, uuids
from tests.support import builders
from tests.support.audit_items import entry_items
from tests.support.builders import MAIN_ID, NOW, party, virtual
from tests.support.log_capture import captured_logs
from tests.support.manual_clock import ManualClock
from tests.support.pin_caller import PinCaller
from tests.support.placed_call import PlacedCall
from tests.support.replacing import call_unhealthy, run
from tests.support.service import Service
from tools.trail.shown import trail

STRANGER = party(40)


def spoil(service: Service, key: keys.Key, **values: Any) -> None:
    """Change an item beside the service; None removes an attribute."""
    updates = {name: {"Value": encode_value(one), "Action": "PUT"} for name, one in values.items()}
    gone = {name: {"Action": "DELETE"} for name, one in values.items() if one is None}
    service.engine.client("dynamodb").update_item(
        TableName=service.engine.table_name, Key=encode(key), AttributeUpdates=updates | gone
    )


@contextmanager
def passed_over(*kinds: str) -> Iterator[None]:
    """So many items of these kinds are logged as unreadable, each time that they are read."""
    with captured_logs() as log:
        yield
    lines = [json.loads(one) for one in log.getvalue().splitlines() if one.startswith("{")]
    found = [line.get("item") for line in lines if line.get("event") == "item_unreadable"]
    assert found == list(kinds)
    assert "2025550" not in log.getvalue()


@pytest.fixture
def sessions(service: Service, time: ManualClock) -> list[Session]:
    """Six, each a second younger than the one before."""
    created = []
    for index in range(6):
        created.append(service.create(2 * index, 2 * index + 1))
        time.advance(seconds=1)
    return created


BROKEN: list[dict[str, Any]] = [
    {"first_party": b"\0\1junk"},
    {"version": None},
    {"terms": "later"},
    {"strategy": "later"},
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_list_goes_without_a_session_that_cannot_be_read(
    service: Service, sessions: list[Session], broken: dict[str, Any]
) -> None:
    spoil(service, keys.session(sessions[3].session_uuid), **broken)
    others = [one.session_uuid for one in reversed(sessions) if one is not sessions[3]]

    with passed_over("session"):
        page = listed(service)
    assert (uuids(page), page.total_count) == (others, 6)
    pages = [listed(service, limit=2, offset=offset) for offset in (0, 2, 4)]
    assert [one for page in pages for one in uuids(page)] == others
    assert [page.links.next is None for page in pages] == [False, False, True]


def test_a_list_of_a_party_goes_without_it_too(service: Service, time: ManualClock) -> None:
    broken, whole = service.create(0, 1), service.create(0, 2)
    spoil(service, keys.session(broken.session_uuid), second_party=b"\0\1junk")

    page = listed(service, first_party=party(0), second_party=party(2))

    assert uuids(page) == [whole.session_uuid]
    assert page.total_count == 1


def test_an_entry_of_the_index_that_cannot_be_read_is_left_out(
    service: Service, sessions: list[Session]
) -> None:
    former = [{"role": "third", "number": virtual(1), "until": None}]
    spoil(service, keys.session(sessions[3].session_uuid), former_numbers=former)

    page = listed(service, virtual_number=virtual(0))

    assert page.total_count == 5
    assert sessions[3].session_uuid not in uuids(page)


def test_a_table_out_of_reach_is_no_unreadable_session(
    service: Service, sessions: list[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a list would be empty while keys cannot be unwrapped."""
    refused: Any = {"Error": {"Code": "KMSInternalException", "Message": ""}}

    def out_of_reach(*_: Any) -> Any:
        raise ClientError(refused, "Decrypt")

    monkeypatch.setattr("maskline.store.sealing.keyrings.key", out_of_reach)

    with pytest.raises(ClientError):
        listed(service)


def test_a_session_is_shown_without_a_conversation_that_cannot_be_read(service: Service) -> None:
    session = service.create()
    for call_uuid in ("one", "two"):
        assert isinstance(service.call(party(0), virtual(0), call_uuid=call_uuid), Dial)
        service.report(session, call_uuid, builders.caller_ended())
    spoil(service, keys.interaction(session.session_uuid, "one"), caller={"status": "later"})

    with passed_over("interaction"):
        shown = service.view(session).interactions
    assert [one.call_uuid for one in shown] == ["two"]
    [listed_view] = listed(service).views
    assert listed_view.interactions == shown


def test_an_unreadable_session_holds_up_no_replacement(service: Service) -> None:
    sessions = [service.create(2 * index, 2 * index + 1) for index in range(4)]
    for broken in sessions[:2]:
        spoil(service, keys.session(broken.session_uuid), first_party=b"\0\1junk")
    call_unhealthy(service, virtual(0))

    # Its alarm counts that.
    with pytest.raises(FunctionFailedError, match="ReplacementIncompleteError"):
        run()

    for moved in sessions[2:]:
        assert service.stored(moved).first_virtual_number == virtual(1)
    assert replacement_orders.list_orders()


def test_an_unreadable_order_holds_up_no_other(service: Service, time: ManualClock) -> None:
    session = service.create()
    erasing = erase_person.order_erasure(service.caller(), party(1)).order
    call_unhealthy(service, virtual(0))
    spoil(service, {"PK": keys.replacement_orders(), "SK": "NUMBER#0"}, item="replacement")
    spoil(service, {"PK": keys.erasure_orders(), "SK": "ACCOUNT#0"}, item="erasure")

    with passed_over("replacement"):
        run()
    assert service.stored(session).first_virtual_number == virtual(1)
    with passed_over("erasure"):
        carry_out_erasures.handler({}, None)
    assert service.stored(session).second_party == ""
    found = erase_person.get_erasure(service.caller(), erasing.erasure_id)
    assert sum(found.erased.values()) > 0


def test_an_unreadable_number_stops_no_create(service: Service) -> None:
    spoil(service, keys.pool_number(MAIN_ID, virtual(0)), country=None)
    service.change_number(virtual(2), alias="so that the pool is read anew")

    with passed_over("pool_number"):
        session = service.create()
    assert session.first_virtual_number == virtual(1)
    shown = manage_numbers.list_numbers(service.caller())
    assert [one.number for one in shown] == [virtual(1), virtual(2)]


def test_an_unreadable_carrier_account_stops_nobody_elses_webhooks(service: Service) -> None:
    at_carrier = keys.carrier("plivo", "MAANOTHER")
    spoil(service, at_carrier, item="carrier", secrets={"auth_token": [b"\0\0junk"]})

    with passed_over("carrier"):
        carrier_credentials.read_credentials()

    known = carrier_credentials.carrier_account("plivo", MAIN_ID)
    assert known is not None
    assert known.secrets == {"auth_token": ("p",)}


def test_an_unreadable_greeting_silences_no_other(service: Service) -> None:
    first, second = (
        service.create(
            2 * index,
            2 * index + 1,
            terms=builders.terms(unknown_caller_play=f"https://customer.example.com/{index}"),
        )
        for index in range(2)
    )
    assert first.first_virtual_number == second.first_virtual_number
    [route] = [
        one
        for one in service.raw_items()
        if one.get("session_uuid") == second.session_uuid and "greeting_shard" in one
    ]
    spoil(service, {"PK": route["PK"], "SK": route["SK"]}, asks_pin=None)

    assert service.call(STRANGER, virtual(0)) == Play("https://customer.example.com/0")


# Words of a later release


@pytest.mark.parametrize("word", [{"kind": "later"}, {"role": "third"}])
def test_a_route_in_unknown_words_leads_nowhere(service: Service, word: dict[str, str]) -> None:
    service.create()
    spoil(service, keys.route(party(0), virtual(0)), **word)

    assert isinstance(service.call(party(0), virtual(0)), Announce)
    assert isinstance(service.call(party(1), virtual(0)), Dial)


def test_whoever_has_a_route_in_unknown_words_is_let_in_by_no_door(service: Service) -> None:
    lone = service.request(builders.lone_request(0)).session
    dialled = lone.second_virtual_number
    known = {"item": "route", "account_id": MAIN_ID, "kind": "later", "role": "first"}
    spoil(service, keys.route(party(2), dialled), **known)

    assert isinstance(service.call(STRANGER, dialled, call_uuid="stranger"), Dial)
    service.report(lone, "stranger", builders.caller_ended(leg_uuid="stranger"))
    assert isinstance(service.call(party(2), dialled), Announce)


def test_a_pin_whose_route_is_in_unknown_words_opens_nothing(service: Service) -> None:
    pins = builders.pin_terms()
    session = service.create(terms=builders.terms(pin=pins))
    spoil(service, keys.pin_route(virtual(0), pins.first_pin), kind="later")
    call = PinCaller(STRANGER, session.first_virtual_number)

    call.dial()
    assert not isinstance(call.enter(pins.first_pin), Dial)
    assert isinstance(call.enter(pins.second_pin), Dial)


def test_an_order_in_an_unknown_state_calls_nobody(service: Service) -> None:
    call = PlacedCall(service)
    spoil(service, keys.call_order(call.session.session_uuid), status="later")

    call.place()

    assert call.requested == []


@pytest.mark.parametrize(
    ("attribute", "read_as"),
    [("number_status", NumberStatus.RETIRED), ("number_health", NumberHealth.UNHEALTHY)],
)
def test_a_number_in_an_unknown_state_serves_its_sessions_and_takes_no_new_ones(
    service: Service, attribute: str, read_as: str
) -> None:
    service.create()
    for key in (keys.number(virtual(0)), keys.pool_number(MAIN_ID, virtual(0))):
        spoil(service, key, **{attribute: "later"})
    service.change_number(virtual(2), alias="so that the pool is read anew")

    assert isinstance(service.call(party(0), virtual(0)), Dial)
    assert service.create(2, 3).first_virtual_number == virtual(1)
    shown = manage_numbers.list_numbers(service.caller())[0]
    assert read_as in {shown.status, shown.health}


def test_an_account_with_an_unknown_default_begins_with_the_usual_one(service: Service) -> None:
    spoil(service, keys.account(MAIN_ID), default_strategy="later")

    account = accounts.get_account(MAIN_ID)
    assert account
    assert account.default_strategy is Strategy.SHARED


def test_an_unknown_rung_is_not_trodden(service: Service) -> None:
    session = service.create(terms=builders.terms())
    spoil(
        service,
        keys.session(session.session_uuid),
        terms={"is_geomatched": False, "on_exhaustion": ["later"]},
        rungs=["later"],
    )

    assert service.stored(session) == session


@pytest.mark.parametrize("word", [{"rule": "later"}, {"role": "third"}])
def test_a_decision_in_unknown_words_is_passed_over(service: Service, word: dict[str, str]) -> None:
    service.create()
    assert isinstance(service.call(party(0), virtual(0), call_uuid="one"), Dial)
    known = read_known_call(MAIN_ID, "one", NOW)
    assert known
    assert known.decision.rule is Rule.OWN_PHONE

    spoil(service, keys.call(MAIN_ID, "one"), **word)

    assert read_known_call(MAIN_ID, "one", NOW) is None


def test_an_act_in_an_unknown_word_is_shown_by_it(service: Service) -> None:
    session = service.create()
    [entry] = entry_items(service.engine)
    spoil(service, {"PK": entry["PK"], "SK": entry["SK"]}, action="later_act")

    [line] = trail(session.session_uuid)
    assert "later act" in line


def test_an_event_in_an_unknown_name_is_told_by_it_and_one_in_an_unknown_word_is_kept(
    service: Service,
) -> None:
    session = service.create()
    item = keys.session(session.session_uuid) | {
        "account_id": MAIN_ID,
        "first_virtual_number": virtual(0),
    }

    def told(**facts: Any) -> SessionEvent:
        entry = {"name": "LaterEvent"} | facts
        outbox = [{"at": NOW, "by": "first", "told": [entry]}]
        [record] = events_in(item | {"outbox": outbox})
        return event_from_record(record, MAIN_ID, session.session_uuid)

    assert told().name == "SessionLaterEvent"
    with pytest.raises(UNREADABLE):
        told(pin_check={"status": "later", "retries": 0})
    with pytest.raises(UNREADABLE):
        told(recording={"status": "later"})
