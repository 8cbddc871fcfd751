"""Each function's role allows what the function does, and nothing else.

The scenario runs under the roles themselves: the local AWS checks every request against the
statements that SAM makes of the template, down to the single actions of a transaction. What is
missing there fails the scenario; what nobody used shows in the comparison.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from local.aws import aws_process, template
from local.aws.declarations import Function
from local.aws.engine import Engine, queue_arn
from local.aws.runtime import Runtime, current_function
from local.aws.template import REGION
from maskline import aws
from tests.support.event_files import DocumentedDeployment
from tests.support.in_process import Service
from tests.support.observation import ApiCall, recorded_api_calls
from tests.support.scenario import Scenario

FUNCTIONS = template.functions()
TABLE = template.table_id()

# What Lambda itself does under the function's role to feed it.
_POLLS_QUEUE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
_READS_STREAM = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}
TRANSACTION_ACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
# Operations that IAM knows under another name, and the local AWS under their own.
_ACTION_NAMES = {"SendMessageBatch": "SendMessage"}
# Where requests to other services name what they are about.
_NAMES = ("QueueUrl", "SecretId", "KeyId")
_ANYBODY_MAY_ASSUME = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
    ],
}

# (action, resource): a table, an index of it, its stream, a queue, key or secret, by logical id.
Permission = tuple[str, str]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allowed(function: Function) -> set[Permission]:
    """What the role's statements say."""
    names = {queue.logical_id + ".Arn": queue.logical_id for queue in template.queues()}
    names |= {secret: secret for secret in template.resources("AWS::SecretsManager::Secret")}
    names |= {f"{key}.Arn": key for key in template.resources("AWS::KMS::Key")}
    names |= {f"{TABLE}.Arn": TABLE, f"{TABLE}.StreamArn": f"{TABLE}/stream"}
    return {
        (action, template.resolve(resource, names))
        for statement in function.statements
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def allowed_to_lambda(function: Function) -> set[Permission]:
    """What the function's event source mappings need."""
    needed: set[Permission] = set()
    for mapping in template.event_source_mappings():
        if mapping.function != function.logical_id:
            continue
        if mapping.source == TABLE:
            needed |= {(action, f"{TABLE}/stream") for action in _READS_STREAM}
        else:
            needed |= {(action, mapping.source) for action in _POLLS_QUEUE}
        on_failure = mapping.properties.get("DestinationConfig", {}).get("OnFailure")
        if on_failure:
            needed.add(("sqs:SendMessage", on_failure["Destination"]["Fn::GetAtt"][0]))
    return needed


@dataclass
class Resources:
    """The logical ids behind the names in requests."""

    engine: Engine

    def permissions(self, call: ApiCall) -> set[Permission]:
        """What a request needs to be allowed."""
        if call.service != "dynamodb":
            name = _ACTION_NAMES.get(call.operation, call.operation)
            return {(f"{call.service}:{name}", self._resource(call.parameters))}
        if call.operation == "TransactWriteItems":
            return {
                (f"dynamodb:{TRANSACTION_ACTIONS[kind]}", self._table(action["TableName"]))
                for item in call.parameters["TransactItems"]
                for kind, action in item.items()
            }
        tables = call.parameters.get("RequestItems") or [call.parameters["TableName"]]
        index = call.parameters.get("IndexName")
        suffix = f"/index/{index}" if index else ""
        return {(f"dynamodb:{call.operation}", self._table(name) + suffix) for name in tables}

    def _table(self, name: str) -> str:
        assert name == self.engine.table_name
        return TABLE

    def _resource(self, parameters: dict[str, Any]) -> str:
        known = {url: logical_id for logical_id, url in self.engine.queue_urls.items()}
        for named in (self.engine.secrets, self.engine.kms_keys):
            known |= {arn: logical_id for logical_id, arn in named.items()}
        name = next(parameters[one] for one in _NAMES if one in parameters)
        return known[name]


class Roles:
    """A client for each function under its own role, as Lambda gives it one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._clients: dict[tuple[str, str], Any] = {}
        table = engine.client("dynamodb").describe_table(TableName=engine.table_name)["Table"]
        self._arns = {
            f"{TABLE}.Arn": table["TableArn"],
            f"{TABLE}.StreamArn": table["LatestStreamArn"],
            **engine.secrets,
            **{f"{name}.Arn": arn for name, arn in engine.kms_keys.items()},
            **{f"{name}.Arn": queue_arn(url) for name, url in engine.queue_urls.items()},
        }
        self._credentials = {
            function.folder: self._assume(function) for function in FUNCTIONS.values()
        }

    def client(self, service_name: str) -> Any:
        """In place of `maskline.aws.client`."""
        folder = current_function.get()
        assert folder is not None, "only functions make AWS calls"
        if (folder, service_name) not in self._clients:
            self._clients[folder, service_name] = self._create(folder, service_name)
        return self._clients[folder, service_name]

    def _create(self, folder: str, service_name: str) -> Any:
        granted = self._credentials[folder]
        return _SESSION.create_client(
            service_name,
            region_name=REGION,
            endpoint_url=self._engine.endpoint,
            aws_access_key_id=granted["AccessKeyId"],
            aws_secret_access_key=granted["SecretAccessKey"],
            aws_session_token=granted["SessionToken"],
        )

    def _assume(self, function: Function) -> dict[str, str]:
        iam = self._engine.client("iam")
        role = iam.create_role(
            RoleName=function.logical_id, AssumeRolePolicyDocument=json.dumps(_ANYBODY_MAY_ASSUME)
        )["Role"]
        statements = [
            {**statement, "Action": _with_local_names(as_list(statement["Action"]))}
            for statement in template.resolve(list(function.statements), self._arns)
        ]
        iam.put_role_policy(
            RoleName=function.logical_id,
            PolicyName="statements",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
        )
        assumed = self._engine.client("sts").assume_role(
            RoleArn=role["Arn"], RoleSessionName=function.folder
        )
        credentials: dict[str, str] = assumed["Credentials"]
        return credentials


def _with_local_names(actions: list[str]) -> list[str]:
    local = [
        f"sqs:{operation}" for operation, name in _ACTION_NAMES.items() if f"sqs:{name}" in actions
    ]
    return actions + local


_SESSION = botocore.session.get_session()


@pytest.fixture(scope="module")
def checking_engine(running_engine: Engine) -> Iterator[Engine]:
    """A local AWS that checks signatures and permissions; the engine's own key is the root's.

    It begins and ends within the life of the engine of the other tests: both set the environment.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "local")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        environment = aws_process.engine_environment
        services = "dynamodb,dynamodbstreams,kms,sqs,secretsmanager,iam,sts"
        checking = {"AUTH": "true", "SERVICES": services}
        patch.setattr(aws_process, "engine_environment", lambda port: environment(port) | checking)
        with Engine() as started:
            yield started


