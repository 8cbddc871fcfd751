"""What clients, carriers and operators get wrong, with phone numbers in every place for it."""

import base64
import json
import uuid
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from local.aws.runtime import HandlerError
from local.phone.webhooks import Webhook
from tests.support import event_files
from tests.support.disturbances import aws_fails
from tests.support.in_process import BASE_URL
from tests.support.scenario import ALICE, BOB, CAROL, IDEMPOTENCY_KEY, Scenario, basic, parties

DIGITS = ALICE.removeprefix("+")
NUMBER_AS_BASE64 = base64.b64encode(f"From={DIGITS}&To={BOB}".encode()).decode()


def suffer(day: Scenario) -> None:
    """To be played after the scenario, whose sessions and numbers it names."""
    send_odd_bodies(day)
    send_odd_queries_and_paths(day)
    send_odd_credentials_and_keys(day)
    send_odd_webhooks(day)
    break_the_store(day)
    poison_streams_and_queues(day)
    give_odd_orders(day)


def send_odd_bodies(day: Scenario) -> None:
    for body in (
        f'{{"first_party": "{ALICE}", "second_party"',
        json.dumps([ALICE, BOB]),
        json.dumps({"first_party": [ALICE], "second_party": BOB}),
        json.dumps({"first_party": {ALICE: BOB}, "second_party": CAROL}),
        json.dumps(parties(ALICE, ALICE)),
        json.dumps(parties(ALICE, f"{BOB}{CAROL}")),
        json.dumps(parties(ALICE, BOB) | {"session_expiry": CAROL}),
        json.dumps(parties(ALICE, BOB) | {"callback_url": f"http://{DIGITS}.example.com"}),
        json.dumps(parties(ALICE, BOB) | {"subaccount": CAROL}),
        json.dumps(parties(ALICE, BOB) | {"virtual_number_strategy": CAROL}),
        json.dumps(parties(ALICE, BOB) | {"first_party_pin": DIGITS}),
    ):
        assert _raw(day, "POST", "Masking/Session/", body) == 400
    path = day.session_path("call")
    day.api("POST", path, {"first_party": CAROL, "session_expiry": 60}, expected=400)
    day.api("POST", "Number/", {"numbers": f"{ALICE},{BOB},x", "alias": CAROL}, expected=400)


def _raw(day: Scenario, method: str, path: str, body: str) -> int:
    known = day.service.credentials
    response = day.service.request(
        method,
        f"/v1/Account/{known.auth_id}/{path}",
        headers=basic(known.auth_id, known.auth_token),
        body=body.encode(),
    )
    return response.status


def send_odd_queries_and_paths(day: Scenario) -> None:
    number = quote(ALICE, safe="")
    for name in ("status", "created_time__gt", "limit", "expiry_time__lt"):
        day.api("GET", f"Masking/Session?{name}={number}", expected=400)
    day.api("GET", f"Masking/Session?first_party={number}{number}", expected=400)
    day.api("GET", f"Masking/Session/{number}", expected=404)
    day.api("GET", f"Number/{number}/", expected=404)
    day.api("GET", f"Number/?status={number}", expected=400)
    day.api("DELETE", f"Number/{DIGITS}", expected=404)


def send_odd_credentials_and_keys(day: Scenario) -> None:
    known = day.service.credentials
    path = f"/v1/Account/{known.auth_id}/Masking/Session"
    for credentials in (basic(ALICE, known.auth_token), basic(known.auth_id, BOB), {}):
        assert day.service.request("GET", path, headers=credentials).status == 401
    key = {"Idempotency-Key": IDEMPOTENCY_KEY}
    other = parties(ALICE, CAROL)
    day.api("POST", "Masking/Session", other, headers=key, expected=409)
    key = {"Idempotency-Key": ALICE * 30}
    day.api("POST", "Masking/Session", other, headers=key, expected=400)


def send_odd_webhooks(day: Scenario) -> None:
    said = {"From": ALICE, "To": day.virtual_number("call")}
    answers_at = day.carrier().carrier.answer_url
    for params, genuine, forged in (
        (said, 200, 403),
        (said | {"CallUUID": ALICE}, 200, 403),
        (said | {"CallUUID": "call-1", "To": f"sip:{DIGITS}@example.com"}, 200, 403),
        (said | {"CallUUID": "call-2", "From": f"{ALICE}{BOB}"}, 200, 403),
        (said | {"CallUUID": "call-3", "CallerName": CAROL, f"X-PH-{DIGITS}": BOB}, 200, 403),
    ):
        webhook = Webhook("answer", "POST", answers_at, params)
        assert _send(day, webhook) == genuine
        assert _send(day, webhook, signature="wrong") == forged
    follow_up = f"{BASE_URL}/carriers/plivo/event/dial/{DIGITS}/{DIGITS}/{DIGITS}/{DIGITS}"
    answered = {"DialAction": "answer", "DialBLegUUID": "call-4", "DialBLegTo": BOB}
    assert _send(day, Webhook("dial", "POST", follow_up, said | answered)) == 403
    hangup = Webhook("hangup", "POST", day.carrier().carrier.status_url, said)
    assert _send(day, hangup) == 400
    for body in (DIGITS, NUMBER_AS_BASE64[:-1]):
        event = event_files.load("answer_call_post") | {"body": body}
        assert day.service.invoke("answer_call", event)["statusCode"] == 400


def _send(day: Scenario, webhook: Webhook, *, signature: Any = "valid") -> int:
    courier = day.carrier().signing(signature).carrier.courier
    return courier.send(webhook).status


def break_the_store(day: Scenario) -> None:
    """For those who must answer all the same."""
    path = day.session_path("call")
    with aws_fails(ValueError(f"{ALICE} cannot be stored beside {DIGITS}, {quote(BOB)}")):
        day.api("POST", "Masking/Session", parties(ALICE, BOB), expected=500)
        for method in ("GET", "POST", "DELETE"):
            day.api(method, path, parties(ALICE, BOB), expected=500)
            day.api(method, f"Number/{DIGITS}", {"alias": ALICE}, expected=500)
        call = {"CallUUID": "call-5", "From": ALICE, "To": day.virtual_number("call")}
        answers_at = day.carrier().carrier.answer_url
        assert _send(day, Webhook("answer", "POST", answers_at, call)) == 200


def poison_streams_and_queues(day: Scenario) -> None:
    image = {"callback_url": {"S": f"https://{DIGITS}"}, "outbox": {"S": BOB}}
    change = {"SequenceNumber": "1", "Keys": {"PK": {"S": "SESSION#1"}}, "NewImage": image}
    record = {"eventID": "1", "dynamodb": change}
    answer = day.service.invoke("publish_events", {"Records": [record]})
    assert answer == {"batchItemFailures": []}
    sqs = day.service.engine.client("sqs")
    for number, body in enumerate((f"From={ALICE}", json.dumps({"account_id": ALICE}))):
        sqs.send_message(
            QueueUrl=day.service.engine.queue_urls["CallbackQueue"],
            MessageBody=body,
            MessageGroupId=f"poison-{number}",
            MessageDeduplicationId=str(uuid.uuid4()),
        )
    day.service.carry_on()


def give_odd_orders(day: Scenario) -> None:
    known = day.service.credentials
    for order in (
        {"account": {"auth_id": "short", "auth_tokens": [known.auth_token]}},
        {"account": {"auth_id": known.auth_id, "auth_tokens": [known.auth_token, 4711]}},
        {"account": known.auth_token},
    ):
        with suppress(HandlerError):
            day.service.invoke("provision_account", order)
