"""Erasing a person: an order at once, carried out in bounded batches, and a receipt at the end."""

import random
import secrets
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from maskline import clock
from maskline.deployment_keys import fetch_secret
from maskline.domain.accounts import Client
from maskline.domain.erasure import (
    ErasureOrder,
    IsPerson,
    commitment,
    interaction_without,
    names,
    renewed,
    routes_to_keep,
    session_to_keep,
    session_without,
)
from maskline.domain.errors import ErasureNotFoundError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session
from maskline.domain.trail import Action, Entry, seen
from maskline.observability import log_failure, logger
from maskline.services.fair_shares import Clock, Shuffle, fair_shares
from maskline.services.retrying import until_written
from maskline.services.sessions.end import await_ends
from maskline.store import keys
from maskline.store.calls import reports
from maskline.store.erasure import erase as erasing
from maskline.store.erasure import orders as erasures
from maskline.store.sessions import sessions
from maskline.store.table import ConditionFailedError

# Within the minute after which the next run starts.
_RUN_SECONDS = 40.0
SESSIONS_PER_RUN = 500
# What was written just before the order may be in the indexes only after it.
_LATECOMERS_MS = 60_000


class Erased(StrEnum):
    """The result for one session. FAILED: it, or all of an order, is left to the next run."""

    ERASED = "erased"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Ordered:
    """An open order, and the salt of its commitment, which is kept nowhere."""

    order: ErasureOrder
    salt: str


def order_erasure(client: Client, number: E164) -> Ordered:
    """Have everything of a person erased that was written up to now.

    An open order for them is renewed: the salt of its commitment is the new one from then on.
    Raises TooManyErasuresError.
    """
    salt = secrets.token_hex(32)
    order = ErasureOrder(
        erasure_id=str(uuid.uuid4()),
        account_id=client.owner_id,
        person=erasures.person_keys(client.owner_id, number),
        commitment=commitment(number, salt),
        ordered_at=clock.now_ms(),
        request_id=client.origin.request_id,
    )
    given = until_written(partial(_given, order, seen(client, Action.ERASURE_ORDERED)))
    logger.info("erasure ordered", event="erasure_ordered", erasure_id=given.erasure_id)
    return Ordered(given, salt)


def _given(order: ErasureOrder, entry: Entry) -> ErasureOrder:
    """The order as it is open now. A repetition after a lost answer renews what it wrote."""
    before = erasures.find_open(order.account_id, order.person)
    if before is None:
        erasures.give(order, entry)
        return order
    after = renewed(before, order)
    erasures.renew(before, after, entry)
    return after


def get_erasure(client: Client, erasure_id: str) -> ErasureOrder:
    """The account's order as far as it is carried out. Raises ErasureNotFoundError."""
    order = erasures.get(client.owner_id, erasure_id)
    if order is None:
        raise ErasureNotFoundError("not found")
    return order


def carry_out_erasures(
    *,
    seconds: float = _RUN_SECONDS,
    now: Clock = time.monotonic,
    shuffle: Shuffle = random.shuffle,
) -> Counter[Erased]:
    """Carry on open orders while the time lasts; how many sessions came to what."""
    orders = erasures.list_orders()
    outcomes: Counter[Erased] = Counter()
    for order, ends_at in fair_shares(orders, seconds, now=now, shuffle=shuffle):
        outcomes += _carried_on_safely(order, ends_at, now)
    return outcomes


def _carried_on_safely(order: ErasureOrder, ends_at: float, now: Clock) -> Counter[Erased]:
    try:
        return _carry_on(order, ends_at, now)
    except Exception as error:  # noqa: BLE001 - whatever one order's trouble is
        log_failure("not carried on", error, event="erasure_failed", erasure_id=order.erasure_id)
        return Counter({Erased.FAILED: 1})


def _carry_on(order: ErasureOrder, ends_at: float, now: Clock) -> Counter[Erased]:
    """Erase what the bounds allow; an order is complete when a whole walk found nothing more."""
    outcomes: Counter[Erased] = Counter()
    # Nothing is announced to a table of another secret.
    fetch_secret()
    until_written(partial(erasures.announce, order.account_id, clock.now_ms()))
    for session_uuid in erasures.walk_sessions(order):
        outcomes[_erased_safely(order, session_uuid)] += 1
        if outcomes.total() >= SESSIONS_PER_RUN or now() > ends_at:
            return outcomes
    is_fresh = clock.now_ms() < order.ordered_at + _LATECOMERS_MS
    if not is_fresh and not outcomes[Erased.ERASED] and not outcomes[Erased.FAILED]:
        _complete(order)
    return outcomes


def _complete(order: ErasureOrder) -> None:
    def attempt() -> bool:
        try:
            erasures.complete(order, clock.now_ms())
        except ConditionFailedError:
            return False
        return True

    event = "erasure_completed" if until_written(attempt) else "erasure_went_on"
    logger.info("erasure walked", event=event, erasure_id=order.erasure_id)


def _erased_safely(order: ErasureOrder, session_uuid: str) -> Erased:
    try:
        return until_written(lambda: _attempt(order, session_uuid))
    except Exception as error:  # noqa: BLE001 - whatever one session's trouble is
        log_failure("not erased", error, event="erasure_failed", session_uuid=session_uuid)
        return Erased.FAILED


def _attempt(order: ErasureOrder, session_uuid: str) -> Erased:
    session = sessions.get_session(session_uuid)
    if session is None or session.created_at > order.ordered_at:
        return Erased.SKIPPED

    def is_person(number: E164) -> bool:
        return keys.party_key(number) == order.person.party

    now = clock.now_ms()
    planned = _planned(session, is_person, now)
    if not planned.interactions and not names(session, is_person):
        return Erased.SKIPPED
    if planned.after.expires_at != session.expires_at:
        await_ends(session)
    erasing.erase(order, planned, now)
    logger.info("person erased", event="person_erased", session_uuid=session_uuid)
    return Erased.ERASED


def _planned(session: Session, is_person: IsPerson, now: int) -> erasing.Erasing:
    kept = session_to_keep(session, is_person, now)
    every = reports.list_interactions(session.session_uuid)
    changed = [(one, interaction_without(one, is_person)) for one in every]
    return erasing.Erasing(
        before=session,
        after=session_without(kept, is_person),
        interactions=[(one, left) for one, left in changed if left is not one],
        routes=routes_to_keep(kept, is_person),
    )