@pytest.fixture(scope="module")
def roles(checking_engine: Engine) -> Roles:
    return Roles(checking_engine)


@pytest.fixture(scope="module")
def used(checking_engine: Engine, roles: Roles) -> dict[str, set[Permission]]:
    """What each function did in the scenario, by its folder."""
    permissions: dict[str, set[Permission]] = {one.folder: set() for one in FUNCTIONS.values()}
    with pytest.MonkeyPatch.context() as patch, recorded_api_calls() as calls:
        patch.setattr(aws, "client", roles.client)
        with Service(checking_engine) as service:
            Scenario(service).play()
    for call in calls:
        if call.function:
            permissions[call.function] |= Resources(checking_engine).permissions(call)
    return permissions


def test_the_local_aws_refuses_what_a_role_does_not_allow(
    checking_engine: Engine, roles: Roles
) -> None:
    table = checking_engine.table_name
    token = current_function.set("get_session")
    try:
        dynamodb = roles.client("dynamodb")
        key = {"PK": {"S": "NUMBER#none"}, "SK": {"S": "NUMBER"}}
        delete = {"Delete": {"TableName": table, "Key": key}}

        dynamodb.get_item(TableName=table, Key=key)
        with pytest.raises(ClientError, match="AccessDenied"):
            dynamodb.delete_item(TableName=table, Key=key)
        with pytest.raises(ClientError, match="AccessDenied"):
            dynamodb.transact_write_items(TransactItems=[delete])
    finally:
        current_function.reset(token)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.folder)
