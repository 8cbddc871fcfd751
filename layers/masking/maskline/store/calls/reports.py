"""Calls as they are followed: read and written by reports, awaited, and listed."""

from collections.abc import Iterable, Iterator, Sequence

from maskline.domain.calls.events import SessionEvent
from maskline.domain.calls.interaction import Interaction
from maskline.domain.sessions.session import Session
from maskline.store import keys, table
from maskline.store.calls.records import awaited_record, interaction_from_record, record_in_session
from maskline.store.codec import encode
from maskline.store.readable import each_readable
from maskline.store.sessions import expiry_index
from maskline.store.sessions.records import session_from_record
from maskline.store.sessions.sessions import next_record
from maskline.store.table import Record

_HAS_NO_END = "attribute_not_exists(ended_at)"


_IS_OPEN = f"attribute_exists(PK) AND {_HAS_NO_END}"


def read_call(session_uuid: str, call_uuid: str) -> tuple[Session, Interaction] | None:
    """A session and one of its conversations, strongly consistent."""
    found = table.batch_get([keys.session(session_uuid), keys.interaction(session_uuid, call_uuid)])
    records = {record["item"]: record for record in found.values()}
    if records.keys() != {"session", "interaction"}:
        return None
    return session_from_record(records["session"]), interaction_from_record(records["interaction"])


def save_call(
    call: tuple[Session, Interaction],
    told: tuple[SessionEvent, ...],
    more: Sequence[table.Item] = (),
    *,
    now: int,
) -> None:
    """Write both as they follow from a report at `now`, with events to tell and `more` actions.

    The session's version guards the interaction too: it is never written without the session.
    Raises table.ConditionFailedError if the session was written since it was read.
    """
    session, interaction = call
    table.transact(
        [
            table.put_action(
                next_record(session, told), "version = :version", version=session.version
            ),
            table.put_action(record_in_session(interaction, session, now)),
            *more,
        ]
    )


def await_end(session_uuid: str, call_uuid: str, at: int) -> None:
    """Have a call looked after from an instant on, unless it is over.

    Raises table.ConflictError if it is to be repeated.
    """
    awaited = awaited_record(session_uuid, at)
    try:
        table.update(
            keys.interaction(session_uuid, call_uuid),
            UpdateExpression="SET expiry_shard = :expiry_shard, expires_at = :expires_at",
            ConditionExpression=_IS_OPEN,
            ExpressionAttributeValues=encode(
                {f":{name}": value for name, value in awaited.items()}
            ),
        )
    except table.ConditionFailedError:
        return


def list_open(session_uuid: str) -> list[tuple[str, int]]:
    """A session's calls that have no end yet, and when they began. What is sealed stays so."""
    found = _query_calls(
        session_uuid,
        {},
        FilterExpression=_HAS_NO_END,
        ProjectionExpression="PK, SK, started_at",
    )
    return [(keys.session_and_call(record)[1], record["started_at"]) for record in found]


def list_overdue(now: int, shards: Iterable[int]) -> list[tuple[str, str]]:
    """(session, call) that the carrier should have reported on by now; call "" for an order."""
    return expiry_index.list_due(keys.overdue_shard, now, shards)


def list_unpriced(now: int, shards: Iterable[int]) -> list[tuple[str, str]]:
    """(session, call) of which the carrier should be able to say by now what they cost."""
    return expiry_index.list_due(keys.price_shard, now, shards)


def read_interactions(places: Iterable[tuple[str, str]]) -> list[Interaction]:
    """The conversations of (session, call) that are there and can be read, in any order."""
    wanted = [keys.interaction(session_uuid, call_uuid) for session_uuid, call_uuid in places]
    found = table.batch_get(wanted) if wanted else {}
    return list(each_readable(interaction_from_record, found.values()))


def list_interactions(session_uuid: str, *, readable: bool = False) -> tuple[Interaction, ...]:
    """All conversations of a session, or those that can be read, oldest first."""
    read_each = each_readable if readable else map
    interactions = read_each(interaction_from_record, _query_calls(session_uuid, {}))
    return tuple(sorted(interactions, key=lambda interaction: interaction.started_at))


def _query_calls(session_uuid: str, values: Record, **options: str) -> Iterator[Record]:
    """The items of a session's conversations. `values` are those that the options name."""
    place = {":pk": keys.session(session_uuid)["PK"], ":calls": "CALL#"}
    return table.query("PK = :pk AND begins_with(SK, :calls)", place | values, **options)
