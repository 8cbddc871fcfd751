"""What is known of a number before PINs are drawn on it, and the mark that a tight draw leaves."""

from collections.abc import Collection
from functools import partial
from itertools import islice

from maskline.domain.greetings import live_pins_of
from maskline.domain.phone_numbers import E164
from maskline.domain.pins import Crowd
from maskline.store import keys, table
from maskline.store.greetings import counts_of_pin_sessions

# By far longer than the index takes to show what was drawn.
_MARKED_MS = 60_000


def read_crowds(account_id: str, numbers: Collection[E164], now: int) -> dict[E164, Crowd]:
    """How crowded each of an account's numbers is with PINs, in one round of reads.

    The index may lag.
    """
    reads = [read for one in numbers for read in _reads(account_id, one, now)]
    found = iter(table.in_parallel(*reads))
    return {
        number: Crowd(
            live_pins=live_pins_of(sum(islice(found, keys.SHARDS))),
            is_quiet=next(found) <= now,
        )
        for number in numbers
    }


def _reads(account_id: str, number: E164, now: int) -> list[partial[int]]:
    return [*counts_of_pin_sessions(account_id, number, now), partial(_marked_until, number)]


def _marked_until(number: E164) -> int:
    mark = table.get(keys.tight_draw(number))
    return mark["marked_until"] if mark else 0


def tight_draw_action(number: E164, now: int) -> table.Item:
    """The part of a create that fails if a tight draw was made on the number a moment ago."""
    until = now + _MARKED_MS
    return table.put_action(
        {
            **keys.tight_draw(number),
            "item": "tight_draw",
            "marked_until": until,
            "ttl": -(-until // 1000),
        },
        "attribute_not_exists(PK) OR marked_until <= :now",
        now=now,
    )
