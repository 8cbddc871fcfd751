"""The local stack with handlers of the test's own: what it calls, when, and with which events."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.aws.declarations import EventSourceMapping, Function, Queue, Route, Schedule
from local.aws.deployment import Deployment
from local.aws.engine import Engine
from local.stack.stack import LocalStack
from tests.support.observation import recorded_api_calls

TTL_FILTER = '{"eventName":["REMOVE"],"userIdentity":{"principalId":["dynamodb.amazonaws.com"]}}'
OUTBOX_FILTER = '{"dynamodb":{"NewImage":{"outbox":{"S":["x"]}}}}'
REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
TABLE = {
    "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}


URLS = {
    "answer_url": "http://service/call/answer/MA1/t",
    "hangup_url": "http://service/event/hangup/MA1/t",
}


class Handlers:
    """Records every event by function; `on` sets what a function does."""

    def __init__(self) -> None:
        self.events: dict[str, list[Any]] = {}
        self.behaviour: dict[str, Callable[[Any], Any]] = {
            "provision_account": lambda _: {"carriers": {"plivo": URLS}, "numbers": []}
        }

    def load(self, function: Function) -> Callable[[Any, Any], Any]:
        def handler(event: Any, context: Any) -> Any:
            assert context.get_remaining_time_in_millis() > 0
            self.events.setdefault(function.folder, []).append(event)
            return self.behaviour.get(function.folder, lambda _: {"statusCode": 200})(event)

        return handler

    def records(self, folder: str) -> list[Any]:
        return [record for event in self.events.get(folder, []) for record in event["Records"]]


def function(folder: str) -> Function:
    return Function(folder, folder, "app.handler", 5, {"TABLE_NAME": {"Ref": "Table"}}, ())


def stream_to(target: str, pattern: str, **properties: Any) -> EventSourceMapping:
    return EventSourceMapping(target, target, "Table", 10, (pattern,), REPORTS | properties)


def deployment_of(handlers: Handlers) -> Deployment:
    folders = ("provision_account", "add_numbers", "echo", "publish", "recover", "deliver", "tick")
    onward = {"MaximumRetryAttempts": 1, "BisectBatchOnFunctionError": True}
    onward["DestinationConfig"] = {"OnFailure": {"Destination": {"Fn::GetAtt": ["Lost", "Arn"]}}}
    return Deployment(
        functions={folder: function(folder) for folder in folders},
        routes=(
            Route("POST", "/v1/Account/{auth_id}/Number", "add_numbers", "v1"),
            Route("POST", "/echo/{name}", "echo"),
        ),
        gateway_responses={},
        mappings=(
            stream_to("publish", OUTBOX_FILTER),
            stream_to("recover", TTL_FILTER, **onward),
            EventSourceMapping("deliver", "deliver", "Callbacks", 1, (), REPORTS),
        ),
        schedules=(
            Schedule("Tick", "tick", "rate(1 minute)"),
            Schedule("Tock", "tick", "rate(1 minute)", {"part": 1}),
        ),
        queues=(
            Queue("Callbacks", {"FifoQueue": "true", "VisibilityTimeout": "30"}, "Dead", 2),
            Queue("Dead", {"FifoQueue": "true"}),
            Queue("Lost"),
        ),
        secrets={},
        kms_keys={},
        table_id="Table",
        table=TABLE,
        ttl_attribute="ttl",
        load=handlers.load,
    )


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(deployment_of(Handlers())) as engine:
        yield engine


@pytest.fixture
def handlers() -> Handlers:
    return Handlers()


@pytest.fixture
def stack(engine: Engine, handlers: Handlers) -> Iterator[LocalStack]:
    engine.deployment = deployment_of(handlers)
    with LocalStack(engine=engine) as stack:
        yield stack


def put(stack: LocalStack, key: str, **attributes: Any) -> None:
    item = {"PK": {"S": key}} | attributes
    stack.engine.client("dynamodb").put_item(TableName=stack.engine.table_name, Item=item)


def send(stack: LocalStack, group: str, body: str) -> None:
    stack.engine.client("sqs").send_message(
        QueueUrl=stack.engine.queue_urls["Callbacks"],
        MessageBody=body,
        MessageGroupId=group,
        MessageDeduplicationId=body,
    )


def post(url: str, content: Any) -> Any:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(content).encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 8
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def test_account_numbers_and_carrier_are_seeded_through_the_service(
    stack: LocalStack, handlers: Handlers
) -> None:
    account, *imports = handlers.events["provision_account"]
    numbers, *others = handlers.events["add_numbers"]

    info = stack.info()
    assert account["account"]["auth_id"] == info["auth_id"]
    carrier, known = account["carriers"][0], info["carriers"]["plivo"]
    assert carrier["secrets"] == {"auth_token": [known["auth_token"]]}
    assert carrier["api_url"] == known["api_url"]
    assert known | URLS == known
    assert numbers["pathParameters"] == {"auth_id": info["auth_id"]}
    assert len(others) + 1 == len(account["carriers"]) == len(info["carriers"])
    assert info["numbers"] == [n for one in info["carriers"].values() for n in one["numbers"]]
    wanted = {"account": info["auth_id"], "configure": True}
    assert imports == [{"import": wanted | {"carrier": name}} for name in info["carriers"]]
    assert f"+{json.loads(numbers['body'])['numbers'].split(',')[0]}" == info["numbers"][0]


def test_route_is_served_by_its_handler(stack: LocalStack, handlers: Handlers) -> None:
    handlers.behaviour["echo"] = lambda event: {"statusCode": 200, "body": event["body"]}

    assert post(f"{stack.url}/echo/x", {"a": 1}) == {"a": 1}
    assert post(f"{stack.url}/local/functions/tick", {"b": 2}) == {"statusCode": 200}
    assert handlers.events["tick"][-1] == {"b": 2}


def test_stream_records_that_pass_the_filter_arrive_in_order(
    stack: LocalStack, handlers: Handlers
) -> None:
    for index in range(30):
        put(stack, f"item-{index}", outbox={"S": "x"})
        put(stack, f"other-{index}")
    stack.settle()

    keys = [record["dynamodb"]["Keys"]["PK"]["S"] for record in handlers.records("publish")]
    assert keys == [f"item-{index}" for index in range(30)]
    assert handlers.records("publish")[0]["eventName"] == "INSERT"
    assert handlers.records("recover") == []


def test_a_third_reader_of_a_stream_is_refused(engine: Engine, handlers: Handlers) -> None:
    """As many as AWS throttles; the other two are named with it."""
    two = deployment_of(handlers)
    engine.deployment = replace(two, mappings=(*two.mappings, stream_to("tick", OUTBOX_FILTER)))

    with pytest.raises(ValueError, match="publish, stream to recover, stream to tick"):
        LocalStack(engine=engine).start()


def test_failed_stream_record_is_repeated_before_those_after_it(
    stack: LocalStack, handlers: Handlers
) -> None:
    seen: list[str] = []

    def publish(event: Any) -> Any:
        for record in event["Records"]:
            key = record["dynamodb"]["Keys"]["PK"]["S"]
            seen.append(key)
            if key == "b" and seen.count("b") == 1:
                number = record["dynamodb"]["SequenceNumber"]
                return {"batchItemFailures": [{"itemIdentifier": number}]}
        return {"batchItemFailures": []}

    handlers.behaviour["publish"] = publish
    for key in "abc":
        put(stack, key, outbox={"S": "x"})
    stack.settle()

    assert seen == ["a", "b", "b", "c"]


def test_item_past_its_time_to_live_is_removed_in_the_name_of_the_service(
    stack: LocalStack, handlers: Handlers
) -> None:
    soon = int(time.time()) + 3000
    put(stack, "expires", ttl={"N": str(soon)})
    put(stack, "stays", ttl={"S": str(soon)})
    put(stack, "deleted")
    stack.engine.client("dynamodb").delete_item(
        TableName=stack.engine.table_name, Key={"PK": {"S": "deleted"}}
    )

    post(f"{stack.url}/local/clock", {"advance_seconds": 3600})
    stack.settle()

    (record,) = handlers.records("recover")
    assert record["dynamodb"]["OldImage"]["PK"] == {"S": "expires"}
    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert {"Scheduled Event", None} == {
        event.get("detail-type") for event in handlers.events["tick"]
    }
    assert {"part": 1} in handlers.events["tick"]


def test_stream_record_that_keeps_failing_goes_to_the_destination(
    stack: LocalStack, handlers: Handlers
) -> None:
    def fail(event: Any) -> Any:
        raise RuntimeError

    handlers.behaviour["recover"] = fail
    put(stack, "expires", ttl={"N": "1700000000"})
    stack.advance(1)
    stack.settle()

    lost = stack.engine.client("sqs").receive_message(QueueUrl=stack.engine.queue_urls["Lost"])
    (message,) = lost["Messages"]
    condition = json.loads(message["Body"])["requestContext"]["condition"]
    assert condition == "RetryAttemptsExhausted"


def test_slow_message_group_does_not_hold_up_another(stack: LocalStack, handlers: Handlers) -> None:
    released = threading.Event()
    done: list[str] = []

    def deliver(event: Any) -> Any:
        body = event["Records"][0]["body"]
        if body == "slow-1":
            released.wait(5)
        done.append(body)
        return {"batchItemFailures": []}

    handlers.behaviour["deliver"] = deliver
    for body in ("slow-1", "slow-2", "quick-1", "quick-2"):
        send(stack, body.partition("-")[0], body)

    eventually(lambda: len(done) == 2)
    released.set()
    eventually(lambda: len(done) == 4)
    assert done == ["quick-1", "quick-2", "slow-1", "slow-2"]


def test_failed_message_comes_again_and_ends_in_the_dead_letter_queue(
    stack: LocalStack, handlers: Handlers
) -> None:
    sqs, queues = stack.engine.client("sqs"), stack.engine.queue_urls

    def deliver(event: Any) -> Any:
        (record,) = event["Records"]
        sqs.change_message_visibility(
            QueueUrl=queues["Callbacks"],
            ReceiptHandle=record["receiptHandle"],
            VisibilityTimeout=600,
        )
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}

    handlers.behaviour["deliver"] = deliver
    send(stack, "group", "never")
    for attempt in (1, 2):
        eventually(lambda attempt=attempt: len(handlers.records("deliver")) == attempt)
        stack.settle()
        stack.release_messages()

    eventually(lambda: bool(sqs.receive_message(QueueUrl=queues["Dead"]).get("Messages")))
    counts = [
        record["attributes"]["ApproximateReceiveCount"] for record in handlers.records("deliver")
    ]
    assert counts == ["1", "2"]


def test_observer_knows_which_function_makes_a_call(stack: LocalStack, handlers: Handlers) -> None:
    def tick(_: Any) -> Any:
        put(stack, "from-tick")

    handlers.behaviour["tick"] = tick
    with recorded_api_calls() as calls:
        stack.runtime.invoke_by_folder("tick", {})
        put(stack, "from-the-test")

    puts = [call.function for call in calls if call.operation == "PutItem"]
    assert puts == ["tick", None]


def test_clock_refuses_to_go_back(stack: LocalStack) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400") as error:
        post(f"{stack.url}/local/clock", {"advance_seconds": -1})
    error.value.close()
