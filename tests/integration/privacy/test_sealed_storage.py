"""Who reads the table, its stream, a backup, the queue or dead letters learns no number and no PIN.

A whole day runs, with every kind of session and call. Then all that was ever stored or sent is
searched, in every encoding.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pytest

from local.aws.engine import Engine
from tests.support.in_process import Service
from tests.support.observation import recorded_api_calls
from tests.support.opened import opened
from tests.support.reader import Record, found_in, raw_items, raw_stream, sent_messages
from tests.support.scenario import ALICE, PASSWORD, PEOPLE, PINS, Scenario

_PINS = [str(PINS[f"{role}_party_pin"]) for role in ("first", "second")]
_KINDS = {
    "account",
    "attempts",
    "audit",
    "call",
    "carrier",
    "heartbeat",
    "interaction",
    "number",
    "order",
    "pin_call",
    "pool_number",
    "replacement",
    "request",
    "route",
    "session",
}


@dataclass(frozen=True)
class Remains:
    """What a day left behind: in the table, its stream, and the queues, and as dead letters."""

    stored: list[Record]
    sent: list[Record]
    dead: list[Record]
    secrets: list[str]


@pytest.fixture(scope="module")
def remains(running_engine: Engine) -> Remains:
    running_engine.set_environment(dict(running_engine.environment))
    running_engine.reset()
    with recorded_api_calls() as calls, Service(running_engine) as service:
        Scenario(service).play()
        known = service.credentials
        tokens = [known.auth_token, known.subaccount_token, known.carrier_auth_token]
        secrets = [*_PINS, *tokens, PASSWORD]
        stored = [*raw_stream(running_engine), *raw_items(running_engine)]
        return Remains(stored, sent_messages(calls), dead_letters(service), secrets)


def dead_letters(service: Service) -> list[Record]:
    """What was given up at the end of the day: the callback that was replayed, once more."""
    for _ in range(10):
        service.try_again()
    received = service.engine.client("sqs").receive_message(
        QueueUrl=service.engine.queue_urls["CallbackDeadLetterQueue"],
        MessageSystemAttributeNames=["All"],
    )
    return list(received.get("Messages", ()))


def test_the_day_has_left_something_of_every_kind(remains: Remains) -> None:
    assert {item["item"] for item in remains.stored if "item" in item} >= _KINDS
    assert remains.sent
    assert remains.dead


@pytest.mark.parametrize("where", ["stored", "sent", "dead"])
def test_nothing_that_is_kept_gives_away_a_number_or_a_secret(where: str, remains: Remains) -> None:
    kept = getattr(remains, where)

    assert found_in(kept, numbers=PEOPLE, secrets=remains.secrets) == []


def test_the_numbers_are_all_there_for_who_has_the_keys(
    remains: Remains, running_engine: Engine
) -> None:
    """So the search looked in the right places: with the keys it finds everybody."""
    items = [opened(item) for item in remains.stored if item.get("item") in {"session", "route"}]

    found = found_in(items, numbers=PEOPLE, secrets=_PINS)

    assert {person for person in PEOPLE if person in found} >= {ALICE, *PEOPLE[:8]}


@pytest.mark.parametrize(
    "planted",
    [
        {"party": ALICE},
        {"party": int(ALICE)},
        {"outbox": [{"from": ALICE.encode()}]},
        {"Body": json.dumps({"event": {"from": base64.b64encode(ALICE.encode()).decode()}})},
        {ALICE.encode().hex(): True},
        {"pin": _PINS[0]},
        {"fingerprint": hashlib.sha256(ALICE.encode()).hexdigest()},
    ],
)
def test_the_search_finds_what_is_planted(planted: dict[str, Any]) -> None:
    assert found_in([planted], numbers=[ALICE], secrets=_PINS)
