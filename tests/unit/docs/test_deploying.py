"""docs/deploying.md: a misspelt target, variable, parameter, operation or option fails here.

A shell types the commands. `make` says what it would do, `aws` writes down what it was told, and
AWS's and SAM's own declarations are asked whether they know it. tests/e2e/test_deploying.py types
what goes to the API.
"""

import json
import os
import re
import shlex
import subprocess
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import ListShape, Shape, StringShape, StructureShape

from local.aws import template
from local.aws.template import ROOT
from maskline.domain.limits import AccountLimits
from maskline.domain.sessions.session import Strategy
from maskline.services.accounts.limits import parse_limits
from tests.support.shown_commands import DOCUMENT, shown_commands
from tools.operator import new_account

TEXT = DOCUMENT.read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
# Options of `aws` that are no parameters of an operation.
GLOBAL = {"region", "query", "output"}
# awscli/customizations/argrename.py
RENAMED = {("sns", "Endpoint"): "notification-endpoint"}
# What a reader puts into the shell's variables.
VALUES = {
    "ALARM_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:maskline-AlarmTopic-X",
    "CERTIFICATE_ARN": "arn:aws:acm:eu-central-1:123456789012:certificate/x",
    "API_ID": "a1",
    "WEBHOOKS_ID": "w1",
}
PARSES = """
import json, sys
from samcli.commands.deploy.command import cli
for line in sys.stdin:
    cli.make_context("deploy", json.loads(line))
"""


def commands(program: str) -> list[str]:
    return [one for one in shown_commands() if one.split()[0] == program]


def typed(command: str, folder: Path) -> str:
    """What a shell in the project's folder answers. `aws` leaves its arguments in `folder`."""
    aws = folder / "aws"
    aws.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {folder}/arguments\n')
    aws.chmod(0o755)
    path = {"PATH": f"{folder}:{os.environ['PATH']}", "OUT": str(folder)}
    return shell(command.replace("> ", '> "$OUT"/'), path)


@cache
def recipe(command: str) -> str:
    """What `make` would do."""
    return shell(command, {"PATH": os.environ["PATH"], "MAKEFLAGS": "n"}).replace("\\\n\t", "")


