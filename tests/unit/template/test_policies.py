"""docs/deploying/deployer.json allows what a deployment takes, and nothing else.

What CloudFormation does to a resource of a type stands in the type's registry schema, which
cfn-lint has for every type, with the real names of all actions and what they are about.
"""

import json
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from local.aws import template
from local.aws.template import ROOT

[CFN_LINT] = ROOT.glob(".venv-sam/lib/python*/site-packages/cfnlint/data")
FOLDER = ROOT / "docs" / "deploying"
POLICIES = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
STATEMENTS = POLICIES["deployer"]["Statement"]
# docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: without white space.
MOST_CHARACTERS = 6144

AWS = "arn:aws:{}:eu-north-1:123456789012:"
# What a resource of a type is about to be called. CloudFormation puts the stack's name first; a
# secret it calls by its logical id alone.
NAMES = {
    "AWS::ApiGateway::Deployment": "arn:aws:apigateway:eu-north-1::/restapis/x/deployments",
    "AWS::ApiGateway::RestApi": "arn:aws:apigateway:eu-north-1::/restapis",
    "AWS::ApiGateway::Stage": "arn:aws:apigateway:eu-north-1::/restapis/x/stages",
    "AWS::ApiGatewayV2::Api": "arn:aws:apigateway:eu-north-1::/apis",
    "AWS::ApiGatewayV2::Stage": "arn:aws:apigateway:eu-north-1::/apis/x/stages",
    "AWS::CloudWatch::Alarm": AWS.format("cloudwatch") + "alarm:maskline-{id}-X",
    "AWS::CloudWatch::Dashboard": "arn:aws:cloudwatch::123456789012:dashboard/{DashboardName}",
    "AWS::DynamoDB::Table": AWS.format("dynamodb") + "table/maskline-{id}-X",
    "AWS::Events::Rule": AWS.format("events") + "rule/maskline-{id}-X",
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::123456789012:policy/maskline-{id}-X",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/maskline-{id}-X",
    "AWS::KMS::Key": AWS.format("kms") + "key/x",
    "AWS::Lambda::Alias": AWS.format("lambda") + "function:maskline-{id}-X:live",
    "AWS::Lambda::EventInvokeConfig": AWS.format("lambda") + "function:maskline-{id}-X:live",
    "AWS::Lambda::EventSourceMapping": AWS.format("lambda") + "event-source-mapping:x",
    "AWS::Lambda::Function": AWS.format("lambda") + "function:maskline-{id}-X",
    "AWS::Lambda::LayerVersion": AWS.format("lambda") + "layer:{LayerName}",
    "AWS::Lambda::Permission": AWS.format("lambda") + "function:maskline-{id}-X",
    "AWS::Lambda::Version": AWS.format("lambda") + "function:maskline-{id}-X",
    "AWS::Logs::LogGroup": AWS.format("logs") + "log-group:maskline-{id}-X",
    "AWS::Logs::MetricFilter": AWS.format("logs") + "log-group:maskline-{LogGroupName}-X",
    "AWS::SNS::Subscription": AWS.format("sns") + "maskline-{id}-X:x",
    "AWS::SNS::Topic": AWS.format("sns") + "maskline-{id}-X",
    "AWS::SQS::Queue": AWS.format("sqs") + "maskline-{id}-X",
    "AWS::SecretsManager::Secret": AWS.format("secretsmanager") + "secret:{id}-X",
}
# Where `sam deploy` puts the code: a stack of its own, which is made once (resolve_s3).
BUCKET = {
    "AWS::S3::Bucket": "arn:aws:s3:::aws-sam-cli-managed-default-samclisourcebucket-x",
    "AWS::S3::BucketPolicy": "arn:aws:s3:::aws-sam-cli-managed-default-samclisourcebucket-x",
}
# A schema names what any resource of its type may take. These are for what ours do not have.
UNUSED = {
    "a table that is copied, imported, streamed to Kinesis or shared": """
        dynamodb:*Replica dynamodb:*Item dynamodb:Query dynamodb:Scan dynamodb:ImportTable
        dynamodb:*KinesisStreamingDestination dynamodb:UpdateContributorInsights
        dynamodb:PutResourcePolicy dynamodb:DeleteResourcePolicy kinesis:* s3:GetObjectMetadata
        logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents""",
    # What the table needs, its key's own policy allows; the functions have AWS's own key.
    "a key of the customer's for Lambda": """kms:CreateGrant kms:Decrypt kms:Encrypt
        kms:GenerateDataKey kms:ListAliases kms:RevokeGrant""",
    "a function in a VPC, with a file system, on servers of one's own, whose versions shift": """
        ec2:* elasticfilesystem:* s3files:* lambda:PassCapacityProvider
        lambda:AssociateRuntimeAlias codedeploy:*""",
    "log groups with a key, a data policy, indexes or tokens, or delivered elsewhere": """
        logs:AssociateKmsKey logs:DisassociateKmsKey logs:PutDataProtectionPolicy
        logs:PutIndexPolicy logs:DeleteIndexPolicy logs:DeleteResourcePolicy
        logs:PutBearerTokenAuthentication logs:PutLogGroupDeletionProtection firehose:*
        s3:REST.PUT.OBJECT""",
    "a policy of users and groups": """iam:AttachGroupPolicy iam:AttachUserPolicy
        iam:DetachGroupPolicy iam:DetachUserPolicy""",
    "a secret in several Regions": """secretsmanager:ReplicateSecretToRegions
        secretsmanager:RemoveRegionsFromReplication""",
    "a topic with a data policy": "sns:PutDataProtectionPolicy",
    "a REST API with a policy": "apigateway:UpdateRestApiPolicy",
    "a bucket with metadata tables or locked objects": """s3:CreateBucketMetadata* s3tables:*
        s3:DeleteObject""",
}
# What no schema says.
BESIDES = {
    # The access log of an HTTP API: apigateway/latest/developerguide/http-api-logging.html
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:UpdateLogDelivery",
    # A key for several Regions: kms/latest/developerguide/create-primary-keys.html
    "iam:CreateServiceLinkedRole",
    # tools/operator/preflight.py
    "lambda:GetAccountSettings",
    # Everything on the two stacks is the deployer's.
    "cloudformation:*",
}
# A deployer need not read what people say to one another, nor act for the operator.
NEVER = """dynamodb:GetItem dynamodb:Query dynamodb:Scan dynamodb:PutItem kms:Decrypt
    lambda:InvokeFunction sqs:ReceiveMessage sqs:SendMessage sns:Publish iam:CreateUser
    iam:CreateAccessKey iam:PutUserPolicy s3:DeleteObject logs:GetLogEvents"""


