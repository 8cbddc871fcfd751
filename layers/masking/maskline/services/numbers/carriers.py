"""An account's carriers: what is on each, and leaving one that fails."""

import time
from collections.abc import Iterable, Iterator
from functools import partial

from maskline import carriers, clock
from maskline.domain.accounts import Account, Client
from maskline.domain.allocation.replacement import ReplacementOrder
from maskline.domain.errors import CarrierNotFoundError
from maskline.domain.numbers.carriers import CarrierHealth, CarrierState
from maskline.domain.numbers.pool import NumberHealth, VirtualNumber
from maskline.domain.phone_numbers import E164
from maskline.domain.trail import Action, seen
from maskline.observability import logger
from maskline.services.retrying import until_written
from maskline.store import keys, table
from maskline.store.accounts import accounts
from maskline.store.numbers import pool as numbers
from maskline.store.numbers import replacement_orders

# Somebody waits for the answer. A session takes about a hundredth of a read.
_COUNTING_SECONDS = 4.0


def list_carriers(client: Client) -> list[CarrierState]:
    """The carriers that the client's account has credentials for."""
    return _states(client, accounts.list_carriers(client.owner_id, carriers.NAMES))


def get_carrier(client: Client, name: str) -> CarrierState:
    """One of them. Raises CarrierNotFoundError."""
    [state] = _states(client, [_own(client, name)])
    return state


def set_carrier_health(client: Client, name: str, told: CarrierHealth) -> None:
    """Have a carrier's numbers take no new sessions, or take them again. Raises as `get_carrier`.

    Calling it unhealthy gives the order to move live sessions to another carrier's numbers, too;
    calling it healthy withdraws that. The health of each number is its own, and stays.
    """
    carrier = _own(client, name)

    def attempt() -> None:
        account = accounts.get_account(client.owner_id) or client.account
        others = [one for one in account.unhealthy_carriers if one != carrier]
        is_unhealthy = told.health is NumberHealth.UNHEALTHY
        names = [*others, carrier] if is_unhealthy else others
        given = _order(client, carrier, told) if is_unhealthy else None
        numbers.save_carrier_health(account, carrier, names, given=given)

    until_written(attempt)
    logger.info(
        "carrier health changed",
        event="carrier_health_changed",
        carrier=carrier,
        health=told.health,
    )


def _own(client: Client, name: str) -> str:
    found = accounts.list_carriers(client.owner_id, {name.lower()} & {*carriers.NAMES})
    if not found:
        raise CarrierNotFoundError("not found")
    return found[0]


def _order(client: Client, carrier: str, told: CarrierHealth) -> numbers.GivenOrder:
    order = ReplacementOrder(
        number=E164(""),
        account_id=client.owner_id,
        ordered_at=clock.now_ms(),
        request_id=client.origin.request_id,
        grace_seconds=told.grace_seconds,
        carrier=carrier,
    )
    return numbers.GivenOrder(order, seen(client, Action.REPLACEMENT_ORDERED))


def _states(client: Client, names: list[str]) -> list[CarrierState]:
    account = accounts.get_account(client.owner_id) or client.account
    pool = numbers.list_numbers(account.account_id)
    return [
        _state(account, name, [one for one in pool if one.carrier == name], len(names))
        for name in names
    ]


def _state(account: Account, name: str, own: list[VirtualNumber], shares: int) -> CarrierState:
    live, is_at_least = _count_sessions(own, _COUNTING_SECONDS / shares)
    is_unhealthy = name in account.unhealthy_carriers
    health = NumberHealth.UNHEALTHY if is_unhealthy else NumberHealth.HEALTHY
    return CarrierState(name, health, len(own), live, is_at_least)


def _count_sessions(own: Iterable[VirtualNumber], seconds: float) -> tuple[int, bool]:
    """Count the live sessions on some numbers; whether the time was over before the last."""
    ends_at = time.monotonic() + seconds
    found: set[str] = set()
    for number in own:
        shards = [partial(_sessions_on, number.number, one, ends_at) for one in keys.ALL_SHARDS]
        found.update(*table.in_parallel(*shards))
        if time.monotonic() > ends_at:
            return len(found), True
    return len(found), False


def _sessions_on(number: E164, shard: int, ends_at: float) -> set[str]:
    """A session stands on a number once for each of its routes there, or on two numbers."""
    return set(_until(ends_at, replacement_orders.sessions_in(number, shard, clock.now_ms())))


def _until(ends_at: float, session_uuids: Iterator[str]) -> Iterator[str]:
    for one in session_uuids:
        if time.monotonic() > ends_at:
            return
        yield one
