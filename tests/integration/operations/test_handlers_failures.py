"""Our own failures: who calls hears an apology, and nothing is acknowledged that is not stored."""

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from local.aws.engine import Engine
from local.aws.runtime import HandlerError, Runtime
from tests.support import event_files
from tests.support.disturbances import aws_fails
from tests.support.event_files import FIRST, SECOND, DocumentedDeployment
from tests.support.impatience import no_pauses
from tests.support.log_capture import Scanner, captured_logs


def client_error(code: str, status: int) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": f"not for {FIRST} and {SECOND}"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "GetItem")


ERRORS = [
    client_error("InternalServerError", 500),
    client_error("ValidationException", 400),
    EndpointConnectionError(endpoint_url="https://dynamodb.example.com"),
    KeyError(FIRST),
]
_API_FUNCTIONS = sorted(
    {
        event_files.folder_of(name)
        for name in event_files.NAMES
        if "/Account/" in event_files.load(name).get("resource", "")
    }
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def kept(running_engine: Engine) -> DocumentedDeployment:
    """For tests that change nothing, or undo it."""
    running_engine.set_environment(dict(running_engine.environment))
    documented = DocumentedDeployment(running_engine, Runtime(running_engine.deployment))
    documented.start()
    return documented


@pytest.fixture
def deployment(kept: DocumentedDeployment, monkeypatch: pytest.MonkeyPatch) -> DocumentedDeployment:
    """Empty but for the accounts; retries do not pause."""
    no_pauses(monkeypatch)
    kept.start()
    return kept


@pytest.fixture(params=ERRORS, ids=lambda error: type(error).__name__)
def error(request: pytest.FixtureRequest) -> Exception:
    failure: Exception = request.param
    return failure


@pytest.mark.parametrize("operation", ["", "BatchGetItem", "GetItem", "TransactWriteItems"])
def test_a_caller_hears_an_apology(
    operation: str, error: Exception, deployment: DocumentedDeployment
) -> None:
    deployment.prepare("answer_call_post")

    with captured_logs() as log, aws_fails(error, operation=operation):
        answer = deployment.invoke("answer_call_post")

    document = ElementTree.fromstring(answer["body"])
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "application/xml"
    assert [element.tag for element in document] == ["Speak", "Hangup"]
    assert "try again" in (document.findtext("Speak") or "")
    assert _events(log.getvalue()) == ["answer_failed"]
    assert Scanner(numbers=[FIRST, SECOND]).found_in(log.getvalue() + answer["body"]) == []


@pytest.mark.parametrize(
    "name", ["answer_call_hangup", "record_call_dial_end_completed", "record_call_hangup_get"]
)
def test_a_report_that_is_not_stored_is_not_acknowledged(
    name: str, error: Exception, deployment: DocumentedDeployment
) -> None:
    deployment.prepare(name)

    with captured_logs() as log, aws_fails(error, operation="TransactWriteItems"):
        assert deployment.invoke(name)["statusCode"] == 503

    assert _events(log.getvalue()) == ["report_failed"]
    assert deployment.invoke(name)["statusCode"] == 200


@pytest.mark.parametrize("folder", _API_FUNCTIONS)
def test_a_client_is_told_that_it_is_our_fault_and_no_more(
    folder: str, error: Exception, kept: DocumentedDeployment
) -> None:
    with captured_logs() as log, aws_fails(error):
        answer = kept.runtime.invoke_by_folder(folder, event_files.some_event_for(folder))

    body = json.loads(answer["body"])
    assert answer["statusCode"] == 500
    assert answer["headers"]["Content-Type"] == "application/json"
    assert body == {
        "api_id": body["api_id"],
        "error": "Internal server error",
        "error_code": "internal_error",
    }
    assert _UUID.fullmatch(body["api_id"])
    assert body["api_id"] in log.getvalue()
    assert _events(log.getvalue()) == ["request_failed"]


@pytest.mark.parametrize("name", ["create_session_shared", "update_session_expiry"])
def test_a_write_that_fails_leaves_nothing_behind(
    name: str, error: Exception, deployment: DocumentedDeployment
) -> None:
    deployment.prepare(name)
    before = _items(deployment.engine)

    with aws_fails(error, operation="TransactWriteItems"):
        assert deployment.invoke(name)["statusCode"] == 500

    assert _items(deployment.engine) == before


@pytest.mark.parametrize(
    "folder", ["deliver_callback", "expire_sessions", "publish_events", "recover_timeouts"]
)
def test_background_work_that_fails_is_not_taken_for_done(
    folder: str, error: Exception, kept: DocumentedDeployment
) -> None:
    event = event_files.some_event_for(folder)
    if folder == "publish_events":
        event = event_files.load("publish_events_call")

    with aws_fails(error), pytest.raises(HandlerError):
        kept.runtime.invoke_by_folder(folder, event)


@pytest.mark.parametrize("tokens", ["x" * 40, [], ["x" * 31], ["x" * 40, ""], ["x" * 40, "short"]])
def test_tokens_that_are_no_list_or_can_be_guessed_are_refused(
    tokens: object, kept: DocumentedDeployment
) -> None:
    account = {"auth_id": "MAYYYYYYYYYYYYYYYYYY", "auth_tokens": tokens}

    with pytest.raises(HandlerError):
        kept.runtime.invoke_by_folder("provision_account", {"account": account})


def _events(log: str) -> list[str]:
    return re.findall(r'"event": ?"(\w+)"', log)


def _items(engine: Engine) -> list[dict[str, Any]]:
    pages = engine.client("dynamodb").get_paginator("scan").paginate(TableName=engine.table_name)
    items = [item for page in pages for item in page["Items"]]
    return sorted(items, key=lambda item: (item["PK"]["S"], item["SK"]["S"]))
