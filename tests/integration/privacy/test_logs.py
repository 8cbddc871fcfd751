"""No log line, table key, queue attribute, URL or error says who talks to whom."""

import base64
import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

from local.aws import template
from local.aws.engine import Engine
from local.aws.runtime import HandlerError
from maskline import aws
from maskline.observability import logger
from tests.support import event_files
from tests.support.disturbances import aws_fails
from tests.support.emissions import Emissions
from tests.support.evidence import Evidence, documents
from tests.support.in_process import Service
from tests.support.log_capture import Scanner, captured_logs
from tests.support.scenario import ALICE, NUMBERS, PEOPLE

_SENDS = {"SendMessage", "SendMessageBatch"}
_TOLD = {
    "answer_failed",
    "call_reported",
    "callback_attempted",
    "callbacks_replayed",
    "number_health_changed",
    "number_replaced",
    "pin_asked",
    "pin_failed",
    "poison_callback",
    "poison_record",
    "pool_exhausted",
    "replacement_done",
    "replacement_pending",
    "request_failed",
    "request_refused",
    "session_created",
    "session_ended",
    "session_timed_out",
    "signature_rejected",
    "sweep_done",
    "webhook_malformed",
}


def test_no_log_line_holds_a_number_or_a_secret(evidence: Evidence) -> None:
    scanner = Scanner(numbers=(*PEOPLE, *NUMBERS), secrets=evidence.secrets)

    assert scanner.found_in(evidence.log) == []


def test_the_log_tells_what_happened_all_the_same(evidence: Evidence) -> None:
    told = set(re.findall(r'"event": ?"(\w+)"', evidence.log))

    assert told >= _TOLD


@pytest.mark.parametrize(
    "planted",
    [
        ALICE,
        ALICE.removeprefix("+"),
        ALICE.replace("+", "%2B"),
        "(202) 555-0120",
        "+44 7700 900121",
        "07700900121",
        base64.b64encode(b"a secret of sorts").decode(),
        "a%20secret%20of%20sorts",
    ],
)
def test_the_scanner_finds_what_is_planted(planted: str) -> None:
    secrets = ["a secret of sorts", base64.b64encode(b"a secret of sorts").decode()]
    scanner = Scanner(numbers=PEOPLE, secrets=secrets)

    assert scanner.found_in(f"all is well\nthe caller is {planted}, it seems\n")
    assert not scanner.found_in("2026-11-22 15:26:21,123+0000 11111111-2222-4333-8444-555555555501")


@pytest.mark.parametrize("way", ["logger", "traceback", "print"])
def test_the_capture_sees_every_way_into_the_log(way: str) -> None:
    with captured_logs() as log:
        if way == "logger":
            logger.debug("a call", extra={"caller": ALICE})
        elif way == "print":
            print(ALICE)  # noqa: T201 (what a careless handler would do)
        else:
            try:
                raise ValueError(ALICE)
            except ValueError:
                logger.exception("failed")

    assert Scanner(numbers=[ALICE]).found_in(log.getvalue())


@pytest.mark.parametrize("name", [*event_files.FOLDERS, "answer_call_hangup"])
def test_a_failure_that_quotes_a_number_does_not_reach_the_log(
    name: str, running_engine: Engine
) -> None:
    error = ValueError(f"cannot store {ALICE}")

    with (
        captured_logs() as log,
        Service(running_engine) as service,
        aws_fails(error),
        contextlib.suppress(HandlerError),
    ):
        is_file = name in event_files.NAMES
        event = event_files.load(name) if is_file else event_files.some_event_for(name)
        service.invoke(event_files.folder_of(name), event)

    assert "ValueError" in log.getvalue()
    assert Scanner(numbers=[ALICE]).found_in(log.getvalue()) == []


def test_a_request_that_leaves_the_sdk_out_is_watched(engine: Engine, emissions: Emissions) -> None:
    """Make a request as a test of this folder does."""
    emissions.entrust(ALICE)

    aws.client("sqs").send_message(
        QueueUrl=engine.queue_urls["CallbackQueue"],
        MessageBody="{}",
        MessageGroupId=ALICE,
        MessageDeduplicationId="1",
    )

    emissions.search()
    assert len(emissions.leaks) == 1
    emissions.leaks.clear()


def test_no_key_of_the_table_or_an_index_names_a_party(evidence: Evidence) -> None:
    definition = template.table_definition()
    indexes = definition["GlobalSecondaryIndexes"]
    schemas = [definition["KeySchema"], *(index["KeySchema"] for index in indexes)]
    names = {part["AttributeName"] for schema in schemas for part in schema}
    scanner = Scanner(numbers=PEOPLE, secrets=evidence.secrets)

    keys = [
        {name: item[name] for name in names & item.keys()}
        for call in evidence.calls
        if call.service == "dynamodb"
        for item in items_in(call.parameters)
    ]

    assert any("PARTY#" in json.dumps(key) for key in keys)
    assert scanner.found_in("\n".join(map(json.dumps, keys))) == []


def items_in(parameters: Any) -> Iterator[dict[str, Any]]:
    """The items and keys in a request."""
    for name, value in parameters.items():
        if name in {"Item", "Key"}:
            yield value
        elif name == "Keys":
            yield from value
        elif isinstance(value, dict):
            yield from items_in(value)
        elif isinstance(value, list):
            for part in value:
                yield from items_in(part) if isinstance(part, dict) else ()


def test_nothing_beside_a_message_body_names_a_number(evidence: Evidence) -> None:
    """Group and deduplication ids and attributes show in traces and metrics; the body does not."""
    scanner = Scanner(numbers=(*PEOPLE, *NUMBERS), secrets=evidence.secrets)

    entries = [
        {name: value for name, value in entry.items() if name != "MessageBody"}
        for call in evidence.calls
        if call.function and call.operation in _SENDS
        for entry in call.parameters.get("Entries", [call.parameters])
    ]

    assert entries
    assert scanner.found_in("\n".join(json.dumps(entry) for entry in entries)) == []


def test_the_urls_that_the_carrier_is_given_name_no_number(evidence: Evidence) -> None:
    scanner = Scanner(numbers=(*PEOPLE, *NUMBERS))

    urls = [
        dial.attrib[name]
        for dial in elements(evidence, "Dial")
        for name in ("action", "callbackUrl")
    ]

    assert urls
    assert scanner.found_in("\n".join(urls)) == []


def test_a_party_sees_and_hears_nothing_but_virtual_numbers(evidence: Evidence) -> None:
    caller_ids = {dial.attrib["callerId"] for dial in elements(evidence, "Dial")}
    spoken = "\n".join(speak.text or "" for speak in elements(evidence, "Speak"))

    assert caller_ids
    assert caller_ids <= set(NUMBERS)
    assert Scanner(numbers=PEOPLE).found_in(spoken) == []


def elements(evidence: Evidence, name: str) -> list[ElementTree.Element]:
    roots = [ElementTree.fromstring(text) for text in documents(evidence.exchanges)]
    return [element for root in roots for element in root.iter(name)]


def test_no_error_of_the_api_quotes_a_number_or_a_secret(evidence: Evidence) -> None:
    scanner = Scanner(numbers=(*PEOPLE, *NUMBERS), secrets=evidence.secrets)

    bodies = [one.response.text for one in evidence.exchanges if one.response.status >= 400]

    assert len(bodies) > 20
    assert scanner.found_in("\n".join(bodies)) == []