@cache
def handlers(kind: str) -> dict[str, set[str]]:
    """What each of CloudFormation's handlers of a resource type calls."""
    index = json.loads((CFN_LINT / "schemas/providers/us-east-1.json").read_text())
    schema = json.loads((CFN_LINT / f"schemas/resources/{index[kind]}.json").read_text())
    return {name: set(one["permissions"]) for name, one in schema["handlers"].items()}


@cache
def needed(kind: str) -> frozenset[str]:
    """What creating, reading, changing and deleting a resource of ours takes."""
    # SAM makes its bucket, and leaves it.
    mine = {"create", "read"} if kind in BUCKET else {"create", "read", "update", "delete"}
    actions = {action for name in mine & handlers(kind).keys() for action in handlers(kind)[name]}
    return frozenset(action for action in actions if not matches(action, unused()))


@cache
def unused() -> tuple[str, ...]:
    return tuple(pattern for patterns in UNUSED.values() for pattern in patterns.split())


@cache
def known() -> dict[str, dict[str, list[str]]]:
    """Each action of AWS, in lower case -> the forms of the ARNs that it may be limited to."""
    services = json.loads((CFN_LINT / "AdditionalSpecs/Policies.json").read_text())
    return {
        f"{service}:{action}": [
            form
            for kind in described.get("Resources", [])
            for form in content["Resources"][kind.lower()]["ARNFormats"]
        ]
        for service, content in services.items()
        for action, described in content["Actions"].items()
    }


