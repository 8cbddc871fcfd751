"""The three handlers between the table's stream and the customer, over the queue and real HTTP."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from plivo.utils.signature_v3 import validate_v3_signature

from functions.deliver_callback import app as deliver_callback
from functions.publish_events import app as publish_events
from functions.replay_callbacks import app as replay_callbacks
from maskline import aws, clock
from maskline.callbacks import attempts, delivery
from maskline.callbacks.attempts import GAPS_SECONDS
from maskline.callbacks.messages import SealedMessage
from maskline.config import settings
from maskline.domain.calls.events import RECORDING_COMPLETED
from maskline.domain.erasure import ErasureOrder
from maskline.domain.phone_numbers import E164
from maskline.observability import FunctionFailedError, logger
from maskline.store import table
from maskline.store.accounts.accounts import get_account, put_account_action
from maskline.store.erasure import orders as erasures
from maskline.store.sealing import table_secret
from maskline.wire.outbound import HttpAnswer, HttpRequest
from tests.support import builders
from tests.support.aws_calls import AwsCall, replaced_calls
from tests.unit.callbacks.callback_messages import (
    RECORDING,
    message,
    queued,
    sealed,
    session_event,
)
from tests.unit.callbacks.receiver import AwayThenSlow, Receiver, answering
from tests.unit.carriers.webhook_requests import EVENTS, load_event

Start = Callable[..., Receiver]


def _receive(queue_url: str = "") -> list[dict[str, Any]]:
    answer = boto3.client("sqs").receive_message(
        QueueUrl=queue_url or settings().callback_queue_url,
        MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["All"],
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def _lambda_event(received: dict[str, Any]) -> dict[str, Any]:
    record = {
        "messageId": received["MessageId"],
        "receiptHandle": received["ReceiptHandle"],
        "body": received["Body"],
        "attributes": received["Attributes"],
    }
    return {"Records": [record]}


def _enqueue(body: str) -> dict[str, Any]:
    boto3.client("sqs").send_message(
        QueueUrl=settings().callback_queue_url,
        MessageBody=body,
        MessageGroupId="s",
        MessageDeduplicationId="d",
    )
    (received,) = _receive()
    return _lambda_event(received)


@pytest.fixture
def waits(cloud: None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The visibility time-outs that were set."""
    seen: list[int] = []
    sqs = aws.client("sqs")
    original = sqs.change_message_visibility

    def change(**request: Any) -> Any:
        seen.append(request["VisibilityTimeout"])
        return original(**request)

    monkeypatch.setattr(sqs, "change_message_visibility", change)
    return seen


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What is written to the log meanwhile."""
    stream = StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    return stream


@pytest.fixture
def accounts(cloud: None) -> None:
    table_secret.begin()
    table.transact([put_account_action(builders.account())])


def test_the_events_of_a_write_are_queued_in_order(cloud: None) -> None:
    assert publish_events.handler(load_event("publish_events_call"), None) == {
        "batchItemFailures": []
    }

    queued = _receive()
    told = [SealedMessage.from_body(one["Body"]) for one in queued]
    assert [[(one["sequence"], one["name"]) for one in write.events] for write in told] == [
        [
            (1, "SessionVirtualNumberAnswer"),
            (2, "SessionFirstPartyAnswer"),
            (3, "SessionSecondPartyRing"),
        ],
        [(6, "SessionFirstPartyHangup"), (7, "SessionPartiesHangup")],
    ]
    assert {one["Attributes"]["MessageGroupId"] for one in queued} == {told[0].session_uuid}
    assert queued[0]["Attributes"]["MessageDeduplicationId"] == f"{told[0].session_uuid}-1"
    assert "2025550" not in json.dumps([one["Attributes"] for one in queued])


def test_a_batch_that_is_repeated_is_queued_once(cloud: None) -> None:
    for _ in range(2):
        publish_events.handler(load_event("publish_events_call"), None)

    assert len(_receive()) == 2


def test_a_write_without_events_queues_nothing(cloud: None) -> None:
    publish_events.handler(load_event("publish_events_created"), None)

    assert _receive() == []


def test_the_end_of_a_session_is_told(cloud: None) -> None:
    publish_events.handler(load_event("publish_events_timeout"), None)

    (queued,) = _receive()
    assert SealedMessage.from_body(queued["Body"]).events[0]["name"] == "SessionTimeout"


def test_an_order_of_a_call_goes_to_its_own_queue_and_names_the_session_alone(cloud: None) -> None:
    order, call = (load_event(f"publish_events_{name}") for name in ("order", "call"))

    result = publish_events.handler({"Records": order["Records"] + call["Records"]}, None)

    assert result == {"batchItemFailures": []}
    (queued,) = _receive(settings().call_order_queue_url)
    assert queued["Body"] == SealedMessage.from_body(_receive()[0]["Body"]).session_uuid


def test_an_order_does_not_wait_for_events_that_are_not_taken(
    cloud: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = {"Failed": [{"Id": "0"}]}
    monkeypatch.setattr(aws.client("sqs"), "send_message_batch", lambda **_: refused)
    events, order = (load_event(f"publish_events_{name}") for name in ("timeout", "order"))

    result = publish_events.handler({"Records": events["Records"] + order["Records"]}, None)

    number = events["Records"][0]["dynamodb"]["SequenceNumber"]
    assert result == {"batchItemFailures": [{"itemIdentifier": number}]}
    assert len(_receive(settings().call_order_queue_url)) == 1


def test_an_order_that_its_queue_does_not_take_fails_the_batch(
    cloud: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALL_ORDER_QUEUE_URL", f"{settings().call_order_queue_url}-away")
    settings.cache_clear()

    with pytest.raises(FunctionFailedError, match="QueueDoesNotExist"):
        publish_events.handler(load_event("publish_events_order"), None)


def test_an_order_that_makes_no_sense_is_put_aside(cloud: None, logged: StringIO) -> None:
    event = load_event("publish_events_order")
    del event["Records"][0]["dynamodb"]["NewImage"]["session_uuid"]

    assert publish_events.handler(event, None) == {"batchItemFailures": []}

    assert _receive(settings().call_order_queue_url) == []
    assert _waiting(settings().unreadable_records_queue_url) == 1
    assert "poison_record" in logged.getvalue()


def test_a_record_that_makes_no_sense_holds_up_nothing(cloud: None, logged: StringIO) -> None:
    result = publish_events.handler(load_event("publish_events_poison"), None)

    assert result == {"batchItemFailures": []}
    assert len(_receive()) == 1
    assert "poison_record" in logged.getvalue()
    assert "2025550" not in logged.getvalue()


def test_a_record_that_makes_no_sense_is_kept_as_it_is_once(cloud: None) -> None:
    event = load_event("publish_events_poison")
    for _ in range(2):
        publish_events.handler(event, None)

    (kept,) = _receive(settings().unreadable_records_queue_url)

    assert json.loads(kept["Body"]) == event["Records"][0]
    assert "2025550" not in json.dumps(kept["Attributes"])


def test_where_a_record_cannot_be_put_aside_the_stream_repeats_from_there(
    cloud: None, monkeypatch: pytest.MonkeyPatch, logged: StringIO
) -> None:
    """What is before it is sent, and is not sent again for ever; what is behind it waits."""
    monkeypatch.setenv("UNREADABLE_RECORDS_QUEUE_URL", f"{settings().callback_queue_url}-away")
    settings.cache_clear()
    [before], [poison, behind] = (
        load_event(name)["Records"] for name in ("publish_events_timeout", "publish_events_poison")
    )

    result = publish_events.handler({"Records": [before, poison, behind]}, None)

    number = poison["dynamodb"]["SequenceNumber"]
    assert result == {"batchItemFailures": [{"itemIdentifier": number}]}
    assert len(_receive()) == 1
    assert "record_not_put_aside" in logged.getvalue()


def test_a_replay_publishes_what_can_be_read_by_now_and_keeps_the_rest(
    cloud: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    [good], [poison, _] = (
        load_event(name)["Records"] for name in ("publish_events_timeout", "publish_events_poison")
    )
    with monkeypatch.context() as rolled_back:
        rolled_back.setattr("maskline.callbacks.messages.message_in", _broken)
        publish_events.handler({"Records": [poison, good]}, None)
    assert _receive() == []

    assert replay_callbacks.handler({}, None) == {"moved": 0, "published": 1}

    (queued,) = _receive()
    assert SealedMessage.from_body(queued["Body"]).events[0]["name"] == "SessionTimeout"
    assert _waiting(settings().unreadable_records_queue_url) == 1


def _broken(*_: Any, **__: Any) -> Any:
    raise LookupError


def _waiting(queue_url: str) -> int:
    """How many messages a queue holds, those that were received a moment ago among them."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = boto3.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
    return sum(int(answer["Attributes"][name]) for name in names)


