"""What must hold, whatever went wrong: the invariants of docs/reliability.md."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from typing import Any

from local.phone.plivo.xml import read_document
from local.stack.carriers import US_NUMBERS
from maskline.callbacks.messages import MALFORMED, SealedMessage
from maskline.domain.calls.events import VIRTUAL_NUMBER_ANSWER
from maskline.domain.calls.interaction import implied
from maskline.domain.calls.report import NOTHING_REPORTED
from maskline.domain.calls.route import Route, routes_of
from maskline.domain.sessions.totals import Totals
from maskline.domain.trail import Action
from maskline.store import keys
from maskline.store.calls.records import interaction_from_record
from maskline.store.codec import decode
from maskline.store.sessions.records import session_from_record
from maskline.store.sessions.route_records import route_key
from maskline.store.trail import entry_from_record
from tests.faults.world import POISON, World
from tests.support.opened import named
from tests.support.scenario import SPARE
from tools.trail.__main__ import verify
from tools.trail.log_lines import in_file

Record = dict[str, Any]

_DOCUMENTS = {"answer", "redirect", "digits", "confirm", "action", "fallback"}
_END = "SessionPartiesHangup"


def check_now(world: World) -> None:
    """While sessions live: I1 to I3, and what every caller heard so far.

    What a function with a clock that is ahead has ended is over for the next such function.
    """
    over = world.time.now + world.trouble.skew_seconds * 1000
    live = [one for one in _items(world) if one.get("expires_at", 0) > over]
    sessions = [session_from_record(one) for one in live if one.get("item") == "session"]
    promised = Counter(_way(route) for session in sessions for route in routes_of(session))
    found = Counter(_stored_way(one) for one in live if one.get("item") == "route")
    assert found == promised, f"{found - promised} too many, {promised - found} missing"
    proofs = Counter(key for key, _, _ in promised)
    assert set(proofs.values()) <= {1}, "one proof leads to two sessions"
    check_callers(world)


def check_at_the_end(world: World) -> None:
    """When all is over: nothing acknowledged is lost, nothing counts twice, nobody is forgotten."""
    items = _items(world)
    sessions = {one["session_uuid"]: one for one in items if one.get("item") == "session"}
    told = {name: one["session_uuid"] for name, one in world.acknowledged.items()}
    assert set(told.values()) == set(sessions), (
        "sessions that nobody was told of, or lost ones (I10)"
    )
    dead = _dead_letters(world)
    for uuid in told.values():
        session = sessions[uuid]
        calls = [
            one for one in items if one.get("item") == "interaction" and one["session_uuid"] == uuid
        ]
        _check_events(world, session, dead.get(uuid, set()))
        _check_totals(session, calls)
        _check_each_told_once(world, session, calls)
        _check_ends(world, calls)
        _check_explained(items, calls)
        assert "expiry_shard" not in session, "a timeout that was never told"
    _check_trail(world, items, sessions)
    check_callers(world)


def _check_trail(world: World, items: list[Record], sessions: dict[str, Record]) -> None:
    """Each act has its entry, once; and the log was told, but where an answer was lost."""
    findings = verify(in_file(world.log.path))
    assert findings.problems == []
    assert findings.entries - findings.witnessed <= len(world.injector.injected)
    entries = [entry_from_record(one) for one in items if one.get("item") == "audit"]
    done = Counter((entry.action, uuid) for entry in entries for uuid in entry.sessions)
    moves = {uuid: done[Action.NUMBER_REPLACED, uuid] for uuid in sessions}
    assert moves == {uuid: session_from_record(one).moves for uuid, one in sessions.items()}
    assert {done[Action.CREATED, uuid] for uuid in sessions} <= {1}, "not created by one entry"
    assert {done[Action.ENDED, uuid] for uuid in sessions} <= {0, 1}, "ended by two entries"


def check_callers(world: World) -> None:
    """Every caller was told something sensible (I9), and nobody saw a real number (I5)."""
    for call in world.calls:
        for delivery in call.deliveries:
            if delivery.webhook.kind in _DOCUMENTS:
                assert delivery.status == 200, f"{delivery.webhook.kind} got {delivery.status}"
                read_document(delivery.content_type, delivery.body)
        assert {leg.caller_id for leg in call.legs} <= {*US_NUMBERS, SPARE}, (
            "a real number was shown"
        )


def _check_events(world: World, session: Record, dead: set[int]) -> None:
    """I7: every event is delivered or a dead letter; in order, but for dead letters sent again."""
    delivered = world.outside.delivered(session["session_uuid"])
    expected = set(range(1, session_from_record(session).sequence + 1))
    missing = expected - set(delivered) - dead
    assert not missing, f"events {sorted(missing)} are lost"
    assert set(delivered) <= expected, "events of writes that never happened"
    first = list(dict.fromkeys(delivered))
    falls = sum(later < earlier for earlier, later in pairwise(first))
    assert falls <= world.replays, f"events came as {first}"


def _told(call: Record) -> set[str]:
    """The names of the events that a conversation implies. Whoever dialled was answered first."""
    return {VIRTUAL_NUMBER_ANSWER, *implied(interaction_from_record(call))}


def _check_totals(session: Record, calls: Iterable[Record]) -> None:
    """I6: the session's totals are those of its conversations."""
    counted = session_from_record(session).totals
    expected = sum((interaction_from_record(call).totals for call in calls), Totals())
    assert counted == expected, f"totals are {counted}, not {expected}"


