"""docs/events.md shows what is really sent."""

import re
from itertools import product
from pathlib import Path

from local.aws.engine import Engine
from maskline.callbacks import payload
from maskline.domain.calls import events
from tests.support.in_process import Service
from tests.support.shown_events import Stories, comparable

ROOT = Path(__file__).resolve().parents[3]
_BLOCK = re.compile(r"^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAMES = {
    events.VIRTUAL_NUMBER_ANSWER,
    events.PARTIES_HANGUP,
    events.TIMEOUT,
    events.RECORDING_INITIATED,
    events.RECORDING_COMPLETED,
    events.RECORDING_FAILED,
    events.VIRTUAL_NUMBER_REPLACED,
    events.PIN_AUTHENTICATION_STATUS,
    *(
        of(role)
        for of, role in product(
            (events.ring, events.answer, events.hangup), (events.Role.FIRST, events.Role.SECOND)
        )
    ),
}


def test_the_document_shows_what_was_sent(engine: Engine) -> None:
    document = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    shown = [comparable(block) for block in _BLOCK.findall(document)]

    with Service(engine) as service:
        stories = Stories(service).told()

    sent = {comparable(told) for story in stories.values() for told in story.values()}
    assert [block for block in shown if block not in sent] == []
    assert {re.findall("EventName=(.*)", block)[0] for block in shown} == NAMES
    attributes = {line.partition("=")[0] for block in shown for line in block.splitlines()}
    assert attributes == set(payload.NAMES)
    # The order that the document tells of an answered call.
    answered = re.findall(r"^\d+\. `(\w+)`", document, re.MULTILINE)
    assert answered == list(stories["answered"])
