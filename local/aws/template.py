"""The declarations of `template.yaml` as values, for the local stack and the template's tests.

AWS's own SAM translator makes CloudFormation of it, offline: what SAM makes of a declaration is
what runs here. References stay as they are; `resolve` puts in the values that a caller knows.
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from local.aws.declarations import EventSourceMapping, Function, Queue, Route, Schedule
from local.aws.limits import ASYNCHRONOUS_AGE_SECONDS, ASYNCHRONOUS_WAITS_SECONDS

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE_PATH = ROOT / "template.yaml"
REGION = "us-east-1"
ACCOUNT = "000000000000"

_PSEUDO_PARAMETERS = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "maskline",
}
_MANAGED_POLICIES = {
    "AWSLambdaBasicExecutionRole": (
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    )
}
_ANY_METHOD = "x-amazon-apigateway-any-method"
_LAMBDA_INTEGRATION = "x-amazon-apigateway-integration"


@cache
def load_source() -> dict[str, Any]:
    """The template with its loops written out, intrinsic functions in their long form."""
    from ministack.services.cloudformation.language_extensions import TRANSFORM, apply
    from samtranslator.yaml_helper import yaml_parse

    source: dict[str, Any] = yaml_parse(TEMPLATE_PATH.read_text())
    expanded: dict[str, Any] = apply(source, {})
    expanded["Transform"] = [one for one in source["Transform"] if one != TRANSFORM]
    return expanded


@cache
def load_template() -> dict[str, Any]:
    """The CloudFormation that SAM makes of the template."""
    import boto3
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    # It warns of the AWS service that decides on its experiments, which is not asked here.
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    source = deepcopy(load_source())
    for resource in source["Resources"].values():
        for key in ("CodeUri", "ContentUri"):
            if key in resource.get("Properties", {}):
                # The translator takes only code that is uploaded already.
                resource["Properties"][key] = "s3://local/code.zip"
    translated: dict[str, Any] = Translator(
        _MANAGED_POLICIES, Parser(), boto_session=boto3.Session(region_name=REGION)
    ).translate(source, {})
    return translated


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Logical id -> properties of every resource of a type such as `AWS::SQS::Queue`."""
    return {
        logical_id: resource.get("Properties", {})
        for logical_id, resource in load_template()["Resources"].items()
        if resource["Type"] == kind
    }


def parameters() -> dict[str, str]:
    return {
        name: str(parameter["Default"])
        for name, parameter in load_template().get("Parameters", {}).items()
        if "Default" in parameter
    }


def resolve(value: Any, known: Mapping[str, str]) -> Any:
    """`value` with its references replaced; `known` maps `Id` (Ref) and `Id.Attribute` (GetAtt).

    Parameters stand for their defaults. An unknown reference raises KeyError.
    """
    return _resolve(value, {**_PSEUDO_PARAMETERS, **parameters(), **known})


def _resolve(value: Any, names: Mapping[str, str]) -> Any:
    match value:
        case {"Ref": str(name)}:
            return names[name]
        case {"Fn::GetAtt": path}:
            return names[path if isinstance(path, str) else ".".join(path)]
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^!}]+)\}", lambda found: names[found[1]], text)
        case {"Fn::If": [str(condition), then, otherwise]}:
            holds = _holds(load_template()["Conditions"][condition], names)
            value = _resolve(then if holds else otherwise, names)
        case dict():
            value = {key: _resolve(part, names) for key, part in value.items()}
        case list():
            value = [_resolve(part, names) for part in value]
    return value


def _holds(condition: Any, names: Mapping[str, str]) -> bool:
    match condition:
        case {"Fn::Equals": [one, other]}:
            return bool(_resolve(one, names) == _resolve(other, names))
        case {"Fn::Not": [inner]}:
            return not _holds(inner, names)
    raise ValueError(f"not a condition that is used: {condition}")


def functions() -> dict[str, Function]:
    """Logical id -> function, for every function of the template."""
    return {
        logical_id: Function(
            logical_id=logical_id,
            folder=Path(load_source()["Resources"][logical_id]["Properties"]["CodeUri"]).name,
            handler=properties["Handler"],
            timeout=int(properties["Timeout"]),
            environment=properties["Environment"]["Variables"],
            statements=_statements(properties["Role"]),
        )
        for logical_id, properties in resources("AWS::Lambda::Function").items()
    }


def _statements(role: Any) -> tuple[dict[str, Any], ...]:
    """Return the statements of a role: those of the template's managed policies, and its own."""
    properties = resources("AWS::IAM::Role")[_target(role)]
    shared = resources("AWS::IAM::ManagedPolicy")
    attached = [one["Ref"] for one in properties["ManagedPolicyArns"] if isinstance(one, dict)]
    policies = [shared[name] for name in attached] + properties.get("Policies", [])
    return tuple(
        statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]
    )


