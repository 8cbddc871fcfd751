"""What the targets for AWS do before anything happens there: where they work, and what lacks."""

import os
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError
from botocore.stub import Stubber

from local.aws.template import ROOT
from tools.operator import preflight
from tools.operator.release import release_of

TARGETS = {
    "deploy": "",
    "replay": "",
    "rotate-keys": "",
    "restore": "FROM=one",
    "destroy": "CONFIRM=maskline",
    "plan": "ARGS=--account=MA1",
    "trail": "SESSION=one",
    "verify-trail": "",
}
# What is typed behind targets that work on the stack of `make run` unless one on AWS is named.
LOCAL_UNLESS_NAMED = {
    "provision": ["EVENT=README.md"],
    "import-numbers": ["ACCOUNT=MA1", "CARRIER=plivo"],
    "smoke": [],
}
# These work on a table, whose client takes the Region from the environment.
OF_A_TABLE = {"restore", "plan", "trail", "verify-trail"}
TABLE_COMMANDS = ("tools.restore", "tools.planning", "tools.trail")
ELSEWHERE = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
DOCUMENTS = [ROOT / "README.md", ROOT / "Makefile", *sorted((ROOT / "docs").rglob("*.md"))]

Answers = Callable[..., None]


class Account:
    """An AWS account as the preflight meets it; the SDK checks what is asked and answered."""

    def __init__(self, region: str | None, concurrency: int, *, knows_us: bool = True) -> None:
        self.region_name = region
        self._knows_us = knows_us
        self._concurrency = concurrency

    def client(self, service: str) -> Any:
        if service == "sts" and not self._knows_us:
            raise NoCredentialsError
        client: Any = boto3.session.Session(region_name=self.region_name).client(service)
        stubber = Stubber(client)
        if service == "sts":
            stubber.add_response("get_caller_identity", {"Account": "123456789012"}, {})
        else:
            limit = {"ConcurrentExecutions": self._concurrency}
            stubber.add_response("get_account_settings", {"AccountLimit": limit}, {})
        stubber.activate()
        return client


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the account that is asked; the environment names none."""

    def set_account(
        region: str | None = "eu-central-1", concurrency: int = 1000, *, knows_us: bool = True
    ) -> None:
        def session(region_name: str | None) -> Account:
            return Account(region_name or region, concurrency, knows_us=knows_us)

        monkeypatch.setattr(boto3, "Session", session)

    return set_account


def test_it_says_where_it_is_about_to_work(
    account: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    account()

    assert preflight.main(["maskline"]) == 0
    assert preflight.main(["other", "--region", "eu-north-1"]) == 0

    told = capsys.readouterr().out.splitlines()
    assert told == [
        "Stack maskline, account 123456789012, Region eu-central-1",
        "Stack other, account 123456789012, Region eu-north-1",
    ]


@pytest.mark.parametrize("arguments", [[], ["--deploys"]])
@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"region": None}, "Name the Region: REGION=eu-central-1, or one in your AWS profile."),
        ({"knows_us": False}, "AWS knows no credentials of yours: Unable to locate credentials"),
    ],
)
def test_no_target_works_without_a_region_and_credentials(
    account: Answers,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    state: dict[str, Any],
    sentence: str,
) -> None:
    account(**state)

    assert preflight.main(["maskline", *arguments]) == 1
    assert capsys.readouterr().err.splitlines() == [sentence]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"region": "ap-east-2"}, "no SnapStart in ap-east-2"),
        ({"concurrency": 199}, "quota L-B99A9384"),
    ],
)
def test_a_deployment_stops_where_calls_could_not_be_answered(
    account: Answers, capsys: pytest.CaptureFixture[str], state: dict[str, Any], said: str
) -> None:
    account(**state)

    assert preflight.main(["maskline", "--deploys", "--without-bytecode"]) == 1
    [sentence] = capsys.readouterr().err.splitlines()
    assert said in sentence
    assert preflight.main(["maskline"]) == 0, "what runs there already can be operated"


@pytest.mark.parametrize("refuses", [None, "exit 127", "exit 0"])
def test_a_layer_without_bytecode_is_asked_for(
    account: Answers,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    refuses: str | None,
) -> None:
    """A shim on PATH that runs nothing counts as none."""
    account(concurrency=preflight.LEAST_CONCURRENCY)
    monkeypatch.setenv("PATH", str(tmp_path))
    if refuses:
        shim = tmp_path / "python3.13"
        shim.write_text(f"#!/bin/sh\n{refuses}\n")
        shim.chmod(0o755)
    is_there = refuses == "exit 0"

    assert preflight.main(["maskline", "--deploys"]) == (0 if is_there else 1)
    assert ("say NO_BYTECODE=1" in capsys.readouterr().err) is not is_there
    assert preflight.main(["maskline", "--deploys", "--without-bytecode"]) == 0


def recipe(*targets: str, typed: Sequence[str] = (), **environment: str) -> list[str]:
    """The commands of targets that are of interest: which say, or use, a Region.

    `typed` stands behind the targets.
    """
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    made = subprocess.run(
        [
            *("make", "--no-print-directory", "-n", *targets),
            *(given for target in targets for given in TARGETS.get(target, "").split()),
            *typed,
        ],
        cwd=ROOT,
        env=inherited | ELSEWHERE | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.replace("\\\n\t", "")
    marks = (
        "tools.operator.preflight",
        "tools.operator.operate",
        "tools.operator.import_numbers",
        "tools.operator.teardown",
        "tools.smoke",
        "sam deploy",
        *TABLE_COMMANDS,
    )
    return [line for line in made.splitlines() if any(mark in line for mark in marks)]


@pytest.mark.parametrize(
    ("target", "name"),
    [
        *((target, "REGION") for target in TARGETS),
        ("deploy", "AWS_REGION"),
        ("deploy", "AWS_DEFAULT_REGION"),
    ],
)
def test_a_target_works_in_the_region_that_is_named_and_says_so_first(
    target: str, name: str
) -> None:
    told, *done = recipe(target, **{name: "eu-north-1"})

    assert re.search(r"tools\.[\w.]+ maskline .*--region eu-north-1", told)
    assert done or "tools.operator.preflight" not in told
    assert target in OF_A_TABLE or all("--region eu-north-1" in line for line in done)


def test_without_one_the_profile_decides() -> None:
    lines = recipe(*TARGETS)

    assert len(lines) >= len(TARGETS)
    assert not [line for line in lines if "--region" in line or "us-east-1" in line]


@pytest.mark.parametrize("target", LOCAL_UNLESS_NAMED)
@pytest.mark.parametrize("environment", [{}, {"REGION": "eu-north-1", "STACK": "other"}])
def test_a_target_that_works_locally_too_does_so_unless_a_stack_is_typed(
    target: str, environment: dict[str, str]
) -> None:
    """What stands in the environment for another command names none."""
    words = LOCAL_UNLESS_NAMED[target]

    [local] = recipe(target, typed=words, **environment)
    assert "--region" not in local
    assert "--stack" not in local

    [regional] = recipe(target, typed=[*words, "REGION=eu-west-1"])
    assert re.search(r"\bmaskline .*--region eu-west-1", regional)
    [named] = recipe(target, typed=[*words, "STACK=masking-test"])
    assert " masking-test " in f"{named} "
    assert "--local" not in regional + named


def test_an_order_to_provision_goes_to_the_local_stack_on_its_port() -> None:
    words = LOCAL_UNLESS_NAMED["provision"]

    [line] = recipe("provision", typed=[*words, "PORT=3400"])

    assert line.startswith("PORT=3400 ")
    assert re.search(r'--order "README.md"\s+--local provision_account', line)


def test_an_import_is_told_every_word_but_those_of_the_place() -> None:
    words = ["ACCOUNT=MA1", "COUNTRI=GB", "PORT=3400", "REGION=eu-west-1", "STACK=other"]

    [line] = recipe("import-numbers", typed=words)

    assert set(re.findall(r'(\w+)="\$\1"', line)) == {"ACCOUNT", "COUNTRI"}


def test_a_stack_has_a_folder_of_its_own_in_sams_bucket() -> None:
    """`sam delete` removes the whole folder of the stack that it deletes."""
    [deploying] = [line for line in recipe("deploy", STACK="other") if "sam deploy" in line]

    assert "--stack-name other --s3-prefix other " in deploying
    assert "s3_prefix" not in (ROOT / "samconfig.toml").read_text()


def test_reading_the_template_leaves_the_region_alone() -> None:
    """Whoever reads it next to AWS, such as `make trail`, would look in another Region."""
    code = "import os; from local.aws import template; template.load_template(); print(*os.environ)"
    environment = {name: value for name, value in os.environ.items() if "REGION" not in name}

    names = subprocess.check_output(
        [ROOT / ".venv/bin/python", "-c", code], cwd=ROOT, env=environment | ELSEWHERE, text=True
    )

    assert not [name for name in names.split() if "REGION" in name]


def test_a_release_is_named_by_its_content_and_its_parameters(tmp_path: Path) -> None:
    (tmp_path / "Function").mkdir()
    code = tmp_path / "Function" / "app.py"
    code.write_text("one")
    first = release_of(tmp_path, "AlarmEmail=ops@example.com")

    os.utime(code, (0, 0))
    assert release_of(tmp_path, "AlarmEmail=ops@example.com") == first
    assert release_of(tmp_path, "AlarmEmail=other@example.com") != first
    code.write_text("two")
    assert release_of(tmp_path, "AlarmEmail=ops@example.com") != first
    code.write_text("one")
    code.rename(tmp_path / "Function" / "other.py")
    assert release_of(tmp_path, "AlarmEmail=ops@example.com") != first


def test_no_document_has_anybody_answer_seventy_questions() -> None:
    """`sam deploy --guided` asks of each public route whether it may be without authentication."""
    assert [document for document in DOCUMENTS if "--guided" in document.read_text()] == []
