"""Every file in events/ is an event that its function takes, and answers as its name says."""

import json
import socket
import uuid
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from local.aws.engine import Engine
from local.aws.runtime import Runtime
from maskline.callbacks import delivery
from maskline.wire.outbound import HttpAnswer, HttpRequest
from tests.support import event_files
from tests.support.event_files import FIRST, SECOND, SESSION_UUID, VIRTUAL, DocumentedDeployment
from tests.support.observation import recorded_api_calls

CUSTOMER = "customer.example.com"
_PUBLIC_ADDRESS = "93.184.215.14"

_STATUS_OF_FOLDER = {"create_session": 201, "erasures": 202, "manage_numbers": 202}
_STATUS = {
    "answer_call_unsigned": 403,
    "create_session_missing_party": 400,
    "erasures_show": 200,
    "manage_numbers_list": 200,
    "manage_numbers_release": 204,
    "manage_numbers_show": 200,
}
_NO_FAILURE: dict[str, Any] = {"batchItemFailures": []}
_EVENTS = {name: event_files.load(name) for name in event_files.NAMES}
HTTP = [name for name, event in _EVENTS.items() if "requestContext" in event]
RECORDS = [name for name, event in _EVENTS.items() if "Records" in event]
ORDERS = sorted(_EVENTS.keys() - {*HTTP, *RECORDS})


@pytest.fixture
def deployment(running_engine: Engine) -> DocumentedDeployment:
    documented = DocumentedDeployment(running_engine, Runtime(running_engine.deployment))
    documented.start()
    return documented


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[HttpRequest]:
    """What goes out to the customer, whose name resolves, and who takes everything."""
    requests: list[HttpRequest] = []
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        return look_up(_PUBLIC_ADDRESS if host == CUSTOMER else host, *args, **options)

    def send(request: HttpRequest, *, resolver: Any, **_: Any) -> HttpAnswer:
        parts = urlsplit(request.url)
        resolver(parts.hostname, parts.port or 443)
        requests.append(request)
        return HttpAnswer(204)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(delivery, "send", send)
    return requests


@pytest.mark.parametrize("name", HTTP)
def test_http_event_is_answered(name: str, deployment: DocumentedDeployment) -> None:
    deployment.prepare(name)

    answer = deployment.invoke(name)

    folder = event_files.folder_of(name)
    assert answer["statusCode"] == _STATUS.get(name, _STATUS_OF_FOLDER.get(folder, 200)), answer


@pytest.mark.parametrize("name", ["answer_call_get", "answer_call_plain_body", "answer_call_post"])
def test_a_party_is_connected(name: str, deployment: DocumentedDeployment) -> None:
    deployment.prepare(name)

    document = ElementTree.fromstring(deployment.invoke(name)["body"])

    dial = document.find("Dial")
    assert dial is not None
    assert dial.findtext("Number") == SECOND
    assert dial.attrib["callerId"] == VIRTUAL
    assert SESSION_UUID in dial.attrib["action"]


@pytest.mark.parametrize("name", ["answer_call_first_answer", "answer_call_first_answer_get"])
def test_a_first_party_who_was_called_is_connected(
    name: str, deployment: DocumentedDeployment
) -> None:
    deployment.prepare(name)

    document = ElementTree.fromstring(deployment.invoke(name)["body"])

    assert document.findtext("Dial/Number") == SECOND


@pytest.mark.parametrize("name", ["answer_call_unknown_caller", "answer_call_withheld_caller"])
def test_a_stranger_is_told_and_not_connected(name: str, deployment: DocumentedDeployment) -> None:
    deployment.prepare(name)

    document = ElementTree.fromstring(deployment.invoke(name)["body"])

    assert [element.tag for element in document] == ["Speak", "Hangup"]


@pytest.mark.parametrize("name", ["answer_call_pin_digits", "answer_call_pin_digits_get"])
def test_who_proves_a_pin_is_connected(name: str, deployment: DocumentedDeployment) -> None:
    deployment.prepare(name)

    document = ElementTree.fromstring(deployment.invoke(name)["body"])

    assert document.findtext("Dial/Number") == SECOND


