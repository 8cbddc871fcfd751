"""The line of a session: the write that opens it for a call, or why it stays closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from maskline.config import settings
from maskline.domain.calls.events import SessionEvent
from maskline.domain.calls.interaction import Interaction
from maskline.domain.calls.report import LegStatus
from maskline.domain.calls.route import Route
from maskline.domain.limits import CallLimits
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import LiveCall, Session
from maskline.domain.why.decision import Rule
from maskline.store import keys, table
from maskline.store.accounts.counters import caller_calls_key, count_call_action
from maskline.store.calls.by_id import call_action
from maskline.store.calls.records import interaction_from_record, interaction_record
from maskline.store.sealing.seal import seal_for
from maskline.store.sessions import outsider_traces
from maskline.store.sessions.outbox import beside_of, outbox
from maskline.store.sessions.records import session_from_record
from maskline.store.sessions.sessions import get_session
from maskline.store.table import Record


class Opening(Enum):
    """The result of an attempt to open a session's line for a call.

    REPEATED: this very call has it. DIALLED: it had, and the other party does not ring any more.
    GONE: its caller has hung up before it was answered.
    """

    OPENED = auto()
    REPEATED = auto()
    DIALLED = auto()
    BUSY = auto()
    OVER = auto()
    SESSION_SPENT = auto()
    CALLER_SPENT = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class LineResult:
    """`held_by` is the conversation in the way when the line is BUSY.

    `may_be_elsewhere` where it may be with another carrier than the session's numbers are by now.
    """

    opening: Opening
    held_by: LiveCall | None = None
    may_be_elsewhere: bool = False


# The line is free, or its holder is past its limit, is this very call (a repeated webhook), or is
# the call that the carrier no longer knows. A phone does not push its own call aside: a caller ID
# can be forged, and every line rings somebody.
_LINE_IS_OURS = (
    "(attribute_not_exists(live_call_uuid) OR live_until <= :now "
    "OR live_call_uuid IN (:call, :dead_call))"
)
_SESSION_IS_LIVE = "expires_at > :now"
_SESSION_IS_NOT_SPENT = "(attribute_not_exists(total_call_count) OR total_call_count < :most)"
_NO_LIMITS = CallLimits()
# The caller came in as a role that nobody had: an addition since then closed the door.
_ROLE_IS_FREE = "attribute_not_exists({role}_party)"
# The lone party has no other number by now than those on which it learns of the caller.
_IS_MOVED_SO_OFTEN = "moves = :moves"
_NEVER_MOVED = "attribute_not_exists(moves)"


@dataclass(frozen=True, slots=True)
class LineRequest:
    """The request of a call for a session's line.

    `rule` says why it is theirs. `dead_call_uuid` names a conversation to push aside, since the
    carrier says it is over; `may_be_called_back` is of interest where an outsider calls; `limits`
    are those in force.
    """

    route: Route
    hold: LiveCall
    rule: Rule
    dead_call_uuid: str = ""
    may_be_called_back: bool = True
    limits: CallLimits = _NO_LIMITS


def open_line(
    opening: LineRequest, interaction: Interaction, told: tuple[SessionEvent, ...]
) -> LineResult:
    """Start a conversation, unless the session is over or has one: a single transaction.

    Raises table.ConflictError if it is to be repeated.
    """
    caller, route = interaction.from_number, opening.route
    # A stranger on the phone of a role that nobody has.
    is_outsider = bool(caller and not route.party)
    learning = get_session(route.session_uuid) if is_outsider else None
    actions = [
        _open_session_action(opening, interaction, told, learning=learning),
        table.put_action(
            _new_interaction_record(interaction, route.account_id),
            "attribute_not_exists(PK)",
        ),
        call_action(interaction, opening.route, opening.rule, opening.dead_call_uuid),
    ]
    if opening.limits.per_caller:
        most, now = opening.limits.per_caller, interaction.started_at
        actions.append(count_call_action(route, caller, now, most=most))
    if learning:
        actions += _learn_outsider_actions(route, learning, _learned(opening, caller))
    actions += outsider_traces.call_actions(route, caller)
    try:
        table.transact(actions)
    except table.ConditionFailedError as error:
        return _refusal(error.failed, opening, interaction, learning=learning)
    return LineResult(Opening.OPENED)


def _open_session_action(
    opening: LineRequest,
    interaction: Interaction,
    told: tuple[SessionEvent, ...],
    *,
    learning: Session | None,
) -> table.Item:
    """`learning` is the single-party session that learns who its outsider is."""
    route, most = opening.route, opening.limits.per_session
    key = keys.session(interaction.session_uuid)
    conditions = [_SESSION_IS_LIVE, _LINE_IS_OURS]
    values: Record = {
        "call": opening.hold.call_uuid,
        "until": opening.hold.until,
        "dead_call": opening.dead_call_uuid,
        "now": interaction.started_at,
        "one": 1,
        "told": len(told),
        "outbox": outbox(route.account_id, interaction.session_uuid, told, beside_of(route)),
    }
    if most:
        conditions.append(_SESSION_IS_NOT_SPENT)
        values["most"] = most
    if not route.party:
        conditions.append(_ROLE_IS_FREE.format(role=route.role))
    learnt = ""
    if learning:
        caller = _learned(opening, interaction.from_number)
        seal = seal_for(route.account_id, key)
        learnt = ", last_outsider = :outsider"
        values["outsider"] = seal.seal("last_outsider", caller)
        conditions.append(_IS_MOVED_SO_OFTEN if learning.moves else _NEVER_MOVED)
        if learning.moves:
            values["moves"] = learning.moves
    return table.update_action(
        key,
        "ADD total_call_count :one, version :one, #sequence :told "
        f"SET live_call_uuid = :call, live_until = :until, outbox = :outbox{learnt}",
        " AND ".join(conditions),
        names={"#sequence": "sequence"},
        **values,
    )


def _learned(opening: LineRequest, caller: E164) -> E164:
    """The outsider whom the lone party calls from now on; "" if it may not call this one."""
    return caller if opening.may_be_called_back else E164("")


def _learn_outsider_actions(route: Route, session: Session, learned: E164) -> list[table.Item]:
    """The lone party's calls, on whichever number, go to the outsider who last reached them."""
    places = [keys.route(route.peer, number) for number in session.numbers_of(route.role.other)]
    return [
        table.update_action(
            place,
            "SET peer = :outsider",
            "session_uuid = :session",
            outsider=seal_for(route.account_id, place).seal("peer", learned),
            session=route.session_uuid,
        )
        for place in places
    ]


