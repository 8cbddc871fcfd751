"""The calls that the simulated carrier's API knows: those that are alive, and those that were.

The simulator may run in another process than the stack, so it announces its calls over HTTP.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import quote

from tools.smoke.client import exchange


def real_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class KeptCall:
    """A caller's leg, or with a `parent` a leg that was dialled for it. Numbers are E.164.

    `reason` is a Reason, once it is over.
    """

    uuid: str
    caller: str = ""
    callee: str = ""
    is_placed: bool = False
    parent: str = ""
    status: str = "in-progress"
    reason: str = ""
    started_ms: int | None = None
    answered_ms: int | None = None
    ended_ms: int | None = None

    @classmethod
    def of(cls, uuid: str, content: Mapping[str, Any]) -> "KeptCall":
        return cls(**{**content, "uuid": uuid})

    def content(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_alive(self) -> bool:
        return self.status in ("queued", "ringing", "in-progress")

    @property
    def seconds(self) -> int:
        """Seconds from its answer to its end, 0 before that."""
        if self.answered_ms is None or self.ended_ms is None:
            return 0
        return (self.ended_ms - self.answered_ms) // 1000


@dataclass
class KeptCalls:
    """By id, until the stack ends. A price is known `priced_after_seconds` after a leg's end.

    `now_ms` is the clock by which that is: the announced instants are the call's own, virtual time.
    """

    now_ms: Callable[[], int] = real_ms
    priced_after_seconds: float = 0
    _calls: dict[str, KeptCall] = field(default_factory=dict)
    _over_since: dict[str, int] = field(default_factory=dict)

    def keep(self, call: KeptCall) -> None:
        """Take in what a call has become."""
        self._calls[call.uuid] = call
        if not call.is_alive:
            self._over_since.setdefault(call.uuid, self.now_ms())

    def put(self, uuid: str, call: Mapping[str, Any]) -> None:
        """Take in a call that is alive, of which no more is known than `from` and `to`."""
        self.keep(KeptCall(uuid, str(call.get("from", "")), str(call.get("to", ""))))

    def remove(self, uuid: str) -> None:
        """Forget a call, as if it had never been."""
        self._calls.pop(uuid, None)

    def get(self, uuid: str) -> KeptCall | None:
        return self._calls.get(uuid)

    def legs(self, parent: str) -> list[KeptCall]:
        """Return the legs that were dialled for a call."""
        return [call for call in self._calls.values() if call.parent == parent]

    def alive(self) -> list[KeptCall]:
        return [call for call in self._calls.values() if call.is_alive]

    def is_priced(self, uuid: str) -> bool:
        over_since = self._over_since.get(uuid)
        wait_ms = self.priced_after_seconds * 1000
        return over_since is not None and self.now_ms() >= over_since + wait_ms

    def end(self, uuid: str) -> bool:
        """End a call because the account asks for it; False if it is not alive."""
        call = self._calls.get(uuid)
        if call is None or not call.is_alive:
            return False
        self.keep(replace(call, status="completed", reason="hangup", ended_ms=real_ms()))
        return True


def announce(url: str, uuid: str, content: Mapping[str, Any]) -> None:
    """Tell the local stack what has become of a call or a recording."""
    exchange("PUT", f"{url.rstrip('/')}/{quote(uuid, safe='')}", content)
