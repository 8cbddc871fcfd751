"""A background thread that repeats a step, can say since when it has nothing to do, and stops."""

import logging
import threading
import time
from abc import ABC, abstractmethod

logger = logging.getLogger(__name__)

_STOP_SECONDS = 15.0
_LOOK_AGAIN_SECONDS = 0.01
# A stack that nobody uses looks less and less often, until somebody asks or there is work.
_MOST_PAUSE_SECONDS = 0.2


class Worker(ABC):
    """`pause` is how long to wait, in seconds, after the first step that found nothing to do."""

    def __init__(self, name: str, *, pause: float = 0.05) -> None:
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._stopping = threading.Event()
        self._asked = threading.Event()
        self._pause = pause
        self._idle_from = 0.0
        self.name = name

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._asked.set()

    def join(self) -> None:
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def wait_until_idle(self, deadline: float) -> bool:
        """True once a whole step, begun after this call, found nothing to do before `deadline`."""
        asked_at = time.monotonic()
        self._asked.set()
        while self._idle_from < asked_at:
            if time.monotonic() > deadline or not self._thread.is_alive():
                return False
            time.sleep(_LOOK_AGAIN_SECONDS)
        return True

    @abstractmethod
    def step(self) -> bool:
        """Do what there is to do; whether there was anything."""

    def _run(self) -> None:
        pause = self._pause
        while not self._stopping.is_set():
            began = time.monotonic()
            if self._was_busy():
                pause = self._pause
                continue
            self._idle_from = began
            pause = self._pause if self._asked.wait(pause) else min(2 * pause, _MOST_PAUSE_SECONDS)
            self._asked.clear()

    def _was_busy(self) -> bool:
        try:
            return self.step()
        except Exception as error:  # noqa: BLE001 (a worker outlives whatever one step meets)
            if self._stopping.is_set():
                return False
            logger.error("%s: %s", self.name, type(error).__name__)
            self._stopping.wait(self._pause)
            return True
