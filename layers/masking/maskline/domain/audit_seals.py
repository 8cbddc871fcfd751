"""Seals over the audit trail: a chain of them leaves no instant out, so nothing goes unnoticed.

A seal says how many entries its span of time has and what they are, and which seal it follows.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """What sealing and checking look at of an entry: its code stands for all that it says.

    `place` orders the entries, the earliest first; it is kept until `ttl`, in epoch seconds.
    """

    place: str
    at: int
    code: bytes
    ttl: int
    is_genuine: bool


@dataclass(frozen=True, slots=True)
class Seal:
    """Over every entry later than `after` and no later than `until`.

    `whole_until` is the first expiry among the entries, `ttl` the last: their seal goes with them.
    `previous_code` and `previous_ttl` are those of the seal before, b"" and 0 for the first.
    Instants are epoch milliseconds, expiries epoch seconds.
    """

    number: int
    after: int
    until: int
    count: int
    digest: bytes
    whole_until: int
    ttl: int
    previous_code: bytes = b""
    previous_ttl: int = 0


@dataclass(slots=True)
class Tally:
    """Adds up entries, in their order."""

    count: int = 0
    altered: int = 0
    expiries: tuple[int, int] | None = None
    _hash: Any = field(default_factory=hashlib.sha256)

    def add(self, entry: StoredEntry) -> None:
        self.count += 1
        self.altered += not entry.is_genuine
        first, last = self.expiries or (entry.ttl, entry.ttl)
        self.expiries = min(first, entry.ttl), max(last, entry.ttl)
        self._hash.update(f"{len(entry.place)}:{entry.place}:{len(entry.code)}:".encode())
        self._hash.update(entry.code)

    @property
    def digest(self) -> bytes:
        """SHA-256 over the places and codes."""
        return bytes(self._hash.digest())