def routes() -> list[Route]:
    """Every (method, path) of the REST API and the HTTP API, in the order of the template."""
    [stage] = [one["StageName"] for one in resources("AWS::ApiGateway::Stage").values()]
    return [
        Route(method, f"/{stage}{path}", function, stage)
        for method, path, function in _operations("AWS::ApiGateway::RestApi")
    ] + [Route(*operation) for operation in _operations("AWS::ApiGatewayV2::Api")]


def gateway_responses() -> dict[str, dict[str, Any]]:
    """Type of a refusal of the REST API -> how it is answered."""
    [api] = resources("AWS::ApiGateway::RestApi").values()
    found: dict[str, dict[str, Any]] = api["Body"]["x-amazon-apigateway-gateway-responses"]
    return found


def _operations(kind: str) -> Iterator[tuple[str, str, str]]:
    for api in resources(kind).values():
        for path, operations in api["Body"]["paths"].items():
            for method, operation in operations.items():
                named = "ANY" if method == _ANY_METHOD else method.upper()
                yield named, path, _integrated_function(operation)


def _integrated_function(operation: dict[str, Any]) -> str:
    uri = operation[_LAMBDA_INTEGRATION]["uri"]["Fn::Sub"]
    match = re.search(r"\$\{(\w+)(?:\.Arn)?\}/invocations$", uri)
    if match is None:
        raise ValueError(f"not a Lambda integration: {uri}")
    return _function_behind(match[1])


def _function_behind(logical_id: str) -> str:
    """An alias invokes the function that it belongs to."""
    alias = resources("AWS::Lambda::Alias").get(logical_id)
    return _target(alias["FunctionName"]) if alias else logical_id


def _target(reference: Any) -> str:
    """The logical id that a Ref or GetAtt points to."""
    match reference:
        case {"Ref": str(logical_id)}:
            return logical_id
        case {"Fn::GetAtt": [str(logical_id), *_]}:
            return logical_id
        case {"Fn::GetAtt": str(path)}:
            return path.partition(".")[0]
    raise ValueError(f"not a reference to a resource: {reference}")


def event_source_mappings() -> list[EventSourceMapping]:
    return [
        EventSourceMapping(
            logical_id=logical_id,
            function=_function_behind(_target(properties["FunctionName"])),
            source=_target(properties["EventSourceArn"]),
            batch_size=int(properties["BatchSize"]),
            filters=tuple(
                entry["Pattern"]
                for entry in properties.get("FilterCriteria", {}).get("Filters", [])
            ),
            properties=properties,
        )
        for logical_id, properties in resources("AWS::Lambda::EventSourceMapping").items()
    ]


def schedules() -> list[Schedule]:
    return [
        Schedule(
            logical_id,
            _function_behind(_target(target["Arn"])),
            rule["ScheduleExpression"],
            json.loads(resolve(target["Input"], {})) if "Input" in target else None,
            _retries(_function_behind(_target(target["Arn"]))),
        )
        for logical_id, rule in resources("AWS::Events::Rule").items()
        if "ScheduleExpression" in rule
        for target in rule["Targets"]
    ]


def _retries(function: str) -> int:
    """Twice, unless the template says otherwise, and never once the event is too old.

    docs.aws.amazon.com, "How Lambda handles errors and retries with asynchronous invocation".
    """
    configs = resources("AWS::Lambda::EventInvokeConfig").values()
    said = next((one for one in configs if _target(one["FunctionName"]) == function), {})
    oldest = said.get("MaximumEventAgeInSeconds", ASYNCHRONOUS_AGE_SECONDS)
    waits = ASYNCHRONOUS_WAITS_SECONDS[: said.get("MaximumRetryAttempts")]
    return sum(age < oldest for age in accumulate(waits))


def _table() -> tuple[str, dict[str, Any]]:
    (table,) = resources("AWS::DynamoDB::Table").items()
    return table


def table_id() -> str:
    return _table()[0]


def table_definition() -> dict[str, Any]:
    """The arguments of DynamoDB CreateTable, but for the table's name."""
    _, properties = _table()
    names = ("KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")
    stream = {"StreamEnabled": True, **properties["StreamSpecification"]}
    return {**{name: properties[name] for name in names}, "StreamSpecification": stream}


def ttl_attribute() -> str:
    """The attribute that holds an item's time to live, in epoch seconds."""
    return str(_table()[1]["TimeToLiveSpecification"]["AttributeName"])


def queues() -> list[Queue]:
    return [
        _queue(logical_id, properties)
        for logical_id, properties in resources("AWS::SQS::Queue").items()
    ]


def _queue(logical_id: str, properties: dict[str, Any]) -> Queue:
    redrive = properties.get("RedrivePolicy")
    return Queue(
        logical_id=logical_id,
        attributes={
            name: str(value).lower() if value is True else str(value)
            for name, value in properties.items()
            if name != "RedrivePolicy"
        },
        dead_letter_queue=_target(redrive["deadLetterTargetArn"]) if redrive else None,
        max_receive_count=int(redrive["maxReceiveCount"]) if redrive else None,
    )
