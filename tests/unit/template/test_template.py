"""Functions, routes, permissions and settings, as SAM translates them from template.yaml."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws import deployment, template
from local.aws.declarations import Function, Route
from maskline import carriers
from maskline.carriers.urls import Door
from maskline.domain.errors import ErrorCode

LAYER_PACKAGE = template.ROOT / "layers" / "masking" / "maskline"
FUNCTIONS = template.functions()
MOST_LINES, MOST_RESOURCES = 1_300, 180
BASIC_EXECUTION = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def _every_function(test: Any) -> Any:
    return pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS.keys())(test)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _properties(kind: str, logical_id: str) -> dict[str, Any]:
    return template.resources(kind)[logical_id]


def _role(function: Function) -> dict[str, Any]:
    reference = _properties("AWS::Lambda::Function", function.logical_id)["Role"]
    return _properties("AWS::IAM::Role", reference["Fn::GetAtt"][0])


def _permissions(function: Function) -> Iterator[tuple[str, str]]:
    """(action, resource as JSON) of everything that a function may do."""
    for statement in function.statements:
        for action in _as_list(statement["Action"]):
            for resource in _as_list(statement["Resource"]):
                yield action, json.dumps(resource)


# Functions and routes


@_every_function
def test_function_runs_what_the_design_says(function: Function) -> None:
    properties = _properties("AWS::Lambda::Function", function.logical_id)

    assert properties["Runtime"] == "python3.13"
    assert properties["Architectures"] == ["arm64"]
    assert function.handler == "app.handler"
    assert "TracingConfig" not in properties


@_every_function
def test_function_is_named_after_its_folder(function: Function) -> None:
    words = function.folder.split("_")

    assert function.logical_id == "".join(word.title() for word in words) + "Function"


@_every_function
def test_functions_log_to_one_group_and_lambda_drops_nothing_of_ours(function: Function) -> None:
    """Lambda's own lines are three for each invocation; of those the ones of failures stay.

    docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html: a line of less
    than ApplicationLogLevel is dropped, whatever the code's logger is set to.
    """
    logging = _properties("AWS::Lambda::Function", function.logical_id)["LoggingConfig"]

    assert logging == {
        "LogGroup": {"Ref": "FunctionsLogGroup"},
        "LogFormat": "JSON",
        "SystemLogLevel": "WARN",
        "ApplicationLogLevel": "TRACE",
    }


def test_the_functions_and_the_webhooks_api_have_a_log_group_each() -> None:
    groups = template.resources("AWS::Logs::LogGroup")

    assert groups.keys() == {"FunctionsLogGroup", "WebhookApiLogGroup"}
    for group in groups.values():
        # Lambda may make a group again behind its deletion: the next stack must not want its name.
        assert "LogGroupName" not in group
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_no_route_ends_in_a_slash() -> None:
    """An HTTP API has no such routes, and clients' paths go to a REST API, which ignores it.

    github.com/aws/serverless-application-model/issues/1949
    """
    assert not [route for route in template.routes() if route.path.endswith("/")]
    for stage in template.resources("AWS::ApiGatewayV2::Stage").values():
        assert not [key for key in stage.get("RouteSettings", {}) if key.endswith("/")]


def test_clients_have_a_rest_api_and_carriers_an_http_api() -> None:
    stages = {route.stage for route in template.routes() if not _is_webhook(route)}

    assert stages == {"v1"}
    assert {route.stage for route in template.routes() if _is_webhook(route)} == {""}
    [api] = template.resources("AWS::ApiGateway::RestApi").values()
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    # A body of any type is text (maskline/api/http.py).
    assert "BinaryMediaTypes" not in api
    assert "x-amazon-apigateway-binary-media-types" not in api["Body"]


def test_the_stack_makes_what_the_local_gateway_takes() -> None:
    deployment.from_template().gateway()


def test_every_refusal_of_the_public_api_has_the_shape_of_our_errors() -> None:
    responses = template.gateway_responses()

    for response in responses.values():
        body = response["responseTemplates"]["application/json"]
        filled = body.replace("$context.error.messageString", '"text"')
        said = json.loads(filled)
        assert list(said) == ["api_id", "error", "error_code"]
        assert said["error_code"] in set(ErrorCode)
    assert responses["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == "404"
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "REQUEST_TOO_LARGE", "THROTTLED"} <= set(responses)


@pytest.mark.parametrize(
    ("method", "path", "folder"),
    [
        ("POST", "/v1/Account/{auth_id}/Masking/Session", "create_session"),
        ("GET", "/v1/Account/{auth_id}/Masking/Session", "list_sessions"),
        ("GET", "/v1/Account/{auth_id}/Masking/Session/{session_uuid}", "get_session"),
        ("POST", "/v1/Account/{auth_id}/Masking/Session/{session_uuid}", "update_session"),
        ("DELETE", "/v1/Account/{auth_id}/Masking/Session/{session_uuid}", "end_session"),
        ("GET", "/v1/Account/{auth_id}/Masking/Call/{call_uuid}", "explain_call"),
        (
            "GET",
            "/v1/Account/{auth_id}/Masking/Session/{session_uuid}/Interaction/{call_uuid}",
            "explain_call",
        ),
        ("POST", "/v1/Account/{auth_id}/Number", "manage_numbers"),
        ("GET", "/v1/Account/{auth_id}/Number", "manage_numbers"),
        ("GET", "/v1/Account/{auth_id}/Number/{number}", "manage_numbers"),
        ("POST", "/v1/Account/{auth_id}/Number/{number}", "manage_numbers"),
        ("DELETE", "/v1/Account/{auth_id}/Number/{number}", "manage_numbers"),
        ("POST", "/v1/Account/{auth_id}/Masking/Erasure", "erasures"),
        ("GET", "/v1/Account/{auth_id}/Masking/Erasure/{erasure_id}", "erasures"),
        ("ANY", "/carriers/{carrier}/call/{step+}", "answer_call"),
        ("ANY", "/carriers/{carrier}/event/{step+}", "record_call"),
    ],
)
def test_path_is_served_by(method: str, path: str, folder: str) -> None:
    served = {(route.method, route.path): route.function for route in template.routes()}

    assert FUNCTIONS[served[method, path]].folder == folder


def test_the_template_names_no_carrier() -> None:
    """An adapter adds no route, no permission and no line outside its folder."""
    text = (template.ROOT / "template.yaml").read_text(encoding="utf-8").lower()

    assert [name for name in carriers.NAMES if name in text] == []


def test_a_carrier_has_two_routes() -> None:
    """Which carrier, step and call it is stands in the path: another carrier adds no route."""
    webhooks = {(route.method, route.path) for route in template.routes() if _is_webhook(route)}

    assert webhooks == {("ANY", f"/carriers/{{carrier}}/{door}/{{step+}}") for door in Door}


def _snapshots() -> set[str]:
    return {
        logical_id
        for logical_id, properties in template.resources("AWS::Lambda::Function").items()
        if properties.get("SnapStart") == {"ApplyOn": "PublishedVersions"}
    }


def test_a_function_starts_from_a_snapshot_where_somebody_waits_on_a_telephone() -> None:
    """And nowhere else: each is two dollars a month (docs/decisions/0047)."""
    aliases = template.resources("AWS::Lambda::Alias").values()

    assert {FUNCTIONS[one].folder for one in _snapshots()} == {"answer_call"}
    assert {alias["FunctionName"]["Ref"] for alias in aliases} == _snapshots()


def test_a_changed_layer_and_a_new_release_make_new_versions_of_which_one_is_kept() -> None:
    source = template.load_source()["Resources"]

    assert source["MaskingLayer"]["Properties"]["PublishLambdaVersion"] is True
    for function in _snapshots():
        assert source[function]["Properties"]["AutoPublishAliasAllProperties"] is True
        assert source[function]["Properties"]["AutoPublishCodeSha256"] == {"Ref": "Release"}
        assert source[function]["Properties"]["VersionDeletionPolicy"] == "Delete"


def test_a_new_release_has_every_function_start_anew() -> None:
    """Also those that keep no snapshot: they hold the deployment's secret while they are warm."""
    for function in template.load_template()["Resources"].values():
        if function["Type"] == "AWS::Lambda::Function":
            variables = function["Properties"]["Environment"]["Variables"]
            assert variables["RELEASE"] == {"Ref": "Release"}