def test_role_allows_exactly_what_the_function_does(
    function: Function, used: dict[str, set[Permission]]
) -> None:
    needed = used[function.folder] | allowed_to_lambda(function)

    assert used[function.folder]
    assert allowed(function) == needed


# What a step of a function of several routes does to the table, by its event in events/. A number
# that is released is in a session once, so that its routes are read again.
_SHOWS = {"dynamodb:GetItem"}
_WRITES = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
_FOLLOWS = {"dynamodb:BatchGetItem", "dynamodb:PutItem"}
# Once a function has its secret, its account's credentials and the data keys.
_READ_BEFORE = {"secretsmanager:GetSecretValue", "kms:Decrypt"}
STEPS = {
    "manage_numbers": {
        "manage_numbers_add": _WRITES,
        "manage_numbers_list": {"dynamodb:GetItem", "dynamodb:Query"},
        "manage_numbers_show": _SHOWS,
        "manage_numbers_unhealthy": _WRITES,
        "manage_numbers_retire": _WRITES | {"dynamodb:DeleteItem"},
        "manage_numbers_release": {
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
        },
    },
    "erasures": {"erasures_order": _WRITES, "erasures_show": _SHOWS},
    "answer_call": {
        "answer_call_post": _FOLLOWS | {"dynamodb:GetItem", "dynamodb:UpdateItem"},
        "answer_call_unknown_caller": _FOLLOWS | {"dynamodb:GetItem"},
        "answer_call_pin_digits": _FOLLOWS | {"dynamodb:Query", "dynamodb:UpdateItem"},
        "answer_call_pin_wrong": {
            "dynamodb:BatchGetItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        },
        "answer_call_first_answer": _FOLLOWS | {"dynamodb:GetItem"},
        "answer_call_whisper_post": {"dynamodb:BatchGetItem"},
        "answer_call_hangup": _FOLLOWS | {"dynamodb:GetItem"},
    },
    "record_call": {
        "record_call_dial_answer": _FOLLOWS,
        "record_call_dial_end_completed": _FOLLOWS,
        "record_call_recording_completed": _FOLLOWS,
        "record_call_hangup_post": _FOLLOWS | {"dynamodb:GetItem"},
        "record_call_first_ring": _FOLLOWS | {"dynamodb:GetItem"},
        "record_call_first_hangup": _FOLLOWS | {"dynamodb:GetItem"},
    },
}


@pytest.mark.parametrize("folder", STEPS)
def test_each_action_of_a_function_of_several_routes_has_a_step_that_uses_it(
    folder: str, engine: Engine
) -> None:
    found = {name: taken_by(name, engine) for name in STEPS[folder]}

    of_the_table = {
        name: {action for action, about in taken if about == TABLE} for name, taken in found.items()
    }
    assert of_the_table == STEPS[folder]
    [function] = (one for one in FUNCTIONS.values() if one.folder == folder)
    read_before = {one for one in allowed(function) if one[0] in _READ_BEFORE}
    assert set[Permission]().union(*found.values()) == allowed(function) - read_before


def taken_by(name: str, engine: Engine) -> set[Permission]:
    """Return the permissions that a function needs for an event, once it has its secret."""
    deployment = DocumentedDeployment(engine, Runtime(engine.deployment))
    calls: list[ApiCall] = []
    for is_used in {False, name == "manage_numbers_release"}:
        deployment.start()
        deployment.prepare(name)
        if is_used:
            deployment.create_session()
        with recorded_api_calls() as made:
            deployment.invoke(name)
            calls += made
    return set[Permission]().union(*map(Resources(engine).permissions, calls))
