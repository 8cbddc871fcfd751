"""The indexes behind lists of sessions: their partitions, and reading on in one of them.

An account's list is spread over several partitions, which all carry what a list filters by. The
sessions of a party lie in one partition of an index of their own, which holds nothing but keys: it
is written when a session is created, and not again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.filter import SessionFilter, SessionSummary
from maskline.domain.sessions.page import Position
from maskline.domain.sessions.session import Role, Session, Status
from maskline.store import keys, table
from maskline.store.readable import each_readable
from maskline.store.sessions.records import former_numbers_from
from maskline.store.sessions.sessions import get_sessions
from maskline.store.table import Record

_PARTY_INDEXES = {
    Role.FIRST: keys.SESSIONS_BY_FIRST_PARTY,
    Role.SECOND: keys.SESSIONS_BY_SECOND_PARTY,
}


@dataclass(frozen=True, slots=True)
class Search:
    """The sessions of an account that match, newest first, or oldest first if `is_backward`."""

    account_id: str
    filter: SessionFilter
    now: int
    is_backward: bool = False

    @property
    def indexed_role(self) -> Role | None:
        """The role by whose index the list is read, None for the list of the account."""
        return next((role for role in Role if self.filter.party(role)), None)

    @property
    def rest(self) -> SessionFilter:
        """The part of the filter that the index does not decide."""
        role = self.indexed_role
        return self.filter.without_party(role) if role else self.filter


@dataclass(frozen=True, slots=True)
class Strand:
    """One partition of a list: the keys that are left to read there, and what was found so far.

    `reached` is the last position that was looked at; a strand at its end is not open any more.
    """

    index: str
    attribute: str
    partition: str
    low: str
    high: str
    found: tuple[Position, ...] = ()
    reached: Position | None = None
    is_open: bool = True


def strands(search: Search, start: Position | None) -> list[Strand]:
    """All partitions, to be read from behind a position or from the front. Empty: none is left."""
    low = keys.created_order(search.filter.created_from, "")
    high = keys.created_order(search.filter.created_before, "")
    if start is not None:
        order = keys.created_order(start.created_at, start.session_uuid)
        if search.is_backward:
            low = max(low, keys.just_above(order))
        else:
            high = min(high, keys.just_below(order))
    if low > high:
        return []  # which DynamoDB would refuse as a condition
    return [Strand(*partition, low, high) for partition in _partitions(search)]


def _partitions(search: Search) -> list[tuple[str, str, str]]:
    """Index, key attribute and key value of each."""
    role = search.indexed_role
    if role is None:
        return [
            (keys.SESSIONS_BY_ACCOUNT, "account_shard", keys.account_shard(search.account_id, one))
            for one in keys.ALL_SHARDS
        ]
    party = search.filter.party(role) or E164("")
    partition = keys.party_list(search.account_id, party)
    return [(_PARTY_INDEXES[role], f"{role}_party_list", partition)]


def read_on(search: Search, strand: Strand, rows: int) -> Strand:
    """The strand after at most so many more rows, and at most a megabyte, were looked at."""
    conditions, values = _conditions(search)
    wanted = {"FilterExpression": " AND ".join(conditions)} if conditions else {}
    if _reads_keys_alone(search):
        wanted["ProjectionExpression"] = "created_order"
    page = _query(search, strand, values, Limit=rows, **wanted)
    found = (*strand.found, *_matching(search, page.records))
    if page.last is None:
        return replace(strand, found=found, is_open=False)
    reached = _position(page.last)
    return replace(_behind(search, strand, reached), found=found, reached=reached)


def _behind(search: Search, strand: Strand, position: Position) -> Strand:
    """Return the part of a strand behind a position, in the direction of the search."""
    order = keys.created_order(position.created_at, position.session_uuid)
    if search.is_backward:
        return replace(strand, low=keys.just_above(order))
    return replace(strand, high=keys.just_below(order))


def _query(search: Search, strand: Strand, values: Record, **options: Any) -> table.QueryPage:
    if strand.low > strand.high:
        return table.QueryPage([], 0, None)
    bounds = {":partition": strand.partition, ":low": strand.low, ":high": strand.high}
    return table.query_page(
        f"{strand.attribute} = :partition AND created_order BETWEEN :low AND :high",
        bounds | values,
        IndexName=strand.index,
        ScanIndexForward=search.is_backward,
        **options,
    )


def _position(record: Record) -> Position:
    return Position(*keys.creation_of(record["created_order"]))


def _reads_keys_alone(search: Search) -> bool:
    return search.indexed_role is not None or search.rest.asks_for_creation_alone


def _matching(search: Search, records: list[Record]) -> Iterable[Position]:
    positions = [_position(record) for record in records]
    rest = search.rest
    if rest.asks_for_creation_alone:
        return positions
    return [
        Position(summary.created_at, summary.session_uuid)
        for summary in _summaries(search, records, positions)
        if rest.matches(summary, now=search.now, party_key=keys.party_key)
    ]


def _summaries(
    search: Search, records: list[Record], positions: list[Position]
) -> Iterable[SessionSummary]:
    """From the index where it carries them, else from the sessions; of all that can be read."""
    if search.indexed_role is None:
        return each_readable(_summary_of_entry, records)
    found = get_sessions([position.session_uuid for position in positions])
    return [_summary_of_session(session) for session in found.values()]


def _summary_of_entry(record: Record) -> SessionSummary:
    """The index does without the parties, since it is not read for their sake."""
    position, first_number = _position(record), record["first_virtual_number"]
    return SessionSummary(
        session_uuid=position.session_uuid,
        created_at=position.created_at,
        expires_at=record["expires_at"],
        live_until=record.get("live_until"),
        first_party_key="",
        second_party_key="",
        first_virtual_number=E164(first_number),
        second_virtual_number=E164(record.get("second_virtual_number") or first_number),
        subaccount_id=record.get("subaccount_id", ""),
        former_numbers=former_numbers_from(record),
    )


def _summary_of_session(session: Session) -> SessionSummary:
    return SessionSummary(
        session_uuid=session.session_uuid,
        created_at=session.created_at,
        expires_at=session.expires_at,
        live_until=session.live_call.until if session.live_call else None,
        first_party_key=keys.party_key(session.first_party) if session.first_party else "",
        second_party_key=keys.party_key(session.second_party) if session.second_party else "",
        first_virtual_number=session.first_virtual_number,
        second_virtual_number=session.second_virtual_number,
        subaccount_id=session.subaccount_id,
        former_numbers=session.former_numbers,
    )


_STATUS_CONDITIONS = {
    Status.EXPIRED: ["expires_at <= :now"],
    Status.ACTIVE: [
        "expires_at > :now",
        "(attribute_not_exists(live_until) OR live_until <= :now)",
    ],
    Status.IN_PROGRESS: ["expires_at > :now", "live_until > :now"],
}


# Whoever moved off a number may still be on it: whether is for the filter itself to say.
_IS_ON_NUMBER = (
    "(first_virtual_number = :number OR second_virtual_number = :number"
    " OR attribute_exists(former_numbers))"
)


def _conditions(search: Search) -> tuple[list[str], Record]:
    """Return the filter that DynamoDB applies, to spare sending and decoding the rest.

    The filter is asked again about all that comes.
    """
    if _reads_keys_alone(search):
        return [], {}
    rest = search.rest
    optional = {
        # "" asks for what no subaccount has.
        "subaccount_id = :subaccount": (":subaccount", rest.subaccount_id or None),
        _IS_ON_NUMBER: (":number", rest.virtual_number),
        "expires_at >= :expires_from": (":expires_from", rest.expires.start),
        "expires_at < :expires_before": (":expires_before", rest.expires.end),
        "duration_seconds >= :lasts_from": (":lasts_from", rest.duration_seconds.start),
        "duration_seconds < :lasts_before": (":lasts_before", rest.duration_seconds.end),
    }
    asked = {condition: pair for condition, pair in optional.items() if pair[1] is not None}
    owner = ["attribute_not_exists(subaccount_id)"] if rest.subaccount_id == "" else []
    if rest.status is not None:
        asked |= dict.fromkeys(_STATUS_CONDITIONS[rest.status], (":now", search.now))
    return owner + list(asked), dict(asked.values())
