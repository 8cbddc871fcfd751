"""The lines about audit entries, as CloudWatch Logs gives them and a file has them."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from local.aws import template
from tests.support.observation import recorded_api_calls
from tools.trail.log_lines import Line, in_cloudwatch, in_file

POLICY = json.loads((template.ROOT / "docs" / "deploying" / "operator.json").read_text())
LINE = {
    "level": "INFO",
    "event": "audit_entry",
    "partition": "AUDIT#20513#4",
    "place": "001772361877500#MA1#api-2",
    "code": "0a0b",
    "kept_until": 1806921877,
}
TOLD = Line("AUDIT#20513#4", "001772361877500#MA1#api-2", b"\x0a\x0b", 1806921877)
PATTERN = '{ $.event = "audit_entry" }'
RESOURCES = [
    ("Table", "AWS::DynamoDB::Table", "maskline-Table-1"),
    ("OneLogGroup", "AWS::Logs::LogGroup", "maskline-one"),
    ("OtherLogGroup", "AWS::Logs::LogGroup", "maskline-other"),
]


class Account:
    """An AWS account with a stack; the SDK checks what is asked and answered."""

    def __init__(self) -> None:
        self._clients = {
            "cloudformation": _stubbed(
                "cloudformation",
                ("list_stack_resources", {"StackName": "staging"}, _listed(RESOURCES[:2], "more")),
                (
                    "list_stack_resources",
                    {"StackName": "staging", "NextToken": "more"},
                    _listed(RESOURCES[2:]),
                ),
            ),
            "logs": _stubbed(
                "logs",
                ("filter_log_events", _asked("one"), _page(json.dumps(LINE), token="more")),
                ("filter_log_events", _asked("one", nextToken="more"), _page(json.dumps(LINE))),
                ("filter_log_events", _asked("other"), _page()),
            ),
        }

    def client(self, service: str) -> Any:
        return self._clients[service]


def _stubbed(service: str, *answers: tuple[str, dict[str, Any], dict[str, Any]]) -> Any:
    client: Any = boto3.session.Session().client(
        service, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    stubber = Stubber(client)
    for operation, asked, answer in answers:
        stubber.add_response(operation, answer, asked)
    stubber.activate()
    return client


def _listed(resources: list[tuple[str, str, str]], token: str = "") -> dict[str, Any]:
    summaries = [
        {
            "LogicalResourceId": logical,
            "ResourceType": kind,
            "PhysicalResourceId": physical,
            "LastUpdatedTimestamp": "2026-01-01T00:00:00Z",
            "ResourceStatus": "CREATE_COMPLETE",
        }
        for logical, kind, physical in resources
    ]
    return {"StackResourceSummaries": summaries} | ({"NextToken": token} if token else {})


def _asked(name: str, **more: str) -> dict[str, Any]:
    return {
        "logGroupName": f"maskline-{name}",
        "filterPattern": PATTERN,
        "startTime": 1000,
        **more,
    }


def _page(*messages: str, token: str = "") -> dict[str, Any]:
    events = [{"message": message} for message in messages]
    return {"events": events} | ({"nextToken": token} if token else {})


def test_every_log_group_of_the_stack_is_read_to_its_end_as_the_operator_may() -> None:
    with recorded_api_calls() as calls:
        assert in_cloudwatch(Account(), "staging", since=1000) == [TOLD, TOLD]

    allowed = {action for one in POLICY["Statement"] for action in one["Action"]}
    assert len(calls) == 5
    assert {f"{call.service}:{call.operation}" for call in calls} <= allowed


@pytest.mark.parametrize("as_json", [False, True])
def test_a_file_has_other_lines_too(as_json: bool, tmp_path: Path) -> None:
    lines = ["START RequestId", "[1]", "7", '{"event": "session_created"}', "{}", json.dumps(LINE)]
    file = tmp_path / "log"
    file.write_text(json.dumps(lines) if as_json else "\n".join(lines))

    assert in_file(file) == [TOLD]


def test_lambda_drops_no_line_about_an_entry() -> None:
    """Lambda filters by level where a function's LoggingConfig says so; ours is of level INFO.

    docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html: with the format
    JSON the level is INFO, unless said.
    """
    functions = template.resources("AWS::Lambda::Function").values()
    levels = {one["LoggingConfig"].get("ApplicationLogLevel", "INFO") for one in functions}

    assert levels <= {"TRACE", "DEBUG", "INFO"}


def test_no_function_may_take_a_line_away() -> None:
    """AWS's own policy lets it create groups and streams, and put events. Ours say nothing."""
    roles = template.resources("AWS::IAM::Role").values()
    named = {one for role in roles for one in role["ManagedPolicyArns"] if isinstance(one, str)}
    documents = [
        *(policy["PolicyDocument"] for role in roles for policy in role.get("Policies", [])),
        *(one["PolicyDocument"] for one in template.resources("AWS::IAM::ManagedPolicy").values()),
    ]
    listed = [one["Action"] for document in documents for one in document["Statement"]]
    actions = {name for one in listed for name in ([one] if isinstance(one, str) else one)}

    assert named == {"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}
    assert actions
    assert not [action for action in actions if action.startswith(("logs:", "*"))]
