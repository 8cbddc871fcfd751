"""The number pool: add, list, change, retire and release virtual numbers."""

from dataclasses import replace

from maskline import clock
from maskline.domain.accounts import Client
from maskline.domain.allocation.replacement import ReplacementOrder
from maskline.domain.errors import NumberConflictError, NumberNotFoundError
from maskline.domain.numbers.changes import AddedNumber, NumberChange
from maskline.domain.numbers.pool import RELEASE_WAIT_MS, NumberHealth, VirtualNumber
from maskline.domain.phone_numbers import E164, mask_number
from maskline.domain.trail import Action, seen
from maskline.observability import logger
from maskline.services.retrying import until_written
from maskline.store.numbers import pool as numbers


def add_numbers(client: Client, added: list[VirtualNumber]) -> list[AddedNumber]:
    """Put numbers into the client's pool, in order; those that the deployment has are refused."""
    return [_add_number(client, number) for number in added]


def _add_number(client: Client, number: VirtualNumber) -> AddedNumber:
    def attempt() -> AddedNumber:
        known = numbers.get_number(number.number)
        if known is not None and replace(known, added_at=number.added_at) == number:
            return AddedNumber(number.number, is_added=True)
        if known is not None:
            reason = "already in this pool" if _owns(client, known) else "not available"
            return AddedNumber(number.number, is_added=False, reason=reason)
        numbers.add_number(number)
        return AddedNumber(number.number, is_added=True)

    return until_written(attempt)


def list_numbers(client: Client) -> list[VirtualNumber]:
    """The client's numbers in pool order, retired ones included."""
    owned = [number for number in numbers.list_numbers(client.owner_id) if _owns(client, number)]
    return sorted(owned, key=lambda number: (number.added_at, number.number))


def get_number(client: Client, virtual_number: E164) -> VirtualNumber:
    """One of the client's numbers. Raises NumberNotFoundError."""
    number = numbers.get_number(virtual_number)
    if number is None or not _owns(client, number):
        raise NumberNotFoundError("not found")
    return number


def update_number(client: Client, virtual_number: E164, change: NumberChange) -> VirtualNumber:
    """Change a number. Retiring it stops new sessions on it and leaves live ones alone.

    Calling it unhealthy gives the order to move its live sessions to other numbers too; calling it
    healthy withdraws that.
    """

    def attempt() -> VirtualNumber:
        before = get_number(client, virtual_number)
        changed = change.applied_to(before, clock.now_ms())
        numbers.save_number(changed, before=before, given=_order(client, changed, change))
        return changed

    changed = until_written(attempt)
    if change.health:
        logger.info(
            "number health changed",
            event="number_health_changed",
            number=mask_number(virtual_number),
            health=change.health,
        )
    return changed


def _order(
    client: Client, number: VirtualNumber, change: NumberChange
) -> numbers.GivenOrder | None:
    if change.health is not NumberHealth.UNHEALTHY:
        return None
    order = ReplacementOrder(
        number=number.number,
        account_id=number.account_id,
        ordered_at=clock.now_ms(),
        request_id=client.origin.request_id,
        grace_seconds=change.grace_seconds,
    )
    return numbers.GivenOrder(order, seen(client, Action.REPLACEMENT_ORDERED))


def release_number(client: Client, virtual_number: E164) -> None:
    """Take a retired number without live sessions out of the pool.

    Raises NumberNotFoundError, and NumberConflictError as long as a session may be live on it: one
    that a request was about to create there, or to extend, as well.
    """
    is_repeated = False

    def attempt() -> None:
        nonlocal is_repeated
        if is_repeated and numbers.get_number(virtual_number) is None:
            return
        is_repeated = True
        number = get_number(client, virtual_number)
        _require_releasable(number)
        numbers.remove_number(number)

    until_written(attempt)


def _require_releasable(number: VirtualNumber) -> None:
    if not number.retired_at:
        raise NumberConflictError("number is active: retire it first")
    waited_from = clock.now_ms() - RELEASE_WAIT_MS
    if number.retired_at > waited_from:
        raise NumberConflictError("number was retired less than five minutes ago: wait")
    if numbers.has_routes(number.number, ends_from=waited_from + 1):
        raise NumberConflictError(
            "number has sessions that are live, or ended less than five minutes ago: wait"
        )


def _owns(client: Client, number: VirtualNumber) -> bool:
    if number.account_id != client.owner_id:
        return False
    return client.subaccount_id in {"", number.subaccount_id}
