"""Flat: what a create, an answer and a list page cost, however many sessions live.

MASKLINE_BENCH_SESSIONS says at which numbers of them to look besides 1,000 (default "100000"; each
takes the engine some 31 KB of memory).
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from botocore.config import Config

from bench.counting.cost import Cost
from bench.counting.counted_service import CountedService
from bench.report import Section, Table
from bench.stack.filling import Filler
from bench.stack.incoming_calls import silent_log
from local.aws import engine
from local.aws.engine import Engine
from maskline import aws
from maskline.store import keys
from maskline.store.codec import encode
from tests.support.scenario import Scenario

_SMALL = 1_000
_LARGER = [int(size) for size in os.environ.get("MASKLINE_BENCH_SESSIONS", "100000").split()]
_TIMES = 30
# A page of many sessions takes the engine, which sorts all of them, many seconds.
_PAGES = 10
_MOST = 1.2
_PATIENCE_SECONDS = 600
_POOL = tuple(f"+442079460{index:03d}" for index in range(20))

_NOTE = f"""\
Each operation takes turns with a bare request of its kind on the same engine: the same transaction
for a create, but for its audit entry; the same batch and transaction for an answer; a query of 20
entries of the list's index for a page. Its time is divided by that of the bare request beside it:
medians of {_TIMES} such divisions ({_PAGES} for a page), and their *ratio* to that with {_SMALL:,}
sessions (target: at most {_MOST}). The engine sorts a whole partition of an index for each query,
as DynamoDB does not: of a page this says that it takes no more such queries than before, and the
units and requests say what it costs."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One operation at one size: its cost, and its times divided by those of bare requests."""

    cost: Cost
    relative: float


def measure() -> Section:
    patience = Config(read_timeout=_PATIENCE_SECONDS)
    with (
        patch.object(aws, "_CONFIG", aws._CONFIG.merge(patience)),
        patch.object(engine, "_CLIENT_CONFIG", engine._CLIENT_CONFIG.merge(patience)),
        Engine() as running,
        CountedService.running(running) as service,
        silent_log(),
    ):
        bench = _Bench(service)
        found = {size: bench.samples(size) for size in sorted({_SMALL, *_LARGER})}
    lines = list(_lines(found))
    return Section(
        "Flat",
        [_NOTE, Table(_HEADINGS, [cells for cells, _ in lines])],
        all(met for _, met in lines),
    )


_HEADINGS = (
    "Operation",
    "Live sessions",
    "Requests, in order",
    "Read units",
    "Write units",
    "Time, of a bare request's",
    "Ratio",
)


def _lines(found: dict[int, dict[str, Sample]]) -> Iterator[tuple[tuple[object, ...], bool]]:
    """The rows, and whether each is within the target of the first of its operation."""
    for name, first in found[_SMALL].items():
        for size, samples in found.items():
            sample = samples[name]
            cost = sample.cost
            slower = sample.relative / first.relative
            cells = (cost.described(), f"{cost.read_units:g}", cost.write_units)
            is_flat = slower <= _MOST and _is_flat(cost, first.cost)
            yield (name, f"{size:,}", *cells, f"{sample.relative:.2f}", f"{slower:.2f}"), is_flat


def _is_flat(cost: Cost, first: Cost) -> bool:
    return (
        len(cost.requests) <= _MOST * len(first.requests)
        and cost.read_units <= _MOST * first.read_units
        and cost.write_units <= _MOST * first.write_units
    )


class _Bench:
    def __init__(self, service: CountedService) -> None:
        self._service = service
        self._scenario = Scenario(service)
        self._scenario.provision()
        self._scenario.api("POST", "Number/", {"numbers": ",".join(_POOL)}, expected=202)
        account_id = service.credentials.auth_id
        self._filler = Filler(service.engine, account_id, _POOL)
        self._dynamodb = service.engine.client("dynamodb")
        self._made = 0

    def samples(self, size: int) -> dict[str, Sample]:
        """With so many sessions; those that are made on the way are few."""
        self._filler.fill_up_to(size, self._service.now_ms())
        return {
            "create": self._sample(self._create, "create_session", self._bare_write, _TIMES),
            "answer": self._sample(self._answer, "answer_call", self._bare_answer, _TIMES),
            "list, first page of 20": self._sample(
                self._list, "list_sessions", self._bare_query, _PAGES
            ),
        }

    def _sample(
        self, action: Callable[[], object], function: str, bare: Callable[[], object], times: int
    ) -> Sample:
        action()
        ratios = [self._service.seconds(action, of=function) / _seconds(bare) for _ in range(times)]
        return Sample(self._service.cost(action, of=function), statistics.median(ratios))

    def _create(self) -> None:
        """Each time for two people who are in no other session; the country does not matter."""
        area, line = divmod(self._made, 50)
        self._made += 1
        first, second = (f"+1{_AREAS[area]}55501{2 * line + role:02d}" for role in (0, 1))
        self._scenario.create("last", first, second, geomatch=False)
        self._caller = first

    def _answer(self) -> None:
        """A first call in a session of its own."""
        self._create()
        call = self._scenario.ring(self._caller, self._scenario.virtual_number("last"))
        assert call.legs

    def _list(self) -> None:
        self._scenario.api("GET", "Masking/Session/")

    def _bare_write(self) -> None:
        self._dynamodb.transact_write_items(TransactItems=self._filler.another(self._now()))

    def _bare_answer(self) -> None:
        actions = self._filler.another(self._now())
        wanted = [
            {name: action["Put"]["Item"][name] for name in ("PK", "SK")} for action in actions
        ]
        table_name = self._service.engine.table_name
        self._dynamodb.batch_get_item(
            RequestItems={table_name: {"Keys": wanted, "ConsistentRead": True}}
        )
        self._dynamodb.transact_write_items(TransactItems=actions)

    def _bare_query(self) -> None:
        shard = keys.account_shard(self._service.credentials.auth_id, 0)
        self._dynamodb.query(
            TableName=self._service.engine.table_name,
            IndexName=keys.SESSIONS_BY_ACCOUNT,
            KeyConditionExpression="account_shard = :shard",
            ExpressionAttributeValues=encode({":shard": shard}),
            ScanIndexForward=False,
            Limit=20,
        )

    def _now(self) -> int:
        return self._service.now_ms()


def _seconds(action: Callable[[], Any]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


# Of the United States, where the numbers 555-0100 to 555-0199 of each are for fiction.
_AREAS = (202, 212, 213, 303, 305, 312, 404, 415, 503, 512, 602, 617, 702, 713, 804, 816, 901, 916)
