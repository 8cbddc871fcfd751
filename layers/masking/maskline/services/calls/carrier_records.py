"""Asking the carrier itself what became of a call, where its reports do not say."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from maskline import clock
from maskline.carriers import carrier
from maskline.carriers.adapter import Carrier
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.interaction import Interaction, after_report, session_after
from maskline.domain.calls.late_price import awaits_price, price_due_at
from maskline.domain.calls.report import CallReport, ReportKind, Side
from maskline.domain.sessions.session import Session
from maskline.observability import log_failure, logger
from maskline.services.accounts.carrier_credentials import carrier_account
from maskline.services.retrying import until_written
from maskline.store import keys
from maskline.store.calls import reports

T = TypeVar("T")

# Of the minute after which the next run starts. Before it, overdue calls took up to half of that.
_RUN_SECONDS = 15.0


def read_record(session: Session, interaction: Interaction, side: Side) -> CallReport | None:
    """Return what the carrier's record says of a leg that is over, None if it says nothing."""
    leg = interaction.caller if side is Side.CALLER else interaction.callee
    if not leg.uuid:
        return None
    found = _asked(session, interaction, lambda of, known: of.record(known, leg.uuid))
    return replace(found, side=side) if found else None


def end_call(session: Session, interaction: Interaction) -> None:
    """Have the carrier end a call that has lasted longer than it may."""
    _asked(session, interaction, lambda of, known: of.end(known, interaction.call_uuid))


def _asked(
    session: Session, interaction: Interaction, ask: Callable[[Carrier, CarrierAccount], T]
) -> T | None:
    """Ask the carrier of a call; None where that is not possible.

    A failure is no answer: the call is settled without it, and its price not asked for for ever.
    """
    name = session.carrier_of(interaction.virtual_number)
    try:
        known = carrier_account(name, session.account_id)
        return ask(carrier(name), known) if known else None
    except Exception as error:  # noqa: BLE001 - whatever the trouble with one carrier is
        log_failure("carrier not asked", error, event="carrier_not_asked", carrier=name)
        return None


def add_late_prices(shards: Iterable[int] = keys.ALL_SHARDS) -> int:
    """Ask what calls of some shards cost that is told late; count those that are known now.

    No event tells of it. A run is bounded in time: the next one goes on.
    """
    ends_at = time.monotonic() + _RUN_SECONDS
    added = 0
    for session_uuid, call_uuid in reports.list_unpriced(clock.now_ms(), shards):
        if time.monotonic() > ends_at:
            break
        added += _added_safely(session_uuid, call_uuid)
    return added


def _added_safely(session_uuid: str, call_uuid: str) -> bool:
    """One that fails holds up no other, and is asked for again in the next run."""
    try:
        return _add_price(session_uuid, call_uuid)
    except Exception as error:  # noqa: BLE001 - whatever one call's trouble is
        log_failure("not priced", error, event="price_not_added", session_uuid=session_uuid)
        return False


def _add_price(session_uuid: str, call_uuid: str) -> bool:
    found = reports.read_call(session_uuid, call_uuid)
    if found is None:
        return False
    prices = _prices(*found)

    def attempt() -> bool:
        now = clock.now_ms()
        current = reports.read_call(session_uuid, call_uuid)
        if current is None:
            return False
        session, before = current
        due_at = price_due_at(before)
        if due_at is None or now < due_at:
            return False
        after = before
        for price in prices:
            after = after_report(after, price, now)
        if awaits_price(after):
            after = replace(after, price_checks=after.price_checks + 1)
        reports.save_call((session_after(session, before, after, ()), after), (), now=now)
        return after.totals.known_amount is not None

    is_known = until_written(attempt)
    logger.info("price asked for", event="price_asked", call_uuid=call_uuid, known=is_known)
    return is_known


def _prices(session: Session, interaction: Interaction) -> list[CallReport]:
    legs = ((Side.CALLER, interaction.caller), (Side.CALLEE, interaction.callee))
    found = [read_record(session, interaction, side) for side, leg in legs if leg.is_priced_later]
    return [replace(one, kind=ReportKind.PRICED) for one in found if one]
