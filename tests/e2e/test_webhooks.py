"""The carrier's webhooks: signed or refused, in every form in which they arrive."""

import base64
import uuid
from typing import Any

import pytest

from local.phone.plivo import PLIVO
from local.phone.plivo.signing import signature_headers
from local.phone.plivo.xml import read_document
from local.phone.simulator import CarrierSimulator
from local.phone.webhooks import Courier, Signature
from tests.e2e.conftest import NewAccount
from tests.e2e.people import pair
from tests.e2e.wire import Answer, Client, exchange

FORM = "application/x-www-form-urlencoded"


def status_of(client: Client, session: dict[str, Any]) -> str:
    return str(client.session(session["session_uuid"])["status"])


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("signature", ["wrong", "absent"])
def test_an_unsigned_webhook_is_refused_and_changes_nothing(
    method: str, signature: Signature, client: Client, carrier: CarrierSimulator
) -> None:
    first, second = pair()
    session = client.create(first, second)
    number = session["virtual_number"]
    forger = carrier.having(method=method).signing(signature)

    assert [delivery.status for delivery in forger.call(first, number).deliveries] == [403, 403]
    assert status_of(client, session) == "active"

    call = carrier.place(first, number, collects=True).start().answer().hangup()
    before = client.session(session["session_uuid"])
    for webhook in call.pending:
        assert call.deliver(webhook, courier=forger.carrier.courier).status == 403
    assert client.session(session["session_uuid"]) == before


def test_another_accounts_carrier_signs_for_its_own_numbers_only(
    client: Client, carrier: CarrierSimulator, new_account: NewAccount
) -> None:
    other = new_account(1).carrier
    first, second = pair()
    session = client.create(first, second)
    number = session["virtual_number"]

    assert other.call(first, number).deliveries[0].status == 403

    call = carrier.place(first, number, collects=True).start().answer().hangup()
    for webhook in call.pending:
        assert call.deliver(webhook, courier=other.carrier.courier).status == 403
    assert client.session(session["session_uuid"])["status"] == "in-progress"


def test_while_a_token_is_rotated_any_of_several_signatures_will_do(
    client: Client, carrier: CarrierSimulator
) -> None:
    first, second = pair()
    number = client.create(first, second)["virtual_number"]
    [token] = carrier.carrier.courier.tokens
    rotating = carrier.having(courier=Courier(PLIVO, ("the next token", token)))

    call = rotating.call(first, number)

    assert {delivery.status for delivery in call.deliveries} == {200}
    assert call.is_connected


def test_the_carrier_may_use_get(client: Client, carrier: CarrierSimulator) -> None:
    first, second = pair()
    session = client.create(first, second)

    call = carrier.having(method="GET").call(first, session["virtual_number"])

    assert call.is_connected
    assert {delivery.webhook.method for delivery in call.sent("answer")} == {"GET"}
    assert {delivery.webhook.method for delivery in call.sent("hangup")} == {"GET"}
    assert client.session(session["session_uuid"])["total_call_count"] == 2


def test_an_application_without_a_hangup_url_reports_to_its_answer_url(
    client: Client, carrier: CarrierSimulator
) -> None:
    first, second = pair()
    session = client.create(first, second)
    simple = carrier.having(status_url=carrier.carrier.answer_url)

    call = simple.call(first, session["virtual_number"])

    assert call.sent("hangup")[0].status == 200
    after = client.session(session["session_uuid"])
    assert (after["status"], after["total_call_count"]) == ("active", 2)


@pytest.mark.parametrize("content_type", [FORM, f"{FORM}; charset=utf-8", "text/plain"])
def test_a_form_is_read_whether_it_arrives_as_base64_or_as_text(
    content_type: str, client: Client, carrier: CarrierSimulator
) -> None:
    first, second = pair()
    number = client.create(first, second)["virtual_number"]
    params = {"CallUUID": str(uuid.uuid4()), "From": first, "To": number, "CallerName": "Zoë & Co"}
    url = carrier.carrier.answer_url.partition("#")[0]
    signed = signature_headers("POST", url, params, tokens=carrier.carrier.courier.tokens)
    # Plus and space, percent and UTF-8: the signature is over what they stand for.
    body = (
        f"CallUUID={params['CallUUID']}&From=%2B{first[1:]}&To={number}&CallerName=Zo%C3%AB+%26+Co"
    )

    answer = exchange(
        "POST", url, body=body.encode(), headers={**signed, "Content-Type": content_type}
    )

    assert answer.status == 200
    [dial] = read_document(answer.headers["content-type"], answer.body)
    assert [child.text for child in dial.children] == [second]


@pytest.mark.parametrize("body", [b"", b"From=1&To=2", b"CallUUID=../../etc&From=1&To=2", b"\xff"])
def test_a_malformed_webhook_still_gets_a_document_or_a_refusal(
    body: bytes, carrier: CarrierSimulator
) -> None:
    for url in (carrier.carrier.answer_url, carrier.carrier.status_url):
        answer = exchange("POST", url, body=body, headers={"Content-Type": FORM})
        assert answer.status in {400, 403}
        if answer.headers["content-type"] == "application/xml":
            assert read_document(answer.headers["content-type"], answer.body)


def refused_webhook(url: str, params: dict[str, str], carrier: CarrierSimulator) -> Answer:
    signed = signature_headers("POST", url, params, tokens=carrier.carrier.courier.tokens)
    body = "&".join(f"{name}={value}" for name, value in params.items())
    return exchange("POST", url, body=body.encode(), headers={**signed, "Content-Type": FORM})


def test_a_follow_up_needs_the_url_that_we_gave_out(
    client: Client, carrier: CarrierSimulator
) -> None:
    first, second = pair()
    session = client.create(first, second)
    call = carrier.place(first, session["virtual_number"], collects=True).start().answer().hangup()
    webhook = next(one for one in call.pending if one.kind == "action")
    before = client.session(session["session_uuid"])
    token = webhook.url.rpartition("/")[2]
    guess = base64.urlsafe_b64encode(bytes(16)).decode().rstrip("=")

    for url in (
        webhook.url.replace(token, guess),
        webhook.url.replace(call.call_uuid, str(uuid.uuid4())),
    ):
        assert refused_webhook(url, dict(webhook.params), carrier).status == 403

    assert client.session(session["session_uuid"]) == before
