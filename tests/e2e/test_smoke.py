"""`make smoke`: it passes on a sound stack, fails the right row on a broken one, leaves nothing."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import boto3
import pytest

from tests.e2e.broken_front import Asked, Break, broken_front
from tests.e2e.customer import Mailbox, Reply
from tests.e2e.service import ROOT, Service, free_port, started_service
from tests.e2e.wire import Answer

_ROW = re.compile(r"^(pass|FAIL|skip)  (.{24})  (.{48})  (.*)$", re.MULTILINE)
# What is kept on purpose: entries of the audit trail, and what schedules write.
_KEPT = ("AUDIT#", "HEARTBEAT")
# In a form that no masking leaves: every number of a run begins so.
_FICTION = "2025550"
_TURNED_AWAY = ("a stranger calls", "an ended session", "an expired session")
_CALLS = ("the first party calls", "the second party calls", "PINs", *_TURNED_AWAY)
_NOBODY = "The call was not connected."
# What functions need to learn of a new carrier is less; a session's shortest time is more.
_A_MOMENT = 30


@pytest.fixture(scope="module")
def own_service() -> Iterator[Service]:
    """Its clock is moved, and its table compared."""
    with started_service() as running:
        yield running.wait_until_ready()


def smoke(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(url, *arguments), **_PROCESS, check=False)


def _command(url: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "tools.smoke", "--api", url, *arguments]


_PROCESS: dict[str, Any] = {
    # Where these tests run in the background, a shell has what they start ignore an interrupt.
    "preexec_fn": partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    "cwd": ROOT,
    "env": {**os.environ, "PYTHONPATH": "layers/masking"},
    "stdout": subprocess.PIPE,
    "stderr": subprocess.PIPE,
    "text": True,
}


def rows_of(output: str) -> dict[str, str]:
    """What became of each step, by its name."""
    return {name.strip(): result for result, name, _, _ in _ROW.findall(output)}


def failed(output: str) -> set[str]:
    return {name for name, result in rows_of(output).items() if result == "FAIL"}


def sentence(output: str, row: str) -> str:
    [told] = [text for _, name, _, text in _ROW.findall(output) if name.strip() == row]
    return str(told)


def stored(info: dict[str, Any]) -> list[str]:
    """All items of the table but those of the audit trail and the heartbeat."""
    table = info["table"]
    client = boto3.client(
        "dynamodb",
        endpoint_url=table["AWS_ENDPOINT_URL"],
        aws_access_key_id=table["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=table["AWS_SECRET_ACCESS_KEY"],
        region_name=table["AWS_DEFAULT_REGION"],
    )
    pages = client.get_paginator("scan").paginate(TableName=table["TABLE_NAME"])
    items = [item for page in pages for item in page["Items"]]
    ours = [item for item in items if not item["PK"]["S"].startswith(_KEPT)]
    return sorted(json.dumps(item, sort_keys=True, default=repr) for item in ours)


def test_a_sound_stack_passes_and_its_table_is_as_it_was(own_service: Service) -> None:
    before = stored(own_service.info())

    run = smoke(own_service.url)

    assert (run.returncode, run.stderr) == (0, ""), run.stdout
    assert set(rows_of(run.stdout).values()) == {"pass"}
    assert len(rows_of(run.stdout)) == 17
    assert stored(own_service.info()) == before
    assert _FICTION not in run.stdout
    assert re.search(
        r"17 passed, 0 failed, 0 skipped\. \d+ requests of the API, \d+ webhooks, "
        r"1 invocation by the operator; on AWS about 0\.000\d+ dollars\.",
        run.stdout,
    )


def test_it_leaves_nothing_when_it_is_interrupted(own_service: Service) -> None:
    before = stored(own_service.info())

    with subprocess.Popen(_command(own_service.url), **_PROCESS) as run:
        told = ""
        while "a stranger calls" not in told:
            told += run.stdout.readline()
        # It stands still while the table is read: else it may be done before it is interrupted.
        run.send_signal(signal.SIGSTOP)
        assert stored(own_service.info()) != before
        run.send_signal(signal.SIGINT)
        run.send_signal(signal.SIGCONT)
        rest, errors = run.communicate(timeout=60)

    assert (run.returncode, errors) == (1, "")
    assert failed(told + rest) == {"the rest"}
    assert rows_of(rest)["nothing is left"] == "pass"
    assert stored(own_service.info()) == before


def test_a_receiver_that_refuses_fails_the_callbacks_alone(
    own_service: Service, mailbox: Mailbox
) -> None:
    mailbox.usual_reply = Reply(500)

    run = smoke(own_service.url, "--callback-url", mailbox.url)

    assert run.returncode == 1
    assert failed(run.stdout) == {"callbacks"}, run.stdout
    assert mailbox.received


def no_api(asked: Asked) -> Answer:
    """The address of the API is wrong."""
    return _with_changed(
        "/local/info", asked, lambda info: {**info, "api": f"http://127.0.0.1:{free_port()}"}
    )


def loses_answers(asked: Asked) -> Answer:
    """A session is created, and nobody is told."""
    answer = _with_changed("/local/info", asked, lambda info: {**info, "api": asked.front_url})
    is_create = asked.method == "POST" and "/Masking/Session" in asked.path
    return Answer(500, {}, b"{}") if is_create else answer


def takes_anything(asked: Asked) -> Answer:
    """Nobody checks what the carrier signed."""
    if asked.path.startswith("/anything/"):
        body = b"<Response><Hangup/></Response>"
        return Answer(200, {"content-type": "application/xml"}, body)
    return _with_webhooks(asked, f"{asked.front_url}/anything")


def a_bad_gateway(asked: Asked) -> Answer:
    """Some paths have no route, who shows a wrong token gets in, and time does not pass."""
    if _is_slashless(asked) or "/Masking/Call/" in asked.path:
        return Answer(404, {}, b'{"message": "Not Found"}')
    if asked.path == "/local/clock" and json.loads(asked.body)["advance_seconds"] > _A_MOMENT:
        return Answer(200, {}, b'{"now": "2026-01-01T00:00:00+00:00"}')
    answer = _with_changed("/local/info", asked, lambda info: {**info, "api": asked.front_url})
    return Answer(200, {}, b"{}") if answer.status == 401 else answer


def a_wrong_public_url(asked: Asked) -> Answer:
    """The carrier does not reach the stack: a wrong PublicBaseUrl comes to this."""
    return _with_webhooks(asked, "http://127.0.0.1:9")


def _is_slashless(asked: Asked) -> bool:
    is_read = asked.method == "GET" and asked.path.startswith("/v1/")
    return is_read and not asked.path.endswith("/")


def _with_changed(
    path: str, asked: Asked, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> Answer:
    answer = asked.pass_on()
    if asked.path != path:
        return answer
    return Answer(200, answer.headers, json.dumps(change(answer.json)).encode())


def _with_webhooks(asked: Asked, url: str) -> Answer:
    """Change the URLs that the operator's function hands to the carrier."""

    def change(provisioned: dict[str, Any]) -> dict[str, Any]:
        urls = {"answer_url": f"{url}/call/answer/", "hangup_url": f"{url}/event/hangup/"}
        return {**provisioned, "carriers": {"plivo": urls}}

    return _with_changed("/local/functions/provision_account", asked, change)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (no_api, {"numbers": "ConnectionRefusedError: "}),
        (loses_answers, {"sessions": "Creating a session was answered 500, not 201"}),
        (
            takes_anything,
            {
                "forged webhooks": "With a signature that is wrong: answered {200}.",
                **dict.fromkeys(("the first party calls", "the second party calls"), _NOBODY),
                "PINs": _NOBODY,
                **dict.fromkeys(_TURNED_AWAY, "The caller heard another sentence than "),
            },
        ),
        (
            a_bad_gateway,
            {
                "paths": "A path without its last slash was answered 404, not 200",
                "a wrong token": "A wrong token was answered 200, not 401",
                "why": "Asking why was answered 404, not 200",
                "an expired session": "The call was connected.",
            },
        ),
        (
            a_wrong_public_url,
            {
                **dict.fromkeys(_CALLS, "The answer webhook was answered 0."),
                "forged webhooks": "With a signature that is wrong: answered {0}.",
            },
        ),
    ],
    ids=("no_api", "loses_answers", "takes_anything", "a_bad_gateway", "a_wrong_public_url"),
)
def test_what_is_broken_fails_its_rows_and_leaves_nothing(
    own_service: Service, mailbox: Mailbox, broken: Break, said: dict[str, str]
) -> None:
    before = stored(own_service.info())

    with broken_front(own_service.url, broken) as url:
        run = smoke(url, "--callback-url", mailbox.url)

    assert run.returncode == 1
    assert failed(run.stdout) == set(said), run.stdout
    for row, text in said.items():
        assert sentence(run.stdout, row).startswith(text)
    assert _FICTION not in run.stdout
    assert stored(own_service.info()) == before


def test_without_a_stack_it_says_how_to_start_one() -> None:
    run = smoke(f"http://127.0.0.1:{free_port()}")

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.strip().endswith("Start one with: make run")