def test_the_access_log_never_holds_a_path_or_query() -> None:
    (stage,) = template.resources("AWS::ApiGatewayV2::Stage").values()

    variables = set(re.findall(r"\$context\.([\w.]+)", stage["AccessLogSettings"]["Format"]))

    assert variables
    assert not variables & {"path", "queryString", "integration.requestParameters"}


# Requests a second

_ACCOUNT_QUOTA = {"ThrottlingRateLimit": 10_000, "ThrottlingBurstLimit": 5_000}
_SMALLEST_QUOTA = {"ThrottlingRateLimit": 2_500, "ThrottlingBurstLimit": 1_250}


def _is_webhook(route: Route) -> bool:
    return route.path.startswith("/carriers/")


def _limits(settings: dict[str, Any]) -> dict[str, int]:
    return {name: int(template.resolve(settings[name], {})) for name in _ACCOUNT_QUOTA}


def _public_limits() -> dict[str, int]:
    [stage] = template.resources("AWS::ApiGateway::Stage").values()
    [settings] = stage["MethodSettings"]
    # Every method, so that a new one is limited from the start. The API escapes the slash itself.
    assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
    return _limits(settings)


def _webhook_limits() -> dict[str, int]:
    [stage] = template.resources("AWS::ApiGatewayV2::Stage").values()
    # A limit of a route's own is a setting that a stage refuses once the route is gone.
    assert "RouteSettings" not in stage
    return _limits(stage["DefaultRouteSettings"])


