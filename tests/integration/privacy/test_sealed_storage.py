"""Who reads the table, its stream, a backup, the queue or dead letters learns no number and no PIN.

A whole day runs, with every kind of session and call. Then all that was ever stored or sent is
searched, in every encoding.
"""

import base64
import hashlib
import json
from typing import Any

import pytest

from tests.support.evidence import Evidence
from tests.support.reader import found_in, sent_messages
from tests.support.scenario import ALICE, PASSWORD, PEOPLE, PINS

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


def test_the_day_has_left_something_of_every_kind(evidence: Evidence) -> None:
    assert {item["item"] for item in evidence.remains.stored if "item" in item} >= _KINDS
    assert sent_messages(evidence.calls)
    assert evidence.remains.dead


@pytest.mark.parametrize("where", ["stored", "sent", "dead"])
def test_nothing_that_is_kept_gives_away_a_number_or_a_secret(
    where: str, evidence: Evidence
) -> None:
    kept = sent_messages(evidence.calls) if where == "sent" else getattr(evidence.remains, where)
    secrets = [*_PINS, *evidence.remains.tokens, PASSWORD]

    assert found_in(kept, numbers=PEOPLE, secrets=secrets) == []


def test_the_numbers_are_all_there_for_who_has_the_keys(evidence: Evidence) -> None:
    """So the search looked in the right places: with the keys it finds everybody."""
    found = found_in(evidence.remains.opened, numbers=PEOPLE, secrets=_PINS)

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
