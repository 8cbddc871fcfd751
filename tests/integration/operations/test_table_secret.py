"""A function that holds another secret than the table's refuses, says so, and writes nothing."""

import gc
import runpy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.aws import template
from local.aws.deployment import Handler
from local.aws.engine import Engine
from local.aws.runtime import Runtime
from local.aws.template import ROOT
from maskline import clock
from maskline.deployment_keys import WrongSecretError, fetch_secret
from maskline.observability import FunctionFailedError
from maskline.store import keys
from maskline.store.sealing import table_secret
from tests.support import event_files
from tests.support.event_files import DocumentedDeployment
from tests.support.impatience import start_within
from tests.support.in_process import forget_what_was_read
from tests.support.known_secret import put_secret
from tests.support.log_capture import captured_logs
from tests.support.observation import recorded_api_calls
from tools.restore.__main__ import copy_table

BACKUP = "restored-backup"
READERS = sorted(
    function.folder
    for function in template.functions().values()
    if "secretsmanager:GetSecretValue" in str(function.statements)
)
AFTER_THE_END = {"expire_sessions", "recover_timeouts"}
ANSWER = "answer_call_post"
NEW = "that of a new stack"
TWO_HOURS_MS = 7_200_000


@pytest.fixture
def documented(
    running_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DocumentedDeployment]:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    start_within(0, monkeypatch)
    running_engine.set_environment(dict(running_engine.environment))
    deployment = DocumentedDeployment(running_engine, Runtime(running_engine.deployment))
    deployment.start()
    yield deployment
    forget_what_was_read()
    gc.unfreeze()


def start(folder: str) -> Handler:
    """The handler of a function that Lambda has just started."""
    handler: Handler = runpy.run_path(str(ROOT / "functions" / folder / "app.py"))["handler"]
    return handler


def items(engine: Engine) -> list[dict[str, Any]]:
    """All but the heartbeat, which says nothing and needs no secret."""
    found = engine.client("dynamodb").scan(TableName=engine.table_name, ConsistentRead=True)
    told = [item for item in found["Items"] if item["PK"]["S"] != keys.HEARTBEAT["PK"]]
    return sorted(told, key=lambda item: (item["PK"]["S"], item["SK"]["S"]))


@contextmanager
def new_stack(engine: Engine, secret: str = NEW) -> Iterator[Callable[[], None]]:
    """An empty table, and a secret; calling it puts the old secret there and restores the table."""
    client = engine.client("dynamodb")
    client.create_table(TableName=BACKUP, **template.table_definition())
    try:
        copy_table(client, source=engine.table_name, target=BACKUP)
        engine.reset()
        forget_what_was_read()
        put_secret(engine, secret)

        def restore() -> None:
            put_secret(engine, event_files.DEPLOYMENT_SECRET)
            copy_table(client, source=BACKUP, target=engine.table_name)

        yield restore
    finally:
        client.delete_table(TableName=BACKUP)


def give_it_something_to_do(folder: str, documented: DocumentedDeployment) -> None:
    """What the function's event is about; for a schedule, something that is due."""
    documented.prepare(event_files.name_for(folder))
    match folder:
        case "carry_out_erasures":
            documented.prepare("erasures_show")
        case "replace_numbers":
            documented.invoke("manage_numbers_unhealthy")


def answer_of(handler: Handler, event: dict[str, Any]) -> str:
    """What API Gateway makes of it: a function that fails is a 5xx."""
    try:
        answer = handler(event, None)
    except FunctionFailedError:
        return "5xx"
    return "5xx" if answer["statusCode"] >= 500 else str(answer["body"])


@pytest.mark.parametrize("folder", READERS)
def test_one_that_started_with_the_new_stacks_secret_refuses_the_restored_table(
    folder: str, documented: DocumentedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, event = documented.engine, event_files.some_event_for(folder)
    give_it_something_to_do(folder, documented)
    with new_stack(engine) as restore:
        handler = start(folder)
        # One without a snapshot has run since: schedules do not wait.
        fetch_secret()
        restore()
    before = items(engine)
    later = clock.now_ms() + (TWO_HOURS_MS if folder in AFTER_THE_END else 0)
    monkeypatch.setattr(clock, "now_ms", lambda: later)

    with captured_logs() as log:
        answer = answer_of(handler, event)

    assert answer == "5xx" or ("<Speak>" in answer and folder == "answer_call")
    assert '"level":"CRITICAL"' in log.getvalue()
    assert '"event":"wrong_secret"' in log.getvalue()
    assert items(engine) == before


def test_one_that_started_with_the_old_secret_answers_from_the_restored_table(
    documented: DocumentedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It saw an empty table: what it kept of that is read again once, and then no more."""
    documented.prepare(ANSWER)
    with new_stack(documented.engine, secret=event_files.DEPLOYMENT_SECRET) as restore:
        handler = start("answer_call")
        restore()
    later = clock.now_ms() + 60_000
    monkeypatch.setattr(clock, "now_ms", lambda: later)

    with recorded_api_calls() as first:
        assert "<Dial " in answer_of(handler, event_files.load(ANSWER))
    with recorded_api_calls() as second:
        answer_of(handler, event_files.load(ANSWER))

    looked_up = [call.parameters["Key"]["PK"] for call in first if call.operation == "GetItem"]
    assert looked_up.count({"S": "SECRET"}) == 1
    assert "GetItem" not in {call.operation for call in second}


def test_a_secret_that_is_replaced_stops_what_starts_and_not_what_runs(
    documented: DocumentedDeployment,
) -> None:
    documented.prepare(ANSWER)
    forget_what_was_read()
    running = start("answer_call")
    put_secret(documented.engine, NEW)
    assert "<Dial " in answer_of(running, event_files.load(ANSWER))

    forget_what_was_read()
    with captured_logs() as log:
        started = start("answer_call")
    assert "wrong_secret" in log.getvalue()
    assert "<Dial " not in answer_of(started, event_files.load(ANSWER))

    put_secret(documented.engine, event_files.DEPLOYMENT_SECRET)
    forget_what_was_read()
    assert "<Dial " in answer_of(start("answer_call"), event_files.load(ANSWER))


def test_of_two_that_begin_a_table_the_second_is_refused(documented: DocumentedDeployment) -> None:
    """Each has looked, and found nothing there."""
    documented.engine.reset()
    table_secret.begin()
    began = items(documented.engine)
    forget_what_was_read()
    put_secret(documented.engine, NEW)

    with pytest.raises(WrongSecretError):
        table_secret.begin()

    assert items(documented.engine) == began
