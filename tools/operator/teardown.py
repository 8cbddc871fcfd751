"""Deletes a deployed stack, and says what stays of it and what removes that: `make destroy`.

docs/teardown.md
"""

import subprocess
from collections.abc import Iterable, Iterator
from typing import Any

from tools.operator.operate import described
from tools.operator.preflight import NotReadyError, on_stack, stack_parser

# By type, in the order in which they may go: a table cannot be read without its key.
REMOVALS = {
    "AWS::DynamoDB::Table": (
        "aws dynamodb update-table --table-name {id} --no-deletion-protection-enabled",
        "aws dynamodb wait table-exists --table-name {id}",
        "aws dynamodb delete-table --table-name {id}",
    ),
    "AWS::SecretsManager::Secret": (
        "aws secretsmanager delete-secret --secret-id {id} --recovery-window-in-days 30",
    ),
    "AWS::KMS::Key": ("aws kms schedule-key-deletion --key-id {id} --pending-window-in-days 30",),
    "AWS::Logs::LogGroup": ("aws logs delete-log-group --log-group-name {id}",),
}
_SAMS_BUCKET = """\
  SAM's bucket, shared by its stacks in the Region: after the last, empty it in S3's console, then
    aws cloudformation delete-stack --stack-name aws-sam-cli-managed-default"""


def main(arguments: list[str] | None = None) -> int:
    """Delete the stack if that is confirmed. Returns the exit code."""
    parser = stack_parser(__doc__)
    parser.add_argument("--confirm", default="", help="the stack's name once more")
    parser.add_argument("--sam", default="sam", help="the program")
    options = parser.parse_args(arguments)

    def deleted(session: Any) -> Iterator[str]:
        stack_id = _confirmed(session, options.stack, options.confirm)
        _delete(options.sam, options.stack, session.region_name)
        yield from what_stays(session, stack_id)

    return on_stack(options, deleted)


def _confirmed(session: Any, stack: str, said: str) -> str:
    """The stack's id, under which AWS knows it for 90 days after its deletion."""
    found = described(session, stack)
    if said != stack:
        raise NotReadyError(
            f"This ends the service there and deletes {stack}, but for its table, keys and secret. "
            f"If that is meant: CONFIRM={stack}"
        )
    return str(found["StackId"])


def _delete(sam: str, stack: str, region: str) -> None:
    command = [sam, "delete", "--stack-name", stack, "--region", region, "--no-prompts"]
    if subprocess.run(command, check=False).returncode:
        raise NotReadyError(f"{stack} was not deleted, or not all of it: see above.")


def what_stays(session: Any, stack_id: str) -> Iterator[str]:
    """List what CloudFormation passed over, or somebody made anew, with commands to remove it."""
    pages = session.client("cloudformation").get_paginator("list_stack_resources")
    resources = [
        one for page in pages.paginate(StackName=stack_id) for one in page["StackResourceSummaries"]
    ]
    left = [one for one in resources if one["ResourceStatus"] == "DELETE_SKIPPED"]
    left += _log_groups(session, resources)
    there = f" --region {session.region_name}"
    yield "What stays, and what removes it (docs/teardown.md):"
    for one in sorted(left, key=_order):
        name = one["PhysicalResourceId"]
        yield f"  {one['LogicalResourceId']}, {one['ResourceType']}: {name}"
        for command in REMOVALS.get(one["ResourceType"], ()):
            yield f"    {command.format(id=name)}{there}"
    yield f"{_SAMS_BUCKET}{there}"


def _order(resource: dict[str, Any]) -> int:
    return [*REMOVALS, resource["ResourceType"]].index(resource["ResourceType"])


def _log_groups(session: Any, resources: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that a function has made anew while they were deleted: it wrote its last lines."""
    known = {
        one["PhysicalResourceId"]: one
        for one in resources
        if one["ResourceType"] == "AWS::Logs::LogGroup"
    }
    pages = session.client("logs").get_paginator("describe_log_groups").paginate()
    return [
        known[group["logGroupName"]]
        for page in pages
        for group in page["logGroups"]
        if group["logGroupName"] in known
    ]