def test_a_flood_of_the_public_api_leaves_room_for_calls() -> None:
    public = [route for route in template.routes() if not _is_webhook(route)]

    assert set(_public_limits().values()) == {100}
    # All methods at once.
    for name, quota in _ACCOUNT_QUOTA.items():
        assert len(public) * _public_limits()[name] < 0.9 * quota


def test_webhooks_have_more_room_than_any_public_route_and_no_more_than_there_is() -> None:
    for name, limit in _webhook_limits().items():
        assert 10 * _public_limits()[name] <= limit <= _SMALLEST_QUOTA[name]


# Permissions

_MAKES_KEYS = "kms:GenerateDataKeyWithoutPlaintext"


@_every_function
def test_function_may_do_only_named_things_to_named_resources(function: Function) -> None:
    permissions = list(_permissions(function))

    assert permissions
    for action, resource in permissions:
        assert "*" not in action
        assert "*" not in resource
    assert {statement["Effect"] for statement in function.statements} == {"Allow"}


@_every_function
def test_function_role_has_one_policy_of_aws_to_write_logs_and_else_the_templates(
    function: Function,
) -> None:
    ours = template.resources("AWS::IAM::ManagedPolicy").keys()
    [of_aws, *attached] = _role(function)["ManagedPolicyArns"]

    assert of_aws == BASIC_EXECUTION
    assert {one["Ref"] for one in attached} <= ours == {"ReadSecret", "OpenSealed", "ReadStream"}


def test_the_template_stays_one_that_can_be_read_and_changed() -> None:
    assert len(template.TEMPLATE_PATH.read_text().splitlines()) <= MOST_LINES
    assert len(template.load_template()["Resources"]) <= MOST_RESOURCES


@_every_function
def test_function_may_reach_the_queues_that_it_is_told_of(function: Function) -> None:
    told = {
        value["Ref"] for name, value in function.environment.items() if name.endswith("_QUEUE_URL")
    }

    allowed = {
        json.loads(resource)["Fn::GetAtt"][0]
        for action, resource in _permissions(function)
        if action.startswith("sqs:")
    }

    # A stream's failure destination is written by Lambda, not by the function's code.
    assert told == allowed - {"RecoverFailuresQueue"}


def test_no_function_may_both_make_and_unwrap_data_keys() -> None:
    """And none may use the key of the table, which DynamoDB uses for them."""
    key_arn = json.dumps({"Fn::GetAtt": ["WrappingKey", "Arn"]})
    uses = {
        one.folder: [
            action
            for action, resource in _permissions(one)
            if action.startswith("kms:") and resource == key_arn
        ]
        for one in FUNCTIONS.values()
    }
    everything = [
        action
        for one in FUNCTIONS.values()
        for action, _ in _permissions(one)
        if action.startswith("kms:")
    ]

    assert sorted(everything) == sorted(action for actions in uses.values() for action in actions)
    assert {one for one, actions in uses.items() if actions == [_MAKES_KEYS]} == {
        "provision_account",
        "rotate_keys",
    }
    assert {action for actions in uses.values() for action in actions[1:]} == set()
    assert set(everything) == {_MAKES_KEYS, "kms:Decrypt"}


def test_the_key_of_the_accounts_keys_is_rotated_and_kept() -> None:
    key = template.load_template()["Resources"]["WrappingKey"]
    [administration] = key["Properties"]["KeyPolicy"]["Statement"]

    assert key["DeletionPolicy"] == "RetainExceptOnCreate"
    assert key["Properties"]["EnableKeyRotation"] is True
    assert key["Properties"]["MultiRegion"] is True
    assert administration["Principal"]["AWS"]["Fn::Sub"].endswith(":root")


def test_the_table_key_may_be_used_through_dynamodb_only() -> None:
    key = template.resources("AWS::KMS::Key")["TableKey"]

    use = key["KeyPolicy"]["Statement"][1]

    assert set(use["Condition"]["StringEquals"]) == {"kms:ViaService", "kms:CallerAccount"}
    assert not [action for action in use["Action"] if "*" in action]
    assert key["EnableKeyRotation"] is True


@_every_function
def test_function_that_queries_an_index_names_one_that_exists(function: Function) -> None:
    indexes = {
        index["IndexName"] for index in template.table_definition()["GlobalSecondaryIndexes"]
    }

    named = {
        found[1]
        for _, resource in _permissions(function)
        if (found := re.search(r"/index/(\w+)", resource))
    }

    assert named <= indexes


