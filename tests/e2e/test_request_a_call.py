"""Request-a-call through the official SDK: the carrier calls the first party, then the second."""

import json
import time
from typing import Any

import pytest

from tests.e2e.customer import Mailbox
from tests.e2e.people import pair
from tests.e2e.service import Service
from tests.e2e.signatures import is_v3_signed
from tests.e2e.wire import Client, exchange

CONNECTED = [
    "SessionFirstPartyRing",
    "SessionFirstPartyAnswer",
    "SessionSecondPartyRing",
    "SessionSecondPartyAnswer",
    "SessionSecondPartyHangup",
    "SessionFirstPartyHangup",
    "SessionPartiesHangup",
]
NOBODY = ["SessionFirstPartyRing", "SessionFirstPartyHangup", "SessionPartiesHangup"]


class Calls:
    """The carrier's side of the calls that it is asked to place."""

    def __init__(self, service: Service) -> None:
        self._url = f"{service.url}/local/carriers/plivo/outgoing"

    def expect(self, number: str, **outgoing: Any) -> None:
        body = json.dumps(outgoing).encode()
        assert exchange("PUT", f"{self._url}/{number[1:]}", body=body).status == 200

    def requested(self, number: str) -> int:
        return int(exchange("GET", f"{self._url}/{number[1:]}").json["requested"])


@pytest.fixture
def calls(service: Service) -> Calls:
    return Calls(service)


def request_call(client: Client, mailbox: Mailbox, people: tuple[str, str], **more: Any) -> Any:
    return client.create(
        *people, initiate_call_to_first_party=True, callback_url=mailbox.url, **more
    )


def interaction_of(client: Client, session_uuid: str) -> dict[str, Any]:
    [entry] = client.session(session_uuid)["interaction"]
    return dict(entry)


def test_both_are_called_and_connected(
    sdk: Any, client: Client, calls: Calls, mailbox: Mailbox
) -> None:
    first, second = pair()
    created = sdk.masking_sessions.create_masking_session(
        first_party=first,
        second_party=second,
        initiate_call_to_first_party=True,
        callback_url=mailbox.url,
    )
    assert created.session["initiate_call_to_first_party"] is True

    received = mailbox.expect_no_more(len(CONNECTED))

    assert [request.event for request in received] == CONNECTED
    assert [request.sequence for request in received] == list(range(1, 8))
    assert all(is_v3_signed(request, client.auth_token) for request in received)
    assert {(one.fields["From"], one.fields["To"]) for one in received} == {(first[1:], second[1:])}
    assert calls.requested(first) == 1
    session = client.session(created.session_uuid)
    entry = interaction_of(client, created.session_uuid)
    assert (session["status"], session["total_call_count"]) == ("active", 2)
    assert entry["first_party_resource_url"]
    assert entry["second_party_resource_url"]
    assert entry["duration"] > 0


@pytest.mark.parametrize(
    ("outcome", "status", "events"),
    [("no-answer", "no-answer", NOBODY), ("busy", "busy", NOBODY[1:])],
)
def test_a_first_party_who_does_not_answer(
    outcome: str,
    status: str,
    events: list[str],
    client: Client,
    calls: Calls,
    mailbox: Mailbox,
) -> None:
    people = pair()
    calls.expect(people[0], first_answers=outcome)

    session = request_call(client, mailbox, people)

    received = mailbox.expect_no_more(len(events))
    assert [request.event for request in received] == events
    assert received[-1].fields["Duration"] == "0"
    entry = interaction_of(client, session["session_uuid"])
    assert (entry["total_call_count"], entry["duration"]) == (1, 0)
    assert (entry["first_party_status"], entry["second_party_status"]) == (status, None)
    assert entry["first_party_resource_url"]
    assert entry["second_party_resource_url"] is None


def test_a_call_that_the_carrier_refuses_is_told_at_once(
    client: Client, calls: Calls, mailbox: Mailbox
) -> None:
    people = pair()
    calls.expect(people[0], api="refuses")

    session = request_call(client, mailbox, people)

    hangup, over = mailbox.expect_no_more(2)
    assert (hangup.event, over.event) == ("SessionFirstPartyHangup", "SessionPartiesHangup")
    assert hangup.fields["PlivoHangupCause"] == "CARRIER_API_REFUSED"
    entry = interaction_of(client, session["session_uuid"])
    assert (entry["first_party_status"], entry["total_call_count"]) == ("failed", 0)
    assert calls.requested(people[0]) == 1


def test_a_request_without_a_clear_answer_is_not_repeated_and_fails_in_the_end(
    client: Client, calls: Calls, mailbox: Mailbox, service: Service
) -> None:
    people = pair()
    calls.expect(people[0], api="fails")
    request_call(client, mailbox, people, ring_timeout=20)
    wait_until_requested(calls, people[0])
    mailbox.expect_no_more(0)

    service.advance(81)

    hangup, _ = mailbox.expect_no_more(2)
    assert hangup.fields["PlivoHangupCause"] == "CARRIER_REPORTED_NOTHING"
    assert calls.requested(people[0]) == 1


def test_a_call_whose_placing_was_never_confirmed_is_followed(
    client: Client, calls: Calls, mailbox: Mailbox, service: Service
) -> None:
    people = pair()
    calls.expect(people[0], api="loses")

    request_call(client, mailbox, people, ring_timeout=20)

    assert [one.event for one in mailbox.expect_no_more(7)] == CONNECTED
    service.advance(81)
    mailbox.expect_no_more(7)
    assert calls.requested(people[0]) == 1


def test_of_two_calls_for_one_order_one_is_connected(
    client: Client, calls: Calls, mailbox: Mailbox
) -> None:
    people = pair()
    calls.expect(people[0], legs=2)

    session = request_call(client, mailbox, people)

    mailbox.wait_for(11)
    time.sleep(0.5)
    events = [request.event for request in mailbox.received]
    assert events.count("SessionSecondPartyAnswer") == 1
    entries = client.session(session["session_uuid"])["interaction"]
    assert [bool(entry["second_party_resource_url"]) for entry in entries].count(True) == 1
    assert len(entries) == 2


def test_a_repeated_create_rings_nobody_again(
    client: Client, calls: Calls, mailbox: Mailbox
) -> None:
    first, second = pair()
    body = {"first_party": first, "second_party": second, "initiate_call_to_first_party": True}
    headers = {"Idempotency-Key": f"call-{first}"}

    for _ in range(3):
        answer = client.send("POST", "/Masking/Session/", body, headers=headers)
        assert answer.status == 201

    wait_until_requested(calls, first)
    time.sleep(0.5)
    assert calls.requested(first) == 1


def wait_until_requested(calls: Calls, number: str) -> None:
    deadline = time.monotonic() + 10
    while not calls.requested(number):
        assert time.monotonic() < deadline
        time.sleep(0.05)
