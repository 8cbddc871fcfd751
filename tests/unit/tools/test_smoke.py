"""What `make smoke` says and names: rows without a number, outputs and behaviours that exist."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from local.aws import template
from local.phone.carrier_call import Carrier
from local.phone.plivo import PLIVO
from local.phone.simulator import CarrierSimulator
from local.phone.webhooks import Courier
from maskline.services.accounts.provision import MIN_TOKEN_CHARACTERS
from tests.unit.local.phone.local_application import (
    CALLEE,
    VIRTUAL,
    Application,
    served_application,
)
from tools.smoke.__main__ import CHECKS, main
from tools.smoke.calls import require_connected
from tools.smoke.made import Made
from tools.smoke.report import Effort, FailedError, Result, Row, Settles

CALLER = "+12025550101"
COMPARISON = template.ROOT / "docs" / "local-and-aws.md"
OUTPUTS = ("ApiUrl", "TableName", "DeploymentSecretArn")


@pytest.fixture
def application() -> Iterator[Application]:
    with served_application() as application:
        yield application


@pytest.fixture
def carrier(application: Application) -> CarrierSimulator:
    urls = {"answer_url": f"{application.url}/answer", "status_url": f"{application.url}/hangup"}
    return CarrierSimulator(Carrier(account_id="MA1", courier=Courier(PLIVO, ("token",)), **urls))


def test_a_call_to_the_right_phone_under_the_virtual_number_is_one_that_passes(
    application: Application, carrier: CarrierSimulator
) -> None:
    application.dials()

    require_connected(carrier.call(CALLER, VIRTUAL), to=CALLEE, caller_id=VIRTUAL)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("<Response/>", "The call was not connected."),
        (f'<Response><Dial callerId="{VIRTUAL}"><Number>{CALLER[:-1]}9</Number></Dial></Response>',
         "The call was connected to somebody else."),
        (f'<Response><Dial callerId="{CALLER}"><Number>{CALLEE}</Number></Dial></Response>',
         "The other party does not see the virtual number."),
        (f"<Response><Dial><Number>{CALLEE}</Number></Dial></Response>",
         "The other party does not see the virtual number."),
    ],
)  # fmt: skip
def test_a_call_that_went_wrong_fails_with_how(
    application: Application, carrier: CarrierSimulator, document: str, sentence: str
) -> None:
    application.documents["/answer"] = document
    call = carrier.call(CALLER, VIRTUAL)

    with pytest.raises(FailedError) as failure:
        require_connected(call, to=CALLEE, caller_id=VIRTUAL)

    assert str(failure.value) == sentence


def test_a_webhook_that_was_not_taken_fails_a_call_that_was_connected(
    application: Application, carrier: CarrierSimulator
) -> None:
    application.dials()
    application.statuses["/hangup"] = 500
    call = carrier.call(CALLER, VIRTUAL)

    with pytest.raises(FailedError, match=r"^The hangup webhook was answered 500\.$"):
        require_connected(call, to=CALLEE, caller_id=VIRTUAL)


@pytest.mark.parametrize("number", [CALLER, CALLER[1:], "02079460150"])
def test_no_row_holds_a_number_whatever_the_error_quotes(number: str) -> None:
    row = Row("a call", Settles.NOTHING, Result.FAILED, f"<Number>{number}</Number> is odd")

    assert number not in str(row)
    assert "is odd" in str(row)


def test_what_it_cost_is_by_the_measured_figures() -> None:
    """A session without a call and one with, of which results.md says what a million cost."""
    figures = (template.ROOT / "bench" / "results.md").read_text()
    [sums] = [line for line in figures.splitlines() if line.startswith("| in all |")]
    quiet, called = (float(cell) for cell in sums.split("|")[3:5])

    told = str(Effort(requests=3, webhooks=6, sessions=2_000, calls=1_000))

    assert told.startswith("3 requests of the API, 6 webhooks, 1 invocation")
    assert told.endswith(f"about {(quiet + called) / 1000:.5f} dollars")


def test_the_template_has_the_outputs_and_the_function_that_it_goes_by() -> None:
    source = template.load_source()

    assert {*OUTPUTS, "ProvisionAccountFunctionName"} <= source["Outputs"].keys()
    assert "DeliverCallbackFunction" in source["Resources"]
    assert "FreeNumbersAlarmBelow" in source["Parameters"]


def test_every_behaviour_is_settled_by_a_step() -> None:
    assert {check.settles for check in CHECKS} == set(Settles)


@pytest.mark.skipif(not COMPARISON.exists(), reason="there is no comparison of local and AWS yet")
@pytest.mark.parametrize("behaviour", [one for one in Settles if one is not Settles.NOTHING])
def test_a_behaviour_is_one_that_the_comparison_names(behaviour: Settles) -> None:
    assert behaviour in COMPARISON.read_text(encoding="utf-8")


def test_an_order_draws_people_and_numbers_apart_and_tokens_that_are_long_enough() -> None:
    made = Made.drawn(numbers=5)

    assert len({*made.people, *made.numbers}) == 8
    assert all(number.startswith("+120255501") for number in (*made.people, *made.numbers))
    assert len({made.account_token, made.carrier_token}) == 2
    assert min(map(len, (made.account_token, made.carrier_token))) >= MIN_TOKEN_CHARACTERS


def test_a_deployed_stack_needs_credentials_and_a_region(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setattr("signal.signal", lambda *_: None)

    assert main(["maskline"]) == 1

    assert capsys.readouterr().err.startswith("Name the Region: ")


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ([], "PORT=3000 .venv/bin/python -m tools.smoke"),
        (["PORT=3001"], "PORT=3001 .venv/bin/python -m tools.smoke"),
        (["REGION=eu-north-1"], "-m tools.smoke maskline --region eu-north-1"),
        (["STACK=other"], "-m tools.smoke other"),
        (
            ["CALLBACK_URL=https://shop.example/a"],
            '-m tools.smoke --callback-url "https://shop.example/a"',
        ),
    ],
)
def test_it_goes_to_aws_only_where_a_stack_or_a_region_is_named(
    arguments: list[str], command: str
) -> None:
    """Not for a Region in the environment: whoever has one there may mean `make run`."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    made = subprocess.run(
        ["make", "--no-print-directory", "-n", "smoke", *arguments],
        cwd=template.ROOT,
        env=environment | {"AWS_REGION": "eu-west-1"} if not arguments else environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.replace("\\\n\t", "")
    [line] = [line for line in made.splitlines() if "tools.smoke" in line]

    assert " ".join(line.split()).endswith(command)
