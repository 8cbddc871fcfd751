"""`make smoke` on a deployed stack: by its outputs, the operator's function and the stack's log.

The stack is the local one, in this process; an SDK that answers as AWS does leads to it.
"""

import io
import json
import os
import re
import signal
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from local.aws.engine import Engine
from local.stack.stack import LocalStack
from maskline import clock
from tests.e2e.broken_front import Asked, broken_front
from tests.e2e.customer import Mailbox
from tests.e2e.wire import Answer
from tests.support.log_capture import captured_logs
from tools.smoke import __main__ as smoke
from tools.smoke.places import AwsPlace

LOG_GROUP = "log-of-callbacks"
_CONDITION = re.compile(r'\$\.(\w+) = "([^"]*)"')


class DeployedStack:
    """What the SDK answers of it: one object stands for its clients and its paginator."""

    region_name = "us-east-1"

    def __init__(self, stack: LocalStack, api: str, log: io.StringIO) -> None:
        self._stack, self._api, self._log = stack, api, log

    def client(self, service: str, **_: Any) -> "DeployedStack":
        assert service in {"sts", "cloudformation", "lambda", "logs"}
        return self

    def get_paginator(self, name: str) -> "DeployedStack":
        assert name == "filter_log_events"
        return self

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012"}

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 # the SDK's form
        known = self._stack.engine.environment
        outputs = {
            "ApiUrl": self._api,
            "TableName": known["TABLE_NAME"],
            "DeploymentSecretArn": known["DEPLOYMENT_SECRET_ARN"],
            "ProvisionAccountFunctionName": "provision_account",
        }
        named = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
        alarm = {"ParameterKey": "FreeNumbersAlarmBelow", "ParameterValue": "7"}
        return {"Stacks": [{"Outputs": named, "Parameters": [alarm]}]}

    def describe_stack_resources(
        self,
        StackName: str,  # noqa: N803
        LogicalResourceId: str,  # noqa: N803
    ) -> dict[str, Any]:
        function = self._stack.deployment.functions[LogicalResourceId]
        return {"StackResources": [{"PhysicalResourceId": function.folder}]}

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "deliver_callback"
        return {"LoggingConfig": {"LogGroup": LOG_GROUP}}

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        answer = self._stack.runtime.invoke_by_folder(FunctionName, json.loads(Payload))
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}

    def paginate(
        self,
        logGroupName: str,  # noqa: N803
        startTime: int,  # noqa: N803
        filterPattern: str,  # noqa: N803
    ) -> Iterator[dict[str, Any]]:
        assert logGroupName == LOG_GROUP
        assert startTime <= clock.now_ms()
        wanted = dict(_CONDITION.findall(filterPattern)).items()
        for line in self._log.getvalue().splitlines():
            if line.startswith("{") and wanted <= json.loads(line).items():
                yield {"events": [line]}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged. What the command does to signals is undone."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with captured_logs() as text, pytest.MonkeyPatch.context() as patch:
        # Whatever the command puts there goes again.
        for name in ("TABLE_NAME", "DEPLOYMENT_SECRET_ARN", "AWS_DEFAULT_REGION"):
            patch.setenv(name, os.environ.get(name, ""))
        yield text
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_a_deployed_stack_is_tried_by_what_its_outputs_name(
    running_engine: Engine,
    log: io.StringIO,
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    paths: list[str] = []

    def api_alone(asked: Asked) -> Answer:
        """The public API has a host of its own."""
        paths.append(asked.path)
        return asked.pass_on()

    with LocalStack(engine=running_engine) as stack, broken_front(stack.url, api_alone) as api:
        deployed = DeployedStack(stack, api, log)
        sdk = SimpleNamespace(Session=lambda region_name: deployed)
        monkeypatch.setattr(smoke, "boto3", sdk)
        monkeypatch.setattr(AwsPlace, "let_pass", lambda _, seconds: stack.advance(seconds))
        monkeypatch.setattr(AwsPlace, "now_ms", lambda _: clock.now_ms())

        exit_code = smoke.main(["maskline", "--callback-url", mailbox.url])

    told = capsys.readouterr().out.splitlines()
    assert exit_code == 0, "\n".join(told)
    assert told[0] == "Stack maskline, account 123456789012, Region us-east-1"
    assert sum(line.startswith("pass  ") for line in told) == 17
    assert all(path.startswith("/v1/Account/") for path in paths)
    assert any(line.endswith("10 fictional numbers are in its pool.") for line in told)
    assert any("14 callbacks were taken" in line for line in told)
    assert len(mailbox.received) == 14