@pytest.mark.parametrize(
    "name", ["answer_call_pin_wrong", "answer_call_pin_silence", "answer_call_pin_silence_get"]
)
def test_who_proves_none_is_asked_again(name: str, deployment: DocumentedDeployment) -> None:
    deployment.prepare(name)

    document = ElementTree.fromstring(deployment.invoke(name)["body"])

    assert [element.tag for element in document] == ["Play", "GetDigits", "Redirect"]
    assert "/1/" in document[1].attrib["action"]


def test_the_refusal_names_the_missing_field(deployment: DocumentedDeployment) -> None:
    deployment.prepare("create_session_missing_party")

    answer = json.loads(deployment.invoke("create_session_missing_party")["body"])

    assert answer.keys() == {"api_id", "error", "error_code", "field"}
    assert answer["error_code"] == "mandatory_parameter_missing"
    assert answer["field"] == "second_party"
    assert "second_party" in answer["error"]


def test_a_call_is_followed_to_its_end(deployment: DocumentedDeployment) -> None:
    """The events of one call, in their order and then once more."""
    deployment.prepare("answer_call_post")
    story = ["answer_call_post"]
    story += [f"record_call_dial_{step}" for step in ("answer", "connected", "hangup")]
    story += ["record_call_dial_end_completed", "record_call_hangup_post"]
    story += ["record_call_recording_unfinished", "record_call_recording_completed"]

    for name in story * 2:
        assert deployment.invoke(name)["statusCode"] == 200

    session = json.loads(deployment.invoke("get_session_by_uuid")["body"])["response"]
    (conversation,) = session["interaction"]
    assert session["total_call_count"] == 2
    assert session["status"] == "active"
    assert conversation["start_time"]


@pytest.mark.parametrize("name", RECORDS)
def test_records_are_processed(
    name: str, deployment: DocumentedDeployment, sent: list[HttpRequest]
) -> None:
    deployment.prepare(name)
    event = event_files.load(name)
    if event_files.folder_of(name) == "deliver_callback":
        _enqueue(deployment.engine, event["Records"][0])

    answer = deployment.runtime.invoke_by_folder(event_files.folder_of(name), event)

    is_forbidden = "forbidden" in name
    assert (answer or _NO_FAILURE) == _NO_FAILURE
    assert len(_dead_letters(deployment.engine)) == is_forbidden
    assert len(sent) == (name.startswith("deliver_callback") and not is_forbidden)
    assert not any(FIRST.removeprefix("+") in request.url for request in sent if request.body)


@pytest.mark.parametrize("name", ["publish_events_call", "publish_events_timeout"])
def test_published_events_are_sent_in_order(name: str, deployment: DocumentedDeployment) -> None:
    with recorded_api_calls() as calls:
        deployment.invoke(name)

    entries = [entry for call in calls for entry in call.parameters["Entries"]]
    bodies = [json.loads(entry["MessageBody"]) for entry in entries]
    told = [event["sequence"] for body in bodies for event in body["events"]]
    assert told
    assert told == sorted(set(told))
    assert {entry["MessageGroupId"] for entry in entries} == {SESSION_UUID}


@pytest.mark.parametrize("name", ORDERS)
def test_orders_of_the_operator_and_the_schedule_are_carried_out(
    name: str, deployment: DocumentedDeployment
) -> None:
    answer = deployment.invoke(name)

    assert (
        answer in (None, {"moved": 0, "published": 0}, {"rotated": 1})
        or answer["message"] == "provisioned"
    )


def test_every_function_has_an_event() -> None:
    covered = {event_files.folder_of(name) for name in event_files.NAMES}

    assert covered == set(event_files.FOLDERS)


def _dead_letters(engine: Engine) -> list[dict[str, Any]]:
    url = engine.queue_urls["CallbackDeadLetterQueue"]
    answer = engine.client("sqs").receive_message(QueueUrl=url, VisibilityTimeout=0)
    letters: list[dict[str, Any]] = answer.get("Messages", [])
    return letters


def _enqueue(engine: Engine, record: dict[str, Any]) -> None:
    """Make the record one of a message that is really in flight."""
    sqs, url = engine.client("sqs"), engine.queue_urls["CallbackQueue"]
    # Ids of its own: the queue remembers those of the tests before.
    unique = str(uuid.uuid4())
    sqs.send_message(
        QueueUrl=url,
        MessageBody=record["body"],
        MessageGroupId=unique,
        MessageDeduplicationId=unique,
    )
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    record["receiptHandle"] = message["ReceiptHandle"]
