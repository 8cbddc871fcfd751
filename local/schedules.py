"""Schedules of the template: each function once soon after the start, then at its rate."""

import contextlib
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from local.declarations import Schedule
from local.runtime import HandlerError, Runtime
from local.template import ACCOUNT, REGION
from local.worker import Worker

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
        """One invocation, now. A failure is logged, and the next run is at the usual time."""
        # The runtime has logged a failure; the next run is the remedy, as on AWS.
        with self._running, contextlib.suppress(HandlerError):
            event = self._schedule.event
            self._runtime.invoke(self._schedule.function, self._event() if event is None else event)

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
