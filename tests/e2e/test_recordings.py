"""Recording through the official SDKs: what the customer orders, hears of and finds later."""

from typing import Any

import pytest

from local.phone.simulator import CarrierSimulator, Script
from local.phone.steps import SimulatedCall
from tests.e2e.accounts import Account
from tests.e2e.customer import Customer, Mailbox, Received
from tests.e2e.people import pair
from tests.e2e.signatures import is_standard_signed, is_v3_signed
from tests.e2e.wire import Client

ATTRIBUTES = {
    "RecordingUUID",
    "RecordingURL",
    "RecordingResourceURL",
    "RecordingDuration",
    "RecordingStartTime",
    "RecordingEndTime",
    "RecordingFormat",
}
# Longer than the carrier records if it is not told how long.
TALK = Script(ring_seconds=4, talk_seconds=90)
RESOURCE = "/local/carriers/plivo/v1/Account/{}/Recording/{}/"


@pytest.fixture
def recordings(customer: Customer) -> Mailbox:
    return customer.mailbox()


def recording_sent(call: SimulatedCall) -> dict[str, str]:
    """What the carrier said of the recording."""
    [delivery] = call.sent("recording")
    assert delivery.status == 200
    return dict(delivery.webhook.params)


def recording_attributes(request: Received) -> dict[str, str]:
    return {name: value for name, value in request.fields.items() if name in ATTRIBUTES}


@pytest.mark.parametrize(
    ("file_format", "method"), [("mp3", "POST"), ("wav", "GET")], ids=["mp3", "wav"]
)
def test_a_recorded_call_is_told_of_and_found_in_the_session(
    file_format: str,
    method: str,
    sdk: Any,
    account: Account,
    mailbox: Mailbox,
    recordings: Mailbox,
) -> None:
    first, second = pair()
    created = sdk.masking_sessions.create_masking_session(
        first_party=first,
        second_party=second,
        record=True,
        record_file_format=file_format,
        callback_url=mailbox.url,
        # The other one: each URL has a method of its own.
        callback_method={"POST": "GET", "GET": "POST"}[method],
        recording_callback_url=recordings.url,
        recording_callback_method=method,
    )

    call = account.carrier.call(second, created.virtual_number, TALK)

    params = recording_sent(call)
    initiated, completed = recordings.expect_no_more(2)
    assert [initiated.event, completed.event] == [
        "SessionRecordingInitiated",
        "SessionRecordingCompleted",
    ]
    for request in (initiated, completed):
        assert request.method == method
        assert is_v3_signed(request, account.client.auth_token)
        assert is_standard_signed(request, account.client.auth_token)
        assert request.fields["SessionUUID"] == created.session_uuid
        assert (request.fields["From"], request.fields["To"]) == (second[1:], first[1:])
        assert request.fields["VirtualNumber"] == created.virtual_number[1:]
        assert request.fields["RecordingFormat"] == f".{file_format}"
        assert recording_attributes(request).keys() == ATTRIBUTES
    told = completed.fields
    assert told["RecordingUUID"] == params["RecordingID"]
    assert told["RecordingURL"] == params["RecordUrl"]
    assert told["RecordingDuration"] == "90"
    assert told["RecordingStartTime"] < told["RecordingEndTime"]
    assert_resource(told["RecordingResourceURL"], account, params["RecordingID"])
    status = mailbox.expect_no_more(7)
    assert not [request.event for request in status if "Recording" in request.event]
    assert {request.method for request in status} == {"GET", "POST"} - {method}
    numbers = {request.sequence for request in (*status, initiated, completed)}
    assert numbers == set(range(1, 10))
    assert initiated.sequence == 5
    session = sdk.masking_sessions.get_masking_session(created.session_uuid).response
    [conversation] = session.interaction
    assert_resource(conversation["recording_resource_url"], account, params["RecordingID"])


def assert_resource(url: str, account: Account, recording_uuid: str) -> None:
    assert url.endswith(RESOURCE.format(account.carrier.carrier.account_id, recording_uuid))


def test_recording_is_switched_by_an_update_from_the_next_call_on(
    sdk: Any, carrier: CarrierSimulator, recordings: Mailbox
) -> None:
    first, second = pair()
    created = sdk.masking_sessions.create_masking_session(
        first_party=first, second_party=second, recording_callback_url=recordings.url
    )
    session_uuid, number = created.session_uuid, created.virtual_number
    assert carrier.call(first, number).sent("recording") == []

    running = carrier.place(first, number).start().answer()
    sdk.masking_sessions.update_masking_session(session_uuid, record=True, record_file_format="wav")
    assert running.hangup().sent("recording") == []
    assert recordings.received == []

    params = recording_sent(carrier.call(first, number))
    assert params["RecordUrl"].endswith(".wav")
    recordings.expect_no_more(2)
    shown = sdk.masking_sessions.get_masking_session(session_uuid).response
    urls = [conversation["recording_resource_url"] for conversation in shown.interaction]
    assert [bool(url) for url in urls] == [False, False, True]


def test_a_call_that_nobody_answers_is_not_recorded(
    client: Client, carrier: CarrierSimulator, recordings: Mailbox
) -> None:
    session = client.create(*pair(), record=True, recording_callback_url=recordings.url)

    call = carrier.call(f"+{session['first_party']}", session["virtual_number"], Script("busy"))

    assert call.outcome == "busy"
    recordings.expect_no_more(0, seconds=0.5)


def test_a_repeated_webhook_is_told_of_once_and_a_forged_one_never(
    client: Client, carrier: CarrierSimulator, recordings: Mailbox
) -> None:
    first, second = pair()
    session = client.create(first, second, record=True, recording_callback_url=recordings.url)
    call = carrier.place(first, session["virtual_number"], collects=True).start().answer().hangup()
    [webhook] = [one for one in call.pending if one.kind == "recording"]

    forged = call.deliver(webhook, courier=carrier.signing("wrong").carrier.courier)
    assert forged.status == 403
    # Before anything else is said of the call, and again after all of it.
    call.deliver(webhook)
    for waiting in (*call.pending, webhook):
        assert call.deliver(waiting).status == 200

    received = recordings.expect_no_more(2)
    assert [request.event for request in received] == [
        "SessionRecordingInitiated",
        "SessionRecordingCompleted",
    ]
