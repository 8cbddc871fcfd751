"""A clock that stands still until a test moves it."""

from tests.support.builders import NOW


class ManualClock:
    """Stands in for `maskline.clock.now_ms`. Instants are epoch milliseconds."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now

    def now_ms(self) -> int:
        return self.now

    def advance(self, *, seconds: float) -> int:
        """Move on, and the instant that it is then."""
        self.now += int(seconds * 1000)
        return self.now
