"""Moving live sessions off unhealthy numbers, or off all of a carrier: a batch in each run."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from functools import partial

from maskline import clock
from maskline.domain.accounts import Origin
from maskline.domain.allocation.choice import Candidates, candidates_for
from maskline.domain.allocation.replacement import (
    NewNumbers,
    ReplacementOrder,
    WalkedTo,
    choose_elsewhere,
    choose_new_numbers,
    may_leave_carrier,
    moved,
    on_carrier,
)
from maskline.domain.errors import ContentionError, PoolExhaustedError
from maskline.domain.numbers.pool import NumberHealth
from maskline.domain.phone_numbers import mask_number
from maskline.domain.sessions.session import Role, Session
from maskline.domain.trail import Action, Function, carried_out
from maskline.observability import log_failure, logger
from maskline.services.fair_shares import fair_shares
from maskline.services.retrying import until_written
from maskline.services.sessions.doors import Neighbours
from maskline.services.sessions.held_numbers import HeldNumbers, demand_of
from maskline.store import trail
from maskline.store.accounts import accounts
from maskline.store.numbers import pool as numbers
from maskline.store.numbers import replacement_orders
from maskline.store.sessions import sessions
from maskline.store.table import ConditionFailedError

# Within the minute after which the next run starts.
_RUN_SECONDS = 40.0
# A run that hurries through ten thousand would leave nothing for the other numbers.
SESSIONS_PER_RUN = 500
# A create may have chosen the number just before it was called unhealthy, and be written after.
_LATECOMERS_MS = 5 * 60_000


class Moved(StrEnum):
    """The result for one session. PENDING: no number is free for it, or others kept writing.

    FAILED: it could not be looked at, and the next run tries again.
    """

    MOVED = "moved"
    SKIPPED = "skipped"
    PENDING = "pending"
    FAILED = "failed"


def replace_unhealthy_numbers() -> Counter[Moved]:
    """Carry on open orders while the time lasts; how many sessions came to what."""
    outcomes: Counter[Moved] = Counter()
    for order, ends_at in fair_shares(replacement_orders.list_orders(), _RUN_SECONDS):
        outcomes += _Run(order, ends_at).carry_on()
    return outcomes


class _Run:
    """One order's share of a run."""

    def __init__(self, order: ReplacementOrder, ends_at: float) -> None:
        self._order = order
        self._ends_at = ends_at
        self._outcomes: dict[str, Moved] = {}

    def carry_on(self) -> Counter[Moved]:
        """Move what the bounds allow. The next run goes on behind that, or closes the order."""
        stopped_at = self._walk()
        counts = Counter(self._outcomes.values())
        if counts[Moved.PENDING]:
            logger.warning(
                "sessions wait for a healthy number",
                event="replacement_pending",
                number=mask_number(self._order.number),
                carrier=self._order.carrier,
                sessions=counts[Moved.PENDING],
            )
        try:
            self._leave(stopped_at)
        except ConditionFailedError:
            logger.info("order withdrawn or given anew", event="replacement_withdrawn")
        return counts

    def _walk(self) -> WalkedTo | None:
        """Walk over the sessions; return where the bounds ended the walk, None at its end."""
        order = self._order
        for place, session_uuid in self._sessions():
            if session_uuid in self._outcomes:
                continue
            if len(self._outcomes) >= SESSIONS_PER_RUN or time.monotonic() > self._ends_at:
                return place
            self._outcomes[session_uuid] = replace_number(session_uuid, order)
        return None

    def _sessions(self) -> Iterator[tuple[WalkedTo, str]]:
        order, now = self._order, clock.now_ms()
        if not order.carrier:
            yield from replacement_orders.walk_sessions(order.number, order.place, now)
            return
        every = numbers.list_numbers(order.account_id)
        for number in sorted(one.number for one in every if one.carrier == order.carrier):
            if number >= order.place.number:
                is_at_place = number == order.place.number
                start = order.place if is_at_place else WalkedTo(number=number)
                yield from replacement_orders.walk_sessions(number, start, now)

    def _leave(self, stopped_at: WalkedTo | None) -> None:
        order = self._order
        is_fresh = clock.now_ms() < order.ordered_at + _LATECOMERS_MS
        has_seen_all = stopped_at is None and order.place == WalkedTo()
        if has_seen_all and not self._outcomes and not is_fresh:
            replacement_orders.close(order)
        elif order.place != (stopped_at or WalkedTo()):
            replacement_orders.move_place(order, stopped_at or WalkedTo())


