"""What Lambda does when it starts a function is done when the first caller is on the line."""

import gc
import logging
import runpy
from collections.abc import Iterator

import pytest

from local.aws.deployment import Handler
from local.aws.engine import Engine
from local.aws.runtime import Runtime
from local.aws.template import ROOT
from tests.support import event_files
from tests.support.event_files import DocumentedDeployment
from tests.support.impatience import start_within
from tests.support.in_process import forget_what_was_read
from tests.support.log_capture import captured_logs
from tests.support.observation import recorded_api_calls

ANSWER = ["BatchGetItem", "TransactWriteItems"]
EVENT = "answer_call_post"


@pytest.fixture
def deployment(running_engine: Engine) -> DocumentedDeployment:
    running_engine.set_environment(dict(running_engine.environment))
    documented = DocumentedDeployment(running_engine, Runtime(running_engine.deployment))
    documented.start()
    documented.prepare(EVENT)
    forget_what_was_read()
    return documented


@pytest.fixture
def on_lambda(deployment: DocumentedDeployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    start_within(0, monkeypatch)
    yield
    gc.unfreeze()


def start(folder: str) -> Handler:
    """The handler of a function that Lambda has just started."""
    handler: Handler = runpy.run_path(str(ROOT / "functions" / folder / "app.py"))["handler"]
    return handler


def test_the_first_caller_waits_for_no_more_than_any_other(on_lambda: None) -> None:
    handler = start("answer_call")

    with recorded_api_calls() as calls:
        answer = handler(event_files.load(EVENT), None)

    assert "<Dial " in answer["body"]
    assert [call.operation for call in calls] == ANSWER


def test_what_a_snapshot_holds_is_not_walked_by_the_collector(on_lambda: None) -> None:
    before = gc.get_freeze_count()

    start("answer_call")

    assert gc.get_freeze_count() > before


def test_a_secret_that_cannot_be_read_at_the_start_is_read_by_the_first_request(
    on_lambda: None, deployment: DocumentedDeployment
) -> None:
    engine = deployment.engine
    arn = engine.environment["DEPLOYMENT_SECRET_ARN"]
    engine.set_environment({"DEPLOYMENT_SECRET_ARN": f"{arn}-not-yet"})
    with captured_logs() as log:
        handler = start("answer_call")
    engine.set_environment({"DEPLOYMENT_SECRET_ARN": arn})

    assert '"event":"not_prepared"' in log.getvalue().replace(" ", "")
    assert "<Dial " in handler(event_files.load(EVENT), None)["body"]


def test_credentials_and_keyring_of_an_old_snapshot_are_read_again(
    on_lambda: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token may have been revoked since the snapshot was made, or the keys rotated."""
    from maskline import clock

    handler = start("answer_call")
    made_at = clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: made_at + 600_000)

    with recorded_api_calls() as calls:
        handler(event_files.load(EVENT), None)

    assert sorted(call.operation for call in calls) == sorted([*ANSWER, "GetItem", "GetItem"])


def test_nothing_is_read_where_lambda_did_not_start_the_function(
    deployment: DocumentedDeployment, caplog: pytest.LogCaptureFixture
) -> None:
    with recorded_api_calls() as calls, caplog.at_level(logging.WARNING):
        start("answer_call")

    assert calls == []