def shell(command: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-euc", command],
        cwd=ROOT,
        env=environment | VALUES,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_command_is_typed_somewhere() -> None:
    assert {one.split()[0] for one in shown_commands()} == {"make", "aws", "sed", "curl"}


# make


@pytest.mark.parametrize("command", commands("make"))
def test_make_knows_the_target_and_its_variables(command: str) -> None:
    _, target, *assigned = shlex.split(command)
    variables = dict(one.split("=", 1) for one in assigned)

    assert target in TARGETS
    assert recipe(command)
    assert all(f"$({name})" in MAKEFILE for name in variables)
    for parameter in variables.get("PARAMETERS", "").split():
        assert parameter.partition("=")[0] in template.parameters()


def test_sam_knows_every_option_that_it_is_given() -> None:
    given = [
        options
        for command in commands("make")
        for options in re.findall(r"^\.venv-sam/bin/sam deploy (.*)", recipe(command), re.MULTILINE)
    ]
    arguments = [shlex.split(re.sub(r"\$\(.*\)", "0abc", one)) for one in given]

    done = subprocess.run(
        [ROOT / ".venv-sam/bin/python", "-c", PARSES],
        input="".join(json.dumps(one) + "\n" for one in arguments),
        cwd=ROOT,
        env=os.environ | {"SAM_CLI_TELEMETRY": "0"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert len(arguments) > 4
    assert any("--tags" in one for one in arguments)
    assert done.returncode == 0, done.stderr


def test_targets_and_variables_in_the_text_are_there() -> None:
    assert set(re.findall(r"`make\s+([a-z-]+)", TEXT)) <= TARGETS
    assert all(f"$({name})" in MAKEFILE for name in re.findall(r"`([A-Z_]+)=", TEXT))


# AWS


@pytest.mark.parametrize("command", commands("aws"))
def test_aws_knows_the_operation_and_its_parameters(command: str, tmp_path: Path) -> None:
    typed(command, tmp_path)
    service, operation, *options = (tmp_path / "arguments").read_text().splitlines()
    model = botocore.session.get_session().get_service_model(service)
    names = {xform_name(one, "-"): one for one in model.operation_names}
    shape = model.operation_model(names[operation]).input_shape
    given = dict(zip(options[::2], options[1::2], strict=True))
    values = {name.removeprefix("--"): value for name, value in given.items()}
    members = {
        RENAMED.get((service, name), xform_name(name, "-")): member
        for name, member in shape.members.items()
    }

    assert values.keys() <= members.keys() | GLOBAL
    assert {xform_name(name, "-") for name in shape.required_members} <= values.keys()
    for name in values.keys() - GLOBAL:
        check(members[name], values[name])


def check(shape: Shape, value: str) -> None:
    """That a value in the command line's short form is one of the shape."""
    if isinstance(shape, ListShape):
        shape = shape.member
    if isinstance(shape, StructureShape):
        for part in value.split(","):
            name, _, inner = part.partition("=")
            check(shape.members[name], inner)
    elif isinstance(shape, StringShape) and shape.enum:
        assert value in shape.enum
    elif shape.type_name in {"integer", "double"}:
        float(value)
    elif value.startswith("file://"):
        assert (ROOT / value.removeprefix("file://")).is_file()


@pytest.mark.parametrize("command", commands("sed"))
def test_a_policy_is_made_for_a_stack_of_another_name(command: str, tmp_path: Path) -> None:
    typed(command, tmp_path)
    made = (tmp_path / "masking-test-deployer.json").read_text()

    assert "maskline" not in made
    assert json.loads(made)["Statement"]


# Text


def shown_orders() -> list[dict[str, Any]]:
    blocks = re.findall(r"^ *```json\n(.*?)```", TEXT, re.DOTALL | re.MULTILINE)
    return [json.loads(block) for block in blocks]


def test_the_order_with_limits_and_a_strategy_has_every_limit_as_provisioning_takes_it() -> None:
    _, order = shown_orders()
    account, drawn = order["account"], new_account.order()["account"]
    assert isinstance(drawn, dict)

    assert account.keys() == drawn.keys() | {"default_strategy", "limits"}
    assert account["limits"].keys() == {field.name for field in fields(AccountLimits)}
    assert parse_limits(account).destination_countries == ("US", "GB")
    assert Strategy(account["default_strategy"]) is Strategy.PER_PARTY


def test_the_order_is_one_that_can_be_provisioned_once_it_is_filled_in() -> None:
    order, drawn = shown_orders()[0], new_account.order()

    assert order.keys() == drawn.keys()
    assert order["account"].keys() == order["subaccounts"][0].keys()
    assert [one.keys() for one in order["carriers"]] == [one.keys() for one in drawn["carriers"]]


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", TEXT)

    assert len(links) > 10
    for file, anchor in links:
        target = DOCUMENT.parent / file if file else DOCUMENT
        assert target.is_file(), file
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), anchor


def anchors(text: str) -> set[str]:
    """What GitHub calls the headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}


def test_the_names_of_outputs_are_those_of_the_template() -> None:
    named = set(re.findall(r"\b(?:\w+Url|AlarmTopicArn)\b", TEXT)) - {"PublicBaseUrl"}

    assert named == {"ApiUrl", "WebhookUrl", "AlarmTopicArn"}
    assert named <= template.load_source()["Outputs"].keys()


def test_the_statements_that_may_be_left_out_are_there() -> None:
    policy = json.loads((DOCUMENT.parent / "deploying" / "operator.json").read_text())

    assert {"TrailAndPlan", "Smoke", "Restore"} <= {one["Sid"] for one in policy["Statement"]}