def _check_each_told_once(world: World, session: Record, calls: list[Record]) -> None:
    """I6: each conversation's events are numbered once each, and none stays without its end."""
    by_number = {
        one["SequenceNumber"]: one["EventName"]
        for one in world.outside.received
        if one["SessionUUID"] == session["session_uuid"]
    }
    expected = Counter(name for call in calls for name in _told(call))
    got = Counter(name for name in by_number.values() if name in expected)
    assert got <= expected, f"told too often: {got - expected}"
    endless = [call["call_uuid"] for call in calls if _END not in _told(call)]
    assert not endless, "a conversation without an end"


def _check_ends(world: World, calls: list[Record]) -> None:
    """I10: what the carrier was answered to have said of a caller's end is not made up."""
    heard = {
        call.call_uuid
        for call in world.calls
        for delivery in call.deliveries
        if delivery.webhook.kind == "hangup" and delivery.status == 200
    }
    stored = map(interaction_from_record, calls)
    made_up = {one.call_uuid for one in stored if one.caller.hangup_cause == NOTHING_REPORTED}
    assert not heard & made_up, "an acknowledged hangup is lost"


def _check_explained(items: Iterable[Record], calls: Iterable[Record]) -> None:
    """Why a call is a conversation is known of each: it was written with it."""
    explained = {one["PK"] for one in items if "rule" in one}
    for call in calls:
        assert keys.call_partition(call["call_uuid"]) in explained, "nobody knows why"


def dead_letters(world: World) -> int:
    return sum(len(numbers) for numbers in _dead_letters(world).values())


def _dead_letters(world: World) -> dict[str, set[int]]:
    """Sequence numbers by session, of all that is in the callbacks' dead-letter queue."""
    sqs, url = world.engine.client("sqs"), world.engine.queue_urls["CallbackDeadLetterQueue"]
    found: dict[str, set[int]] = {}
    while True:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600)
        if not answer.get("Messages"):
            return found
        for message in answer["Messages"]:
            with suppress(*MALFORMED):
                callback = SealedMessage.from_body(message["Body"])
                sequences = {event["sequence"] for event in callback.events}
                found.setdefault(callback.session_uuid, set()).update(sequences)


def _items(world: World) -> list[Record]:
    pages = world.engine.client("dynamodb").get_paginator("scan")
    found = pages.paginate(TableName=world.engine.table_name, ConsistentRead=True)
    records = (named(decode(item)) for page in found for item in page["Items"])
    return [one for one in records if one["PK"] != POISON]


Way = tuple[tuple[str, str], str, int]


def _way(route: Route) -> Way:
    key = route_key(route)
    return (key["PK"], key["SK"]), route.session_uuid, route.expires_at


def _stored_way(record: Record) -> Way:
    return (record["PK"], record["SK"]), record["session_uuid"], record["expires_at"]