def _refusal(
    failed: Mapping[table.Place, Record | None],
    opening: LineRequest,
    interaction: Interaction,
    *,
    learning: Session | None,
) -> LineResult:
    route, limits, now = opening.route, opening.limits, interaction.started_at
    call_place = table.place(keys.interaction(route.session_uuid, interaction.call_uuid))
    if call_place in failed:
        known = failed[call_place]
        rings = known is None or interaction_from_record(known).callee.status is LegStatus.RINGING
        return LineResult(Opening.REPEATED if rings else Opening.DIALLED)
    if table.place(keys.call(route.account_id, interaction.call_uuid)) in failed:
        return LineResult(Opening.GONE)
    session_place = table.place(keys.session(route.session_uuid))
    count_place = table.place(caller_calls_key(route, interaction.from_number, now))
    if limits.per_caller and session_place not in failed and count_place in failed:
        return LineResult(Opening.CALLER_SPENT)
    record = failed.get(session_place)
    session = session_from_record(record) if record else None
    if session is None or not session.is_live(now) or session.party(route.role) != route.party:
        return LineResult(Opening.OVER)
    if learning and session.moves != learning.moves:
        raise table.ConflictError("the session got another number")
    if limits.per_session and session.totals.call_count >= limits.per_session:
        return LineResult(Opening.SESSION_SPENT)
    return LineResult(Opening.BUSY, session.live_call, session.has_moved_carrier)


def _new_interaction_record(interaction: Interaction, account_id: str) -> Record:
    ttl = interaction.started_at // 1000 + settings().retention_days * 86_400
    return interaction_record(interaction, account_id) | {"ttl": ttl}