def test_what_the_queue_refuses_of_a_replay_stays(
    cloud: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as rolled_back:
        rolled_back.setattr("maskline.callbacks.messages.message_in", _broken)
        publish_events.handler(load_event("publish_events_timeout"), None)
    refused = {"Failed": [{"Id": "0"}]}
    monkeypatch.setattr(aws.client("sqs"), "send_message_batch", lambda **_: refused)

    assert replay_callbacks.handler({}, None) == {"moved": 0, "published": 0}
    assert _waiting(settings().unreadable_records_queue_url) == 1


def test_the_stream_repeats_from_the_first_record_that_was_not_queued(
    cloud: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**request: Any) -> dict[str, Any]:
        keys = {entry["Id"]: entry["MessageDeduplicationId"] for entry in request["Entries"]}
        return {"Failed": [{"Id": name} for name, key in keys.items() if key.endswith("-6")]}

    monkeypatch.setattr(aws.client("sqs"), "send_message_batch", refuse)
    event = load_event("publish_events_call")

    result = publish_events.handler(event, None)

    number = event["Records"][1]["dynamodb"]["SequenceNumber"]
    assert result == {"batchItemFailures": [{"itemIdentifier": number}]}


def test_a_queue_that_is_away_fails_the_batch(cloud: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLBACK_QUEUE_URL", f"{settings().callback_queue_url}-away.fifo")
    settings.cache_clear()

    with pytest.raises(FunctionFailedError, match="QueueDoesNotExist"):
        publish_events.handler(load_event("publish_events_call"), None)


def test_a_callback_is_delivered(accounts: None, receive: Start, waits: list[int]) -> None:
    receiver = receive(answering(204))
    event = _enqueue(sealed(message(callback_url=f"{receiver.url}/status")).to_body())

    assert deliver_callback.handler(event, None) == {"batchItemFailures": []}

    (request,) = receiver.requests
    assert ("SequenceNumber", "4") in request.form
    assert request.headers["x-plivo-signature-v3"]
    assert waits == []


def _dead_letters() -> list[dict[str, Any]]:
    answer = boto3.client("sqs").receive_message(
        QueueUrl=settings().callback_dead_letter_queue_url,
        MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["All"],
        VisibilityTimeout=0,
    )
    letters: list[dict[str, Any]] = answer.get("Messages", [])
    return letters


def _deliver_again(event: dict[str, Any], *, receives: int = 2) -> bool:
    """Whether the queue may forget the message, as it comes for that time."""
    [record] = event["Records"]
    record["attributes"]["ApproximateReceiveCount"] = str(receives)
    result = deliver_callback.handler(event, None)
    failed = [{"itemIdentifier": record["messageId"]}]
    assert result["batchItemFailures"] in ([], failed)
    return result["batchItemFailures"] == []


def _grow_old(event: dict[str, Any], *, days: int) -> dict[str, Any]:
    attributes = event["Records"][0]["attributes"]
    attributes["SentTimestamp"] = str(clock.now_ms() - days * 86_400_000)
    return event


@pytest.fixture
def operations() -> Iterator[list[str]]:
    """What the functions ask AWS for."""
    seen: list[str] = []

    def noted(call: AwsCall) -> AwsCall:
        def note(client: Any, name: str, parameters: Any) -> Any:
            seen.append(name)
            return call(client, name, parameters)

        return note

    with replaced_calls(noted):
        yield seen


def test_a_callback_that_is_taken_at_once_costs_nothing_more(
    accounts: None, receive: Start, operations: list[str]
) -> None:
    event = _enqueue(sealed(message(callback_url=receive(answering(200)).url)).to_body())
    operations.clear()

    deliver_callback.handler(event, None)

    assert operations.count("GetItem") == 1
    assert not {"UpdateItem", "ChangeMessageVisibility", "SendMessage"} & {*operations}


def test_ten_requests_are_spread_by_the_gaps_and_then_it_is_a_dead_letter(
    accounts: None, receive: Start, waits: list[int], logged: StringIO
) -> None:
    receiver = receive(answering(500))
    event = _enqueue(sealed(message(callback_url=receiver.url)).to_body())

    settled = [_deliver_again(event, receives=receives) for receives in range(1, 11)]

    assert settled == [False] * 9 + [True]
    assert len(receiver.requests) == 10
    assert waits == list(GAPS_SECONDS)
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert [line["attempt"] for line in lines if "attempt" in line] == list(range(1, 11))
    [letter] = _dead_letters()
    assert letter["Body"] == event["Records"][0]["body"]
    assert letter["Attributes"]["MessageGroupId"] == "s"


class Letters:
    """A write of three events, the second of them for a URL of its own."""

    def __init__(self, status: str, recordings: str) -> None:
        first, last = (message(sequence=place, callback_url=status) for place in (4, 6))
        recorded = session_event(recording=RECORDING)
        second = message(sequence=5, callback_url=recordings, event=recorded)
        self.event = _enqueue(sealed(first, second, last).to_body())


def _sequences(receiver: Receiver) -> list[str]:
    return [dict(request.form)["SequenceNumber"] for request in receiver.requests]


def _ids(receiver: Receiver) -> list[str]:
    return [request.headers["webhook-id"] for request in receiver.requests]


def test_the_events_of_a_write_are_posted_in_turn_by_one_message(
    accounts: None, receive: Start, operations: list[str]
) -> None:
    receiver = receive(answering(200))
    event = Letters(receiver.url, receiver.url).event
    operations.clear()

    assert deliver_callback.handler(event, None) == {"batchItemFailures": []}

    assert _sequences(receiver) == ["4", "5", "6"]
    assert _ids(receiver) == [f"msg_{builders.SESSION_UUID}-{place}" for place in (4, 5, 6)]
    assert operations.count("GetItem") == 3, "the account, for each"


def test_an_event_that_fails_has_its_own_attempts_and_holds_up_those_behind_it(
    accounts: None, receive: Start, waits: list[int]
) -> None:
    """What was taken before it is not posted again, and the last is tried though it is given up."""
    status, down = receive(answering(200)), receive(answering(500))
    event = Letters(status.url, down.url).event

    settled = [_deliver_again(event, receives=receives) for receives in range(1, 10)]
    assert settled == [False] * 9
    assert (_sequences(status), len(down.requests)) == (["4"], 9)
    assert waits == list(GAPS_SECONDS)

    assert _deliver_again(event, receives=10)
    assert _sequences(status) == ["4", "6"]
    [letter] = _dead_letters()
    [given_up] = SealedMessage.from_body(letter["Body"]).events
    assert given_up["sequence"] == 5


def test_after_a_slow_answer_the_next_event_waits_for_a_run_of_its_own(
    accounts: None, receive: Start, waits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = receive(answering(200))
    event = Letters(receiver.url, receiver.url).event
    began = clock.now_ms()
    # A request takes eleven seconds.
    monkeypatch.setattr(clock, "now_ms", lambda: began + 11_000 * len(receiver.requests))

    settled = [_deliver_again(event, receives=receives) for receives in (1, 2, 3)]

    assert settled == [False, False, True]
    assert _sequences(receiver) == ["4", "5", "6"]
    assert waits == [0, 0]


def test_a_dead_endpoint_is_waited_for_in_short(
    accounts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed: list[float] = []

    def send(_: HttpRequest, *, seconds: float, **__: Any) -> HttpAnswer:
        allowed.append(seconds)
        raise TimeoutError

    monkeypatch.setattr(delivery, "send", send)
    event = _enqueue(sealed(message()).to_body())
    settled = [_deliver_again(event, receives=receives) for receives in range(1, 11)]

    assert settled == [False] * 9 + [True]
    assert allowed == [10, 10, 3, 3, 10, 3, 3, 10, 3, 10]


def test_a_slow_endpoint_that_was_away_gets_its_event(
    accounts: None, receive: Start, monkeypatch: pytest.MonkeyPatch, logged: StringIO
) -> None:
    """It works again after the second request, and takes longer than the short ones wait."""
    monkeypatch.setattr(attempts, "SECONDS", [seconds / 5 for seconds in attempts.SECONDS])
    receiver = receive(AwayThenSlow(times=2, seconds=0.9))
    event = _enqueue(sealed(message(callback_url=receiver.url)).to_body())

    settled = [_deliver_again(event, receives=receives) for receives in range(1, 6)]

    assert settled == [False] * 4 + [True]
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    reasons = [line["reason"] for line in lines if "attempt" in line]
    assert reasons == ["HTTP 503"] * 2 + ["no answer in time"] * 2 + ["HTTP 200"]
    assert _dead_letters() == []


def _unreachable(*_: Any, **__: Any) -> Any:
    raise EndpointConnectionError(endpoint_url="https://dynamodb.example.com")


@pytest.mark.parametrize(
    "broken",
    [
        "functions.deliver_callback.app.get_account",
        "functions.deliver_callback.app.erased_among",
        "functions.deliver_callback.app.event_from_record",
        "functions.deliver_callback.app.delivery.deliver",
        "functions.deliver_callback.app.attempts.read_progress",
    ],
)
def test_a_failure_of_ours_costs_no_attempt_and_holds_the_order(
    broken: str, accounts: None, receive: Start, waits: list[int]
) -> None:
    """A week's outage, then a receiver that is down: it still gets all its requests."""
    receiver = receive(answering(500))
    event = _enqueue(sealed(message(callback_url=receiver.url)).to_body())
    erasures.announce(builders.MAIN_ID, clock.now_ms())

    with patch(broken, _unreachable):
        for receives in (2, 3, 4, 10, 900):
            with pytest.raises(FunctionFailedError):
                _deliver_again(event, receives=receives)
    assert receiver.requests == _dead_letters() == []
    assert waits == [10, 20, 40, 600, 600]

    waits.clear()
    settled = [_deliver_again(event, receives=901 + times) for times in range(10)]
    assert settled == [False] * 9 + [True]
    assert len(receiver.requests) == 10
    assert waits == list(GAPS_SECONDS)


@pytest.mark.parametrize("operation", ["UpdateItem", "ChangeMessageVisibility"])
def test_a_request_that_is_not_counted_is_made_again(
    operation: str, accounts: None, receive: Start
) -> None:
    """Our failure, after the request: the next attempt is not brought forward by it."""
    receiver = receive(answering(500))
    event = _enqueue(sealed(message(callback_url=receiver.url)).to_body())

    def broken(call: AwsCall) -> AwsCall:
        return lambda client, name, parameters: (
            _unreachable() if name == operation else call(client, name, parameters)
        )

    with replaced_calls(broken):
        for receives in range(1, 21):
            with pytest.raises(FunctionFailedError):
                _deliver_again(event, receives=receives)

    settled = [_deliver_again(event, receives=21 + times) for times in range(10)]
    assert settled == [False] * 9 + [True]


def test_what_is_to_be_put_aside_is_not_requested_again(accounts: None, receive: Start) -> None:
    receiver = receive(answering(500))
    event = _enqueue(sealed(message(callback_url=receiver.url)).to_body())
    for receives in range(1, 10):
        _deliver_again(event, receives=receives)

    with patch("maskline.callbacks.queues.put_aside", _unreachable):
        for receives in range(10, 15):
            with pytest.raises(FunctionFailedError):
                _deliver_again(event, receives=receives)
    assert _dead_letters() == []

    assert _deliver_again(event, receives=15)
    assert _deliver_again(event, receives=16), "the queue was not told that it is done with"
    assert len(_dead_letters()) == 1
    assert len(receiver.requests) == 10


def test_an_event_that_is_a_week_old_gets_one_request(
    accounts: None, receive: Start, waits: list[int]
) -> None:
    receiver = receive(answering(500))
    event = _grow_old(_enqueue(sealed(message(callback_url=receiver.url)).to_body()), days=7)

    assert _deliver_again(event, receives=1)

    assert len(receiver.requests) == len(_dead_letters()) == 1
    assert waits == []


def test_an_event_that_grows_old_after_a_failed_request_gets_no_more(
    accounts: None, receive: Start
) -> None:
    receiver = receive(answering(500))
    event = _enqueue(sealed(message(callback_url=receiver.url)).to_body())
    assert not _deliver_again(event, receives=1)

    assert _deliver_again(_grow_old(event, days=8))

    assert len(receiver.requests) == len(_dead_letters()) == 1


def test_an_old_event_that_is_taken_is_no_dead_letter(accounts: None, receive: Start) -> None:
    receiver = receive(answering(200))
    event = _enqueue(sealed(message(callback_url=receiver.url)).to_body())

    assert _deliver_again(_grow_old(event, days=13))

    assert len(receiver.requests) == 1
    assert _dead_letters() == []


def test_a_replay_starts_with_fresh_attempts(accounts: None, receive: Start) -> None:
    receiver = receive(answering(500))
    event = _enqueue(sealed(message(callback_url=receiver.url)).to_body())
    for receives in range(1, 11):
        _deliver_again(event, receives=receives)
    boto3.client("sqs").delete_message(
        QueueUrl=settings().callback_queue_url, ReceiptHandle=event["Records"][0]["receiptHandle"]
    )

    assert replay_callbacks.handler({}, None) == {"moved": 1, "published": 0}

    (again,) = _receive()
    assert again["Attributes"]["MessageGroupId"] == "s"
    assert SealedMessage.from_body(again["Body"]).events[0]["url"] == receiver.url
    settled = [_deliver_again(_lambda_event(again), receives=times) for times in range(1, 11)]
    assert settled == [False] * 9 + [True]
    assert len(receiver.requests) == 20
    assert len(_dead_letters()) == 1


@pytest.mark.parametrize("url", ["https://10.0.0.1/", "ftp://customer.example.com/"])
def test_a_forbidden_url_is_not_waited_for(url: str, accounts: None, waits: list[int]) -> None:
    event = _enqueue(sealed(message(callback_url=url)).to_body())

    assert _deliver_again(event, receives=1)

    assert len(_dead_letters()) == 1
    assert waits == []


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "[]",
        "{}",
        queued().to_body(),
        queued(number=b"\0\1").to_body(),
        queued(account_id="MANOBODY").to_body(),
    ],
)
def test_what_can_never_be_delivered_is_not_waited_for(
    body: str, accounts: None, waits: list[int]
) -> None:
    event = _enqueue(body)

    assert _deliver_again(event, receives=1)

    assert [letter["Body"] for letter in _dead_letters()] == [body]
    assert waits == []


def test_a_subaccounts_callback_is_signed_by_the_subaccount(accounts: None, receive: Start) -> None:
    subaccount = builders.account(
        account_id="SA1", auth_tokens=("sub",), parent_id=builders.MAIN_ID
    )
    table.transact([put_account_action(subaccount)])
    receiver = receive(answering(200))

    event = _enqueue(sealed(message(callback_url=receiver.url, subaccount_id="SA1")).to_body())
    deliver_callback.handler(event, None)

    [request] = receiver.requests
    assert request.headers["x-plivo-signature-v3"]
    assert "x-plivo-signature-ma-v3" not in request.headers


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("facts", [{}, {"name": RECORDING_COMPLETED, "recording": RECORDING}])
def test_a_login_of_the_url_goes_into_a_header_and_nowhere_else(
    method: str, facts: dict[str, Any], accounts: None, receive: Start, logged: StringIO
) -> None:
    receiver = receive(answering(200))
    url = receiver.url.replace("//", "//shop:p%40ss%3Aword@") + "/cb?a=1"
    sent = message(callback_url=url, callback_method=method, event=session_event(**facts))
    queued_body = sealed(sent).to_body()

    deliver_callback.handler(_enqueue(queued_body), None)

    [request] = receiver.requests
    pair = base64.b64encode(b"shop:p@ss:word").decode()
    assert request.headers["authorization"] == f"Basic {pair}"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert validate_v3_signature(
        method,
        f"{receiver.url}{request.line.split()[1]}",
        request.headers["x-plivo-signature-v3-nonce"],
        builders.account().auth_tokens[0],
        request.headers["x-plivo-signature-v3"],
        dict(request.form),
    )
    assert "word" not in queued_body + logged.getvalue() + request.line + str(request.body)


def test_a_login_that_was_moved_to_another_session_opens_nothing(
    accounts: None, receive: Start
) -> None:
    receiver = receive(answering(200))
    url = receiver.url.replace("//", "//shop:word@")
    theirs = sealed(message(callback_url=url))
    other = sealed(message(session_uuid="another"))

    moved = replace(other, events=[other.events[0] | {"url": theirs.events[0]["url"]}])
    assert _deliver_again(_enqueue(moved.to_body()), receives=1)

    assert receiver.requests == []
    assert len(_dead_letters()) == 1


@pytest.mark.parametrize("name", ["PUBLIC_BASE_URL", "API_BASE_URL"])
def test_no_callback_is_sent_to_ourselves(
    name: str, accounts: None, receive: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = receive(answering(200))
    monkeypatch.setenv(name, receiver.url)
    settings.cache_clear()

    assert _deliver_again(_enqueue(sealed(message(callback_url=receiver.url)).to_body()))

    assert receiver.requests == []
    assert len(_dead_letters()) == 1


def test_a_callback_on_its_way_names_nobody_who_was_erased_meanwhile(
    accounts: None, receive: Start
) -> None:
    """Not the person, and not where their voice is; its place and its other party are told."""
    receiver = receive(answering(200))
    told = message(callback_url=receiver.url, event=session_event(recording=RECORDING))
    event = _enqueue(sealed(told).to_body())
    _erase(builders.party(0))

    deliver_callback.handler(event, None)

    (request,) = receiver.requests
    fields = dict(request.form)
    assert (fields["From"], fields["To"]) == ("", builders.party(1).removeprefix("+"))
    assert (fields["RecordingURL"], fields["RecordingResourceURL"]) == ("", "")
    assert (fields["SequenceNumber"], fields["RecordingDuration"]) == ("4", "30")


def _erase(number: E164) -> None:
    """What a run of erasures writes of a session: its announcement first."""
    erasures.announce(builders.MAIN_ID, clock.now_ms())
    table.put(erasures.tombstone(_order_for(number), builders.SESSION_UUID, builders.NOW))


def test_an_account_without_erasures_is_asked_for_no_tombstones(
    accounts: None, receive: Start, operations: list[str]
) -> None:
    event = _enqueue(sealed(message(callback_url=receive(answering(200)).url)).to_body())
    operations.clear()

    deliver_callback.handler(event, None)

    assert "BatchGetItem" not in operations


def test_who_is_erased_while_a_message_is_posted_is_named_by_none_of_its_later_events(
    accounts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account was read before their erasure began, for the first event alone."""
    posted: list[str] = []

    def send(request: HttpRequest, **_: Any) -> HttpAnswer:
        posted.append((request.body or b"").decode())
        _erase(builders.party(0))
        return HttpAnswer(200, "")

    monkeypatch.setattr(delivery, "send", send)
    url = "https://customer.example.com/"
    deliver_callback.handler(Letters(url, url).event, None)

    assert ["&From=&" in body for body in posted] == [False, True, True]


def test_an_erasure_of_the_main_account_counts_for_its_subaccounts(
    accounts: None, receive: Start
) -> None:
    sub = builders.account(account_id="SA1", auth_tokens=("sub",), parent_id=builders.MAIN_ID)
    table.transact([put_account_action(sub)])
    receiver = receive(answering(200))
    event = _enqueue(sealed(message(callback_url=receiver.url, subaccount_id="SA1")).to_body())
    _erase(builders.party(0))

    deliver_callback.handler(event, None)

    assert dict(receiver.requests[0].form)["From"] == ""


@pytest.mark.parametrize("days", [0, 0.5, 30])
def test_tombstones_are_announced_for_longer_than_they_live(accounts: None, days: float) -> None:
    erasures.announce(builders.MAIN_ID, builders.NOW)
    now = builders.NOW + int(days * 86_400_000)
    erasures.announce(builders.MAIN_ID, now)

    found = get_account(builders.MAIN_ID)
    assert found
    minute_later = now + 60_000
    tombstone = erasures.tombstone(_order_for(builders.party(0)), "session", minute_later)
    assert found.erasures_until > tombstone["ttl"] * 1000


def _order_for(number: E164) -> ErasureOrder:
    person = erasures.person_keys(builders.MAIN_ID, number)
    return ErasureOrder(
        "an-erasure", builders.MAIN_ID, person, "", builders.NOW, builders.REQUEST_ID
    )


@pytest.mark.parametrize("body", ['{"from": "+12025550101"}', "{url}"])
def test_no_log_line_holds_a_number_or_a_url(
    body: str, accounts: None, receive: Start, logged: StringIO
) -> None:
    receiver = receive(answering(500))
    told = sealed(message(callback_url=f"{receiver.url}/?phone=12025550101")).to_body()

    # A body that is none of ours goes on as it came, and here it is searched for what we emit.
    with patch("maskline.callbacks.queues.put_aside"):
        deliver_callback.handler(_enqueue(body.replace("{url}", told)), None)

    assert '"event":"' in logged.getvalue()
    assert "2025550" not in logged.getvalue()
    assert "127.0.0.1" not in logged.getvalue()


def test_a_replay_takes_a_limit(cloud: None) -> None:
    nothing = {"moved": 0, "published": 0}
    assert replay_callbacks.handler(load_event("replay_callbacks_limited"), None) == nothing


@pytest.mark.parametrize(
    "name", sorted(file.stem for file in EVENTS.glob("deliver_callback_*.json"))
)
def test_every_event_file_is_a_callback(name: str) -> None:
    (record,) = load_event(name)["Records"]

    assert (
        SealedMessage.from_body(record["body"]).key
        == (record["attributes"]["MessageDeduplicationId"])
    )
