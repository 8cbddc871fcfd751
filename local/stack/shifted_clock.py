"""Moves the layer's clock forward, so that nobody has to wait for a session to expire."""

import threading

from maskline import clock


class ShiftedClock:
    """From `start` to `stop`, every handler's `clock.now_ms()` is the real time plus the shift."""

    def __init__(self) -> None:
        self._real_now_ms = clock.now_ms
        self._shift_ms = 0
        self._lock = threading.Lock()

    def start(self) -> None:
        self._real_now_ms = clock.now_ms
        clock.now_ms = self.now_ms

    def stop(self) -> None:
        clock.now_ms = self._real_now_ms

    def now_ms(self) -> int:
        return self._real_now_ms() + self._shift_ms

    @property
    def ahead_seconds(self) -> float:
        """Tell how far the clock was moved."""
        return self._shift_ms / 1000

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._shift_ms += int(seconds * 1000)

    def reset(self) -> None:
        """Go back to the real time."""
        with self._lock:
            self._shift_ms = 0
