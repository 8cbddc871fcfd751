"""The operator's commands on AWS: they say what was done, or which field is wrong, and exit so."""

import io
import json
import stat
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from functions.provision_account import app
from local.aws import template
from maskline.carriers import UnknownCarrierError, carrier
from maskline.observability import FunctionFailedError
from tools.operator import new_account, operate

FUNCTIONS = ("ProvisionAccountFunction", "RotateKeysFunction", "ReplayCallbacksFunction")


class Stack:
    """A deployed stack as the commands meet it; the SDK checks what is asked and answered."""

    region_name = "eu-central-1"

    def __init__(self, *answers: dict[str, Any], outputs: tuple[str, ...] = FUNCTIONS) -> None:
        self.answers = {
            "sts": [("get_caller_identity", {"Account": "123456789012"}, {})],
            "cloudformation": [("describe_stacks", {"Stacks": [_described(outputs)]}, ANY)],
            "lambda": [("invoke", answer, ANY) for answer in answers],
        }

    def client(self, service: str, **_: Any) -> Any:
        client: Any = boto3.session.Session(region_name=self.region_name).client(service)
        stubber = Stubber(client)
        for name, answer, expected in self.answers[service]:
            asked = None if expected is ANY else expected
            stubber.add_response(name, answer, asked)
        stubber.activate()
        return client


def _described(outputs: tuple[str, ...]) -> dict[str, Any]:
    named = [{"OutputKey": f"{one}Name", "OutputValue": f"maskline-{one}"} for one in outputs]
    created = {"CreationTime": "2026-01-01T00:00:00Z", "StackStatus": "CREATE_COMPLETE"}
    return {"StackName": "maskline", "Outputs": named} | created


def answered(payload: object, **more: str) -> dict[str, Any]:
    body = json.dumps(payload).encode()
    return {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(body), len(body))} | more


def refused(order: dict[str, Any]) -> dict[str, Any]:
    """What Lambda makes of an order that the real function refuses."""
    with pytest.raises(FunctionFailedError) as refusal:
        app.handler(order, None)
    error = {"errorMessage": str(refusal.value), "errorType": "FunctionFailedError"}
    return answered(error, FunctionError="Unhandled")


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command on a stack; the exit code."""

    def run(stack: Stack, *arguments: str) -> int:
        monkeypatch.setattr(boto3, "Session", lambda region_name: stack)
        return operate.main(["maskline", *arguments])

    return run


@pytest.fixture
def order(tmp_path: Path) -> str:
    path = tmp_path / "account.json"
    path.write_text(json.dumps(new_account.order()))
    return str(path)


def test_an_order_that_was_carried_out_is_said_to_be(
    on: Any, order: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = Stack(answered({"message": "provisioned", "auth_id": "MA1"}))

    assert on(stack, "ProvisionAccountFunction", "--order", order) == 0

    place, answer = capsys.readouterr().out.splitlines()
    assert place == "Stack maskline, account 123456789012, Region eu-central-1"
    assert json.loads(answer)["message"] == "provisioned"


def test_an_order_that_was_refused_ends_with_the_field_that_is_wrong(
    on: Any, order: str, capsys: pytest.CaptureFixture[str]
) -> None:
    short = {"account": {"auth_id": "MA" + "A" * 18, "auth_tokens": ["too short"]}}

    assert on(Stack(refused(short)), "ProvisionAccountFunction", "--order", order) == 1

    told = capsys.readouterr().err
    assert "auth_tokens must have 32 characters or more" in told
    assert "too short" not in told


def test_an_order_comes_by_standard_input_too(on: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("{}"))

    assert on(Stack(answered({})), "ProvisionAccountFunction", "--order", "-") == 0


@pytest.mark.parametrize("content", [None, "", "{"])
def test_an_order_that_cannot_be_read_is_not_sent(
    on: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    path = tmp_path / "account.json"
    if content is not None:
        path.write_text(content)

    assert on(Stack(), "ProvisionAccountFunction", "--order", str(path)) == 1
    assert capsys.readouterr().err.startswith("The order cannot be read: ")


def test_one_that_may_take_long_is_started_and_says_where_to_look(
    on: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = Stack({"StatusCode": 202})
    log = {"LoggingConfig": {"LogGroup": "keys-log"}}
    stack.answers["lambda"].append(("get_function_configuration", log, ANY))

    assert on(stack, "RotateKeysFunction", "--start") == 0
    assert "group keys-log, the streams with" in capsys.readouterr().out


def test_a_stack_of_something_else_is_not_asked(
    on: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert on(Stack(outputs=()), "ReplayCallbacksFunction") == 1
    assert "names no ReplayCallbacksFunction" in capsys.readouterr().err


def test_the_template_names_every_function_that_the_commands_ask_for() -> None:
    outputs = template.load_source()["Outputs"]
    makefile = (template.ROOT / "Makefile").read_text()

    for function in FUNCTIONS:
        assert outputs[f"{function}Name"]["Value"] == {"Ref": function}
        assert f"tools.operator.operate $(STACK) {function} " in makefile


def test_whatever_is_waited_for_ends_before_the_client_gives_up() -> None:
    source = template.load_source()["Resources"]
    for function in ("ProvisionAccountFunction", "ReplayCallbacksFunction"):
        assert source[function]["Properties"]["Timeout"] < operate.READ_SECONDS


def test_a_drawn_account_is_one_that_can_be_provisioned_and_is_nobody_elses_to_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "account.json"
    new_account.write(path)

    drawn = json.loads(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(drawn["account"]["auth_id"]) == 20
    # Only what is the operator's to fill in is missing.
    with pytest.raises(FunctionFailedError, match="secrets"):
        app.handler(drawn, None)
    with pytest.raises(FileExistsError):
        new_account.write(path)
    assert json.loads(path.read_text()) == drawn


def test_a_drawn_order_has_blanks_for_each_carrier_under_its_own_names(tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    new_account.write(path, "twilio", "jambonz")

    twilio, jambonz = json.loads(path.read_text())["carriers"]
    assert twilio == {"carrier": "twilio", "account_sid": "", "secrets": {"auth_token": [""]}}
    assert jambonz["secrets"] == {name: [""] for name in carrier("jambonz").secrets}
    assert jambonz["api_url"] == ""
    with pytest.raises(UnknownCarrierError):
        new_account.write(tmp_path / "other.json", "nobody")
    assert not (tmp_path / "other.json").exists()
