"""`make destroy`: nothing without a word for it, and a command for whatever stays."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.session import Session
from botocore.stub import Stubber

from local.aws import template
from tools.operator import teardown

STACK_ID = "arn:aws:cloudformation:eu-central-1:123456789012:stack/maskline/1"
PLACE = "Stack maskline, account 123456789012, Region eu-central-1"
KEPT = {"Retain", "RetainExceptOnCreate"}
# As CloudFormation lists a deleted stack's: logical id, type, physical id, status.
RESOURCES = [
    ("TableKey", "AWS::KMS::Key", "key-1", "DELETE_SKIPPED"),
    ("WrappingKey", "AWS::KMS::Key", "mrk-2", "DELETE_SKIPPED"),
    ("CallbackQueue", "AWS::SQS::Queue", "https://queue", "DELETE_COMPLETE"),
    ("DeploymentSecret", "AWS::SecretsManager::Secret", "arn:secret", "DELETE_SKIPPED"),
    ("MaskingTable", "AWS::DynamoDB::Table", "maskline-Table-1", "DELETE_SKIPPED"),
    ("LogGroup", "AWS::Logs::LogGroup", "/aws/lambda/maskline-one", "DELETE_COMPLETE"),
    ("OtherLogGroup", "AWS::Logs::LogGroup", "/aws/lambda/maskline-two", "DELETE_COMPLETE"),
]
# That of the first function is there again; and somebody else's.
LOG_GROUPS = ("/aws/lambda/maskline-one", "/aws/lambda/maskline-staging-one")


class Stack:
    """A deployed stack, and what AWS knows of it afterwards; the SDK checks what is asked."""

    region_name = "eu-central-1"

    def __init__(self) -> None:
        described = {
            "StackName": "maskline",
            "StackId": STACK_ID,
            "StackStatus": "CREATE_COMPLETE",
            "CreationTime": "2026-01-01T00:00:00Z",
        }
        groups = [{"logGroupName": name} for name in LOG_GROUPS]
        self._clients = {
            "sts": _stubbed("sts", ("get_caller_identity", {"Account": "123456789012"}, {})),
            "cloudformation": _stubbed(
                "cloudformation",
                ("describe_stacks", {"Stacks": [described]}, {"StackName": "maskline"}),
                ("list_stack_resources", _listed(), {"StackName": STACK_ID}),
            ),
            "logs": _stubbed("logs", ("describe_log_groups", {"logGroups": groups}, {})),
        }

    def client(self, service: str) -> Any:
        return self._clients[service]


def _stubbed(service: str, *answers: tuple[str, dict[str, Any], dict[str, Any]]) -> Any:
    client: Any = boto3.session.Session(region_name=Stack.region_name).client(service)
    stubber = Stubber(client)
    for answer in answers:
        stubber.add_response(*answer)
    stubber.activate()
    return client


def _listed() -> dict[str, Any]:
    names = ("LogicalResourceId", "ResourceType", "PhysicalResourceId", "ResourceStatus")
    changed = {"LastUpdatedTimestamp": "2026-01-01T00:00:00Z"}
    return {
        "StackResourceSummaries": [
            dict(zip(names, resource, strict=True)) | changed for resource in RESOURCES
        ]
    }


@pytest.fixture
def destroy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Run it; the exit code, and what SAM was asked, "" if nothing."""
    asked, sam = tmp_path / "asked", tmp_path / "sam"

    def run(confirm: str, *, sam_ends_with: int = 0) -> tuple[int, str]:
        sam.write_text(f'#!/bin/sh\necho "$@" > {asked}\nexit {sam_ends_with}\n')
        sam.chmod(0o755)
        monkeypatch.setattr(boto3, "Session", lambda region_name: Stack())
        code = teardown.main(["maskline", "--confirm", confirm, "--sam", str(sam)])
        return code, asked.read_text().strip() if asked.exists() else ""

    return run


@pytest.mark.parametrize("said", ["", "yes", "maskline-staging"])
def test_nothing_is_deleted_without_the_stacks_name(
    destroy: Callable[..., tuple[int, str]], capsys: pytest.CaptureFixture[str], said: str
) -> None:
    assert destroy(said) == (1, "")

    told = capsys.readouterr()
    assert told.out.splitlines() == [PLACE]
    assert told.err.strip().endswith("If that is meant: CONFIRM=maskline")


def test_what_stays_is_named_with_what_removes_it(
    destroy: Callable[..., tuple[int, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = "delete --stack-name maskline --region eu-central-1 --no-prompts"
    assert destroy("maskline") == (0, asked)

    place, _, *told = capsys.readouterr().out.splitlines()
    assert place == PLACE
    assert [line.split(":")[0].strip() for line in told if line[2] != " "] == [
        "MaskingTable, AWS",
        "DeploymentSecret, AWS",
        "TableKey, AWS",
        "WrappingKey, AWS",
        "LogGroup, AWS",
        "SAM's bucket, shared by its stacks in the Region",
    ]
    commands = [line.strip() for line in told if line[2] == " "]
    assert all(line.endswith(" --region eu-central-1") for line in commands)
    for _, kind, name, status in RESOURCES:
        named = [line for line in commands if name in line]
        stays = status == "DELETE_SKIPPED" or name in LOG_GROUPS
        assert len(named) == (len(teardown.REMOVALS[kind]) if stays else 0)


def test_where_sam_fails_nothing_is_said_to_be_gone(
    destroy: Callable[..., tuple[int, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = destroy("maskline", sam_ends_with=1)

    told = capsys.readouterr()
    assert code == 1
    assert told.out.splitlines() == [PLACE]
    assert told.err.strip() == "maskline was not deleted, or not all of it: see above."


def test_whatever_the_template_keeps_has_a_command_that_removes_it() -> None:
    kept = {
        resource["Type"]
        for resource in template.load_template()["Resources"].values()
        if resource.get("DeletionPolicy") in KEPT
    }

    assert kept <= teardown.REMOVALS.keys()
    assert "AWS::Lambda::LayerVersion" not in kept


@pytest.mark.parametrize(
    "command", [command for commands in teardown.REMOVALS.values() for command in commands]
)
def test_a_command_is_one_that_aws_has(command: str) -> None:
    """The CLI's commands and options are the SDK's operations and members."""
    _, service, name, *options = shlex.split(command)
    if name == "wait":
        name = {"table-exists": "describe-table"}[options.pop(0)]
    model = Session().get_service_model(service)
    operations = {xform_name(one, "-"): one for one in model.operation_names}

    input_shape = model.operation_model(operations[name]).input_shape
    assert input_shape is not None
    members = {xform_name(member, "-") for member in input_shape.members}
    flags = [one.removeprefix("--").removeprefix("no-") for one in options if one.startswith("--")]
    assert set(flags) <= members
    assert {xform_name(one, "-") for one in input_shape.required_members} <= set(flags)