# Settings


def _environment_names_read() -> set[str]:
    """The upper-case names in config.py: what it reads of the environment."""
    tree = ast.parse((LAYER_PACKAGE / "config.py").read_text())
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {
        value
        for value in constants
        if isinstance(value, str) and re.fullmatch(r"[A-Z_]{4,}", value)
    }


def test_every_setting_is_handed_to_the_functions() -> None:
    shared = set.intersection(*(set(one.environment) for one in FUNCTIONS.values()))
    own = {
        "API_BASE_URL",
        "CALLBACK_QUEUE_URL",
        "CALLBACK_DEAD_LETTER_QUEUE_URL",
        "UNREADABLE_RECORDS_QUEUE_URL",
        "CALL_ORDER_QUEUE_URL",
    }
    by_lambda = {"AWS_LAMBDA_INITIALIZATION_TYPE"}

    assert _environment_names_read() - own - by_lambda <= shared
    assert own <= {name for one in FUNCTIONS.values() for name in one.environment}


def test_every_variable_handed_over_is_read() -> None:
    by_powertools = {"POWERTOOLS_SERVICE_NAME"}
    by_lambda_alone = {"RELEASE"}
    handed = {name for one in FUNCTIONS.values() for name in one.environment}

    assert handed - by_powertools - by_lambda_alone <= _environment_names_read()


def test_only_the_local_stack_calls_loopback_addresses() -> None:
    assert {one.environment["ALLOW_LOOPBACK_CALLBACKS"] for one in FUNCTIONS.values()} == {"false"}


def test_every_parameter_says_what_it_is_for_and_has_a_default() -> None:
    for name, parameter in template.load_template()["Parameters"].items():
        assert parameter["Description"], name
        assert "Default" in parameter, name


def test_the_deployment_secret_is_made_by_aws() -> None:
    properties = template.resources("AWS::SecretsManager::Secret")["DeploymentSecret"]

    assert properties["GenerateSecretString"]["PasswordLength"] >= 32
    assert "SecretString" not in properties


@pytest.mark.parametrize("given", ["", "arn:aws:secretsmanager:us-east-1:1:secret:old-AbCdEf"])
def test_a_function_reads_the_secret_that_is_in_use_and_no_other(given: str) -> None:
    """A reference to a secret that is not made fails the deployment."""
    made = {} if given else {"DeploymentSecret": "made"}
    used = [
        template.load_template()["Outputs"]["DeploymentSecretArn"]["Value"],
        *(one.environment["DEPLOYMENT_SECRET_ARN"] for one in FUNCTIONS.values()),
        *(
            statement["Resource"]
            for one in FUNCTIONS.values()
            for statement in one.statements
            if statement["Action"] == "secretsmanager:GetSecretValue"
        ),
    ]

    names = {"DeploymentSecretArn": given, **made}
    assert {template.resolve(one, names) for one in used} == {given or "made"}
    assert template.load_template()["Resources"]["DeploymentSecret"]["Condition"] == "MakesSecret"


@pytest.mark.parametrize(
    ("arn", "is_taken"),
    [
        ("", True),
        (
            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:Secret-1a2B-AbCdEf",
            True,
        ),
        ("arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:copy-AbCdEf", True),
        ("Secret-1a2B-AbCdEf", False),
        ("arn:aws:secretsmanager:eu-central-1:123456789012:secret:Secret", False),
        ("arn:aws:secretsmanager:eu-central-1:123456789012:secret:*-AbCdEf", False),
    ],
)
def test_another_stacks_secret_is_named_in_full(arn: str, is_taken: bool) -> None:
    """A role's statement needs it so.

    docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
    """
    pattern = template.load_template()["Parameters"]["DeploymentSecretArn"]["AllowedPattern"]

    assert bool(re.search(pattern, arn)) is is_taken


def test_a_first_deployment_that_fails_leaves_an_empty_table_and_nothing_else() -> None:
    """RetainExceptOnCreate deletes in a rollback what its deployment made.

    aws.amazon.com/about-aws/whats-new/2023/07/aws-cloudformation-deletion-policies-dev-test-cycle
    A protected table cannot be deleted: docs/teardown.md names its commands.
    """
    policies = {
        logical_id: (resource["DeletionPolicy"], resource.get("UpdateReplacePolicy"))
        for logical_id, resource in template.load_template()["Resources"].items()
        if resource.get("DeletionPolicy", "Delete") != "Delete"
        and resource["Type"] != "AWS::Lambda::LayerVersion"
    }

    kept = ("RetainExceptOnCreate", "Retain")
    assert policies == {
        "MaskingTable": ("Retain", "Retain"),
        "TableKey": kept,
        "WrappingKey": kept,
        "DeploymentSecret": kept,
    }
