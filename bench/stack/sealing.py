"""Measure what sealed numbers cost an answer: time, requests, bytes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any
from unittest.mock import patch

from bench.counting.units import item_size
from bench.report import Section, Table
from bench.stack.incoming_calls import IncomingCall, IncomingCalls, silent_log
from functions.answer_call.app import handler
from local.aws.engine import Engine, forget_cached_values
from maskline.store.accounts import accounts
from maskline.store.keys import Key
from maskline.store.sealing import keyrings
from maskline.store.sealing import seal as sealing
from maskline.store.sealing.seal import ItemSeal
from tests.support.observation import recorded_api_calls

_TARGET = 1.1
_BLOCKS = 10
_PAIRS_A_BLOCK = 40
_WARM_UPS = 30
_VALUES = 20_000
_KEPT_WARM = frozenset(
    {
        "maskline.aws",
        "maskline.config",
        "maskline.deployment_keys",
        "maskline.store.sealing.table_secret",
    }
)

_TEXT = f"""\
The warm handler with the signed webhook of a registered caller, each time a new call in a session
of its own: with everything sealed, against the same handler that stores and reads the same texts
as they are; {_BLOCKS} blocks of {_PAIRS_A_BLOCK} pairs, in which either goes first in turn. The
ratio is the median of the blocks' ratios of medians. Target: at most {_TARGET}, and no request
more."""
_HEADINGS = ("sealed, ms", "as it is, ms", "ratio", "best block", "worst block")
_COUNTS = """\
Requests of a warm answer: {warm}; of the first one of a function that has read nothing ahead, those
about keys: {cold}. Bytes that an answer writes: {sealed}, and {plain} as they are."""


class _Plain:
    """In place of ItemSeal: what a table would hold that anybody could read."""

    def __init__(self, *_: object) -> None: ...

    def seal(self, _field: str, text: str) -> bytes:
        return text.encode()

    def open(self, _field: str, sealed: bytes) -> str:
        return sealed.decode()


def measure() -> Section:
    with Engine() as engine, silent_log():
        calls = IncomingCalls(engine)
        with _plain():
            _answered(calls, _WARM_UPS)
        _answered(calls, _WARM_UPS)
        ratios, sealed, plain = _compared(calls)
        warm, cold = _requests(calls), _cold_requests(calls)
        sizes = {"sealed": _written_bytes(calls)}
        with _plain():
            sizes["plain"] = _written_bytes(calls)
    ratio = median(ratios)
    figures = [f"{one:.2f}" for one in (sealed, plain, ratio, min(ratios), max(ratios))]
    return Section(
        "What sealing costs an answer",
        [
            _TEXT,
            Table(_HEADINGS, [figures]),
            _COUNTS.format(warm=", ".join(warm), cold=", ".join(cold), **sizes),
            "The parts, in microseconds a time:",
            Table(("part", "us"), [(part, f"{us:.1f}") for part, us in _parts().items()]),
        ],
        is_met=ratio <= _TARGET and warm == ["BatchGetItem", "TransactWriteItems"],
    )


def _sealed_credentials(key: Key) -> ItemSeal:
    """The carrier's tokens stay as they are: they are read once a minute, not for every call."""
    keys = sealing._DataKeys(sealing._credentials_key, sealing._credentials_key_of)
    return ItemSeal(keys, key)


@contextmanager
def _plain() -> Iterator[None]:
    with (
        patch.object(sealing, "ItemSeal", _Plain),
        patch.object(accounts, "credentials_seal", _sealed_credentials),
    ):
        yield


def _answered(calls: IncomingCalls, count: int) -> None:
    for call in calls.take(count):
        handler(call.event, None)


def _compared(calls: IncomingCalls) -> tuple[list[float], float, float]:
    """Ratios of the blocks, and the medians of all answers, sealed and plain, in milliseconds."""
    blocks = [_block(calls) for _ in range(_BLOCKS)]
    ratios = [median(sealed) / median(plain) for sealed, plain in blocks]
    sealed, plain = ([one for block in blocks for one in block[side]] for side in (0, 1))
    return ratios, median(sealed), median(plain)


def _block(calls: IncomingCalls) -> tuple[list[float], list[float]]:
    with _plain():
        plain_calls = calls.take(_PAIRS_A_BLOCK)
    sealed: list[float] = []
    plain: list[float] = []
    for index, pair in enumerate(zip(calls.take(_PAIRS_A_BLOCK), plain_calls, strict=True)):
        runs = [(pair[0], sealed, False), (pair[1], plain, True)]
        for call, times, is_plain in runs[:: 1 if index % 2 else -1]:
            times.append(_timed_answer(call, is_plain=is_plain))
    return sealed, plain


def _timed_answer(call: IncomingCall, *, is_plain: bool) -> float:
    if is_plain:
        with _plain():
            return _timed(lambda: handler(call.event, None))
    return _timed(lambda: handler(call.event, None))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _requests(calls: IncomingCalls) -> list[str]:
    [call] = calls.take(1)
    with recorded_api_calls() as made:
        handler(call.event, None)
    return [one.operation for one in made]


def _cold_requests(calls: IncomingCalls) -> list[str]:
    """Those that a warm answer does not make, but for what any cold function reads."""
    [call] = calls.take(1)
    forget_cached_values(but=_KEPT_WARM)
    with recorded_api_calls() as made:
        handler(call.event, None)
    return [one.operation for one in made if one.operation in {"GetItem", "Decrypt"}]


def _written_bytes(calls: IncomingCalls) -> int:
    """The new items of an answer, and what it sets in its session's."""
    [call] = calls.take(1)
    with recorded_api_calls() as made:
        handler(call.event, None)
    [written] = [one.parameters for one in made if one.operation == "TransactWriteItems"]
    return sum(item_size(_values(action)) for action in written["TransactItems"])


def _values(action: dict[str, Any]) -> dict[str, Any]:
    if "Put" in action:
        return dict(action["Put"]["Item"])
    return dict(action["Update"]["ExpressionAttributeValues"])


def _parts() -> dict[str, float]:
    data_key = bytes(32)
    keys = sealing._DataKeys(lambda: (1, data_key), lambda _: data_key)
    item = {"PK": "SESSION#75fba9ba-1a3d-4e69-ba4a-7f01a7e6ab01", "SK": "SESSION"}
    seal = ItemSeal(keys, item)
    sealed = seal.seal("party", "+12025550101")
    ring = (keyrings.WrappedKey(1, bytes(184), 0),)
    keyrings._remember("MA", ring)
    keyrings._unwrapped()["MA", ring[0]] = data_key
    return {
        "a number sealed": _microseconds(lambda: seal.seal("party", "+12025550101")),
        "a number opened": _microseconds(lambda: seal.open("party", sealed)),
        "an item's key derived, and one number opened": _microseconds(
            lambda: ItemSeal(keys, item).open("party", sealed)
        ),
        "an account's key found": _microseconds(lambda: keyrings.newest_key("MA")),
    }


def _microseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    for _ in range(_VALUES):
        work()
    return (time.perf_counter() - start) / _VALUES * 1e6
