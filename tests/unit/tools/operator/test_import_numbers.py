"""`make import-numbers` on a deployed stack: as many runs as it takes, one table, one sentence."""

import io
import json
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from tools.operator import import_numbers

ACCOUNT = "MA" + "A" * 18
FIRST, SECOND, THIRD = "+12025550190", "+12025550191", "+442079460190"


def row(number: str, **changes: str) -> dict[str, str]:
    known = {"country": "US", "pool": "in", "webhooks": "ours", "note": ""}
    return {"number": number, **known, **changes}


class Stack:
    """A deployed stack; each answer is that of one run of the function."""

    region_name = "eu-central-1"

    def __init__(self, *answers: dict[str, Any], error: str = "") -> None:
        self._answers = answers
        self._error = error
        self.orders: list[dict[str, Any]] = []

    def client(self, service: str, **_: Any) -> Any:
        client: Any = boto3.session.Session(region_name=self.region_name).client(service)
        stubber = Stubber(client)
        match service:
            case "sts":
                stubber.add_response("get_caller_identity", {"Account": "123456789012"}, {})
            case "cloudformation":
                name = "ProvisionAccountFunctionName"
                stack = {
                    "StackName": "maskline",
                    "CreationTime": "2026-01-01T00:00:00Z",
                    "StackStatus": "CREATE_COMPLETE",
                    "Outputs": [{"OutputKey": name, "OutputValue": "provision"}],
                }
                stubber.add_response("describe_stacks", {"Stacks": [stack]})
            case "lambda":
                run = len(self.orders)
                body = json.dumps(self._answers[run]).encode()
                answer = {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body))}
                answer |= {"FunctionError": self._error} if self._error else {}
                stubber.add_response("invoke", answer)
                client.meta.events.register("provide-client-params.lambda.Invoke", self._note)
        stubber.activate()
        return client

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self.orders.append(json.loads(params["Payload"])["import"])


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the command on a stack; the exit code."""

    def run(stack: Stack, *arguments: str) -> int:
        monkeypatch.setattr(boto3, "Session", lambda region_name: stack)
        named = (ACCOUNT, "plivo", "--stack", "maskline")
        return import_numbers.main([*named, *arguments])

    return run


def test_it_goes_on_until_the_list_is_at_its_end(
    on: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = Stack(
        {"numbers": [row(FIRST, pool="added", webhooks="set")], "next": 1},
        {"numbers": [row(SECOND, pool="out", webhooks="elsewhere", note="takes no calls")]}
        | {"next": None},
    )

    wanted = ("--numbers", f"{FIRST},{THIRD}", "--countries", "US,GB", "--configure")
    assert on(stack, *wanted) == 0

    place, *table = capsys.readouterr().out.splitlines()
    assert place == "Stack maskline, account 123456789012, Region eu-central-1"
    assert table == [
        "NUMBER         COUNTRY  POOL   WEBHOOKS   NOTE",
        "+12025550190   US       added  set",
        "+12025550191   US       out    elsewhere  takes no calls",
        "+442079460190           out               the carrier does not list it",
        "2 numbers at the carrier: 1 added, webhooks of 1 set, 2 with a note",
    ]
    order = {
        "account": ACCOUNT,
        "carrier": "plivo",
        "numbers": [FIRST, THIRD],
        "countries": ["US", "GB"],
        "all": False,
        "configure": True,
    }
    assert stack.orders == [order | {"start": 0}, order | {"start": 1}]


def test_nothing_asked_for_orders_nothing(on: Any) -> None:
    stack = Stack({"numbers": [], "next": None})

    assert on(stack) == 0

    [order] = stack.orders
    asked = ("numbers", "countries", "all", "configure")
    assert not any(order[name] for name in asked)


def test_a_refusal_is_told_and_ends_it(on: Any, capsys: pytest.CaptureFixture[str]) -> None:
    reason = "carrier must be one that the account has credentials for"
    stack = Stack({"errorMessage": f"InvalidParameterError: {reason}"}, error="Unhandled")

    assert on(stack, "--all") == 1
    assert reason in capsys.readouterr().err