@cache
def meant(pattern: str) -> tuple[str, ...]:
    """The known actions that a pattern of a policy names."""
    return tuple(action for action in known() if matches(action, [pattern]))


def matches(action: str, patterns: Iterable[str]) -> bool:
    """IAM does not tell upper from lower case in actions."""
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def granted(action: str, arn: str = "") -> bool:
    """Whether the deployer may do it to that, or, without an ARN, to anything."""
    return any(
        matches(action, statement["Action"])
        and (not arn or any(fnmatchcase(arn, one) for one in statement["Resource"]))
        for statement in STATEMENTS
    )


def resources() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The type, logical id and properties of every resource of the stack."""
    for logical_id, resource in template.load_template()["Resources"].items():
        yield resource["Type"], logical_id, resource.get("Properties", {})


def arn_of(kind: str, logical_id: str, properties: dict[str, Any]) -> str:
    """What a resource is about to be called."""
    named = {key: value for key, value in properties.items() if f"{{{key}}}" in NAMES[kind]}
    groups = {name: name for name in template.resources("AWS::Logs::LogGroup")}
    return NAMES[kind].format(id=logical_id, **template.resolve(named, groups))


def test_the_deployer_may_do_what_each_resource_of_the_stack_takes() -> None:
    missing = {
        (action, kind)
        for kind, logical_id, properties in resources()
        for action in needed(kind)
        if not granted(
            action,
            # What it does to something else, such as the role of a function, is asked of that.
            arn_of(kind, logical_id, properties) if is_asked_of(kind, action) else "",
        )
    }

    assert not missing


def is_asked_of(kind: str, action: str) -> bool:
    if kind == "AWS::IAM::ManagedPolicy" and action.endswith("RolePolicy"):
        return False
    return service(action) == service_of(kind)


def service(action: str) -> str:
    return action.split(":", maxsplit=1)[0]


def service_of(kind: str) -> str:
    name = kind.split("::")[1].lower()
    return {"apigatewayv2": "apigateway"}.get(name, name)


@pytest.mark.parametrize("kind", BUCKET)
def test_the_deployer_may_make_the_bucket_that_the_code_goes_into(kind: str) -> None:
    assert {action for action in needed(kind) if service(action) == "s3"}
    for action in needed(kind) - {"iam:PassRole"}:
        assert granted(action, BUCKET[kind]), action


def test_nothing_is_allowed_that_nothing_takes() -> None:
    takes = {action for kind in [*NAMES, *BUCKET] for action in needed(kind)} | BESIDES
    allowed = {pattern for statement in STATEMENTS for pattern in statement["Action"]}

    assert {kind for kind, *_ in resources()} <= NAMES.keys()
    assert not {one for one in allowed if not any(matches(action, [one]) for action in takes)}
    assert all(granted(action) for action in BESIDES)


def test_nothing_is_left_out_that_no_schema_has() -> None:
    every = {
        action
        for kind in [*NAMES, *BUCKET]
        for permissions in handlers(kind).values()
        for action in permissions
    }

    assert not [one for one in unused() if not any(matches(action, [one]) for action in every)]


@pytest.mark.parametrize("action", NEVER.split())
def test_a_deployer_does_not_read_or_act_for_others(action: str) -> None:
    assert action.lower() in known()
    assert not granted(action)


def test_a_role_is_handed_to_the_services_that_it_trusts_alone() -> None:
    trusted = {
        one
        for role in template.resources("AWS::IAM::Role").values()
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
        for one in statement["Principal"]["Service"]
    }
    [passes] = (one for one in STATEMENTS if "iam:PassRole" in one["Action"])

    assert passes["Action"] == ["iam:PassRole"]
    assert set(passes["Condition"]["StringEquals"]["iam:PassedToService"]) == trusted


def test_every_role_has_the_boundary_that_the_company_names_and_none_if_it_names_none() -> None:
    conditions = template.load_template()["Conditions"]
    is_named = {"Fn::Not": [{"Fn::Equals": [{"Ref": "PermissionsBoundary"}, ""]}]}
    either = [{"Ref": "PermissionsBoundary"}, {"Ref": "AWS::NoValue"}]
    roles = template.resources("AWS::IAM::Role").values()

    assert template.parameters()["PermissionsBoundary"] == ""
    assert conditions["HasPermissionsBoundary"] == is_named
    for role in roles:
        assert role["PermissionsBoundary"] == {"Fn::If": ["HasPermissionsBoundary", *either]}


@pytest.mark.parametrize(
    ("arn", "is_one"),
    [
        ("", True),
        ("arn:aws:iam::123456789012:policy/Bounds", True),
        ("arn:aws:iam::123456789012:policy/teams/Bounds", True),
        ("arn:aws:iam::aws:policy/PowerUserAccess", True),
        ("Bounds", False),
        ("arn:aws:iam::123456789012:role/Bounds", False),
    ],
)
def test_a_boundary_is_a_policy(arn: str, is_one: bool) -> None:
    pattern = template.load_template()["Parameters"]["PermissionsBoundary"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, arn)) is is_one


def test_keys_without_a_name_are_managed_through_cloudformation_alone() -> None:
    """IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia"""
    [keys] = (one for one in STATEMENTS if "kms:CreateKey" in one["Action"])

    assert all(action.startswith("kms:") for action in keys["Action"])
    assert keys["Condition"] == {
        "ForAnyValue:StringEquals": {"aws:CalledVia": ["cloudformation.amazonaws.com"]}
    }


def test_the_operator_runs_the_functions_that_a_target_names_and_no_other() -> None:
    makefile = (ROOT / "Makefile").read_text()
    [runs] = (
        one
        for one in POLICIES["operator"]["Statement"]
        if matches("lambda:InvokeFunction", one["Action"])
    )

    named = set(re.findall(r"tools\.operator\.operate \$\(STACK\) (\w+)", makefile))
    assert set(runs["Resource"]) == {
        f"arn:aws:lambda:*:*:function:maskline-{one}-*" for one in named
    }


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_is_one_that_iam_takes(name: str) -> None:
    statements = POLICIES[name]["Statement"]

    assert POLICIES[name].keys() == {"Version", "Statement"}
    assert POLICIES[name]["Version"] == "2012-10-17"
    assert len(re.sub(r"\s", "", json.dumps(POLICIES[name]))) <= MOST_CHARACTERS
    assert len({one["Sid"] for one in statements}) == len(statements)
    for one in statements:
        assert one.keys() - {"Condition"} == {"Sid", "Effect", "Action", "Resource"}
        assert re.fullmatch("[A-Za-z0-9]+", one["Sid"])
        assert one["Effect"] == "Allow"


@pytest.mark.parametrize(
    "statement",
    [one for policy in POLICIES.values() for one in policy["Statement"]],
    ids=lambda one: one["Sid"],
)
def test_actions_are_real_and_may_be_limited_to_what_they_are_limited_to(
    statement: dict[str, Any],
) -> None:
    named = [one for one in statement["Resource"] if one != "*"]
    forms: set[str] = set()
    for pattern in statement["Action"]:
        ours = {form for action in meant(pattern) for form in known()[action]}
        # Young ones are in the schemas first.
        assert meant(pattern) or any(pattern in needed(kind) for kind in NAMES)
        assert not (named and meant(pattern)) or any(is_of(one, ours) for one in named), pattern
        forms |= ours
    for one in named:
        assert is_of(one, forms), one


def is_of(resource: str, forms: set[str]) -> bool:
    """Whether an ARN with wildcards has one of the forms, such as arn:${Partition}:sqs:..."""
    return any(re.fullmatch(re.sub(r"\$\{\w+\}", "[^:]*", form), resource) for form in forms)
