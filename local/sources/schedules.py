"""Schedules of the template: each function once soon after the start, then at its rate."""

import contextlib
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from local.aws.declarations import Schedule
from local.aws.runtime import HandlerError, Runtime
from local.aws.template import ACCOUNT, REGION
from local.sources.worker import Worker

_FIRST_RUN_SECONDS = 2.0


class ScheduleRunner(Worker):
    def __init__(self, schedule: Schedule, runtime: Runtime) -> None:
        super().__init__(f"schedule {schedule.logical_id}", pause=0.25)
        self._schedule = schedule
        self._runtime = runtime
        self._due = time.monotonic() + _FIRST_RUN_SECONDS
        self._running = threading.Lock()

    def step(self) -> bool:
        if time.monotonic() < self._due:
            return False
        self._due = time.monotonic() + self._schedule.seconds
        self.run_now()
        return True

    def run_now(self) -> None:
        """One invocation, now, and again at once where Lambda would after a minute or three."""
        event = self._event() if self._schedule.event is None else self._schedule.event
        with self._running:
            for _ in range(1 + self._schedule.retries):
                # The runtime has logged a failure.
                with contextlib.suppress(HandlerError):
                    self._runtime.invoke(self._schedule.function, event)
                    return

    def _event(self) -> dict[str, Any]:
        name = self._schedule.logical_id
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": REGION,
            "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"],
            "detail": {},
        }
