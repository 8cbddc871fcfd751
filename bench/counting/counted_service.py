"""The service of the tests, warm, at an instant that stands still, and counted request by request.

with CountedService.running() as service:
    costs = service.costs(lambda: ...)      # of every function that runs meanwhile, in order
"""

import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from typing import Any, Self
from unittest.mock import patch

from bench.counting.cost import Cost
from bench.counting.ledger import Ledger
from local.aws.engine import Engine
from local.aws.runtime import Runtime
from local.phone import carrier_call
from maskline import clock
from tests.support.in_process import LambdaRuntime, Service

# Fixed, as the uuids are seeded: sizes of items and shards of indexes are the same in every run.
_NOW = 1_772_361_877_511
_SEED = 20_260_301


class _StandingStill(datetime):
    """The carrier's clock: the instants that it tells of are stored, and have a size."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(_NOW / 1000, tz)


class _WarmRuntime(LambdaRuntime):
    """Keeps what a warm function keeps, and notes what each invocation asks of AWS."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine.deployment)
        self.ledger = Ledger(engine)
        self.costs: list[Cost] = []

    def invoke(self, logical_id: str, event: Any) -> Any:
        folder = self._deployment.functions[logical_id].folder
        with self.ledger.entry() as requests:
            answer = Runtime.invoke(self, logical_id, event)
        self.costs.append(Cost(folder, tuple(requests)))
        return answer


class CountedService(Service):
    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.runtime: _WarmRuntime = _WarmRuntime(engine)

    @classmethod
    @contextmanager
    def running(cls, engine: Engine) -> Iterator[Self]:
        """The service on an engine with an empty table."""
        seeded = random.Random(_SEED)
        with (
            patch.object(clock, "now_ms", lambda: _NOW),
            patch.object(carrier_call, "datetime", _StandingStill),
            patch.object(uuid, "uuid4", lambda: uuid.UUID(int=seeded.getrandbits(128), version=4)),
            cls(engine) as service,
        ):
            yield service

    def costs(self, action: Callable[[], object]) -> list[Cost]:
        """Return the cost of each function that runs during the action."""
        self.runtime.costs.clear()
        with self.runtime.ledger:
            action()
        return list(self.runtime.costs)

    def cost(self, action: Callable[[], object], *, of: str = "") -> Cost:
        """Return the cost of the only invocation, or of the only one of that folder's function."""
        [cost] = [cost for cost in self.costs(action) if of in {"", cost.function}]
        return cost