def replace_number(session_uuid: str, order: ReplacementOrder) -> Moved:
    """Move one session off the number, unless that has become needless meanwhile.

    One that fails holds up no other.
    """
    try:
        outcome = until_written(lambda: _attempt(session_uuid, order))
    except ContentionError:
        return Moved.PENDING
    except Exception as error:  # noqa: BLE001 - whatever one session's trouble is
        log_failure("not moved", error, event="replacement_failed", session_uuid=session_uuid)
        return Moved.FAILED
    if outcome is Moved.MOVED:
        logger.info("number replaced", event="number_replaced", session_uuid=session_uuid)
    return outcome


def _attempt(session_uuid: str, order: ReplacementOrder) -> Moved:
    now = clock.now_ms()
    session = sessions.get_session(session_uuid)
    if session is None or not session.is_live(now) or session.account_id != order.account_id:
        return Moved.SKIPPED
    roles = order.roles_of(session)
    if not roles or not _is_still_unhealthy(order):
        return Moved.SKIPPED
    new, carrier = _new_numbers(session, order, now)
    if new:
        changed, told = moved(session, new, now=now, grace_seconds=order.grace_seconds)
        changed = on_carrier(changed, carrier)
        entry = carried_out(
            Function.REPLACE_NUMBERS,
            Action.NUMBER_REPLACED,
            changed,
            origin=Origin(order.request_id, now),
        )
        action = trail.entry_action(entry)
        sessions.save_session_and_routes(changed, action, before=session, told=told)
    return Moved.MOVED if len(new) == len(roles) else Moved.PENDING


def _is_still_unhealthy(order: ReplacementOrder) -> bool:
    if order.carrier:
        account = accounts.get_account(order.account_id)
        return account is not None and order.carrier in account.unhealthy_carriers
    number = numbers.get_number(order.number)
    return number is not None and number.health is NumberHealth.UNHEALTHY


def _new_numbers(session: Session, order: ReplacementOrder, now: int) -> tuple[NewNumbers, str]:
    """Numbers by the rules under which the session was created, and their carrier.

    None where the rules leave none.
    """
    if order.carrier and not may_leave_carrier(session):
        return {}, ""
    try:
        candidates = _candidates(session, order)
    except PoolExhaustedError:
        return {}, ""
    held = HeldNumbers.read(session, candidates.all).by_others_than(session.session_uuid)
    neighbours = Neighbours(session.account_id, session, now)
    choose = (
        partial(choose_elsewhere, session, candidates)
        if order.carrier
        else partial(choose_new_numbers, session, order.roles_of(session), candidates)
    )
    new = neighbours.apart(choose, held.at(now), numbers_of=lambda new: new) or {}
    return new, candidates.carrier_of(new.values())


def _candidates(session: Session, order: ReplacementOrder) -> Candidates:
    """A carrier's own numbers are none of them while it is unhealthy."""
    account = accounts.get_account(session.account_id)
    pool = numbers.get_pool(account) if account else []
    demand, roles = demand_of(session), order.roles_of(session)
    wanted = {role: demand.countries[role] if role in roles else "" for role in Role}
    carrier = "" if order.carrier else session.carrier
    return candidates_for(pool, replace(demand, countries=wanted, carrier=carrier))
