"""Is the audit trail as it was written? Everything is computed anew and compared with its seals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from maskline.domain.audit import shown_at
from maskline.domain.audit_seals import Seal, StoredEntry, Tally

# Seals are made every five minutes, of what is two minutes old.
_LATE_MS = 20 * 60_000


@dataclass(frozen=True, slots=True)
class StoredSeal:
    """A seal as it was found. `code` is what the next one names it by."""

    seal: Seal
    code: bytes
    is_genuine: bool


@dataclass(slots=True)
class Findings:
    """What a check came to: nothing is wrong if `problems` is empty.

    `unsealed` entries are too young to be sealed. `faded` seals are over entries of which the first
    have reached the end of their retention, so that they cannot be counted any more.
    """

    seals: int = 0
    entries: int = 0
    unsealed: int = 0
    faded: int = 0
    problems: list[str] = field(default_factory=list)


def check(
    seals: Iterable[StoredSeal],
    entries: Iterable[StoredEntry],
    *,
    now: int,
    logged: Mapping[int, bytes] | None = None,
) -> Findings:
    """Compare entries with seals, and seals with one another and with those in the log.

    All in order; `logged` has codes of seals by their number. What has expired, TTL may remove.
    """
    check_ = _Check(now, logged or {})
    kept = (one for one in entries if one.ttl * 1000 > now)
    entry = next(kept, None)
    for stored in seals:
        if stored.seal.ttl * 1000 <= now:
            continue
        tally = Tally()
        while entry is not None and entry.at <= stored.seal.until:
            check_.entry(entry, tally, after=stored.seal.after)
            entry = next(kept, None)
        check_.seal(stored, tally)
    while entry is not None:
        check_.unsealed(entry)
        entry = next(kept, None)
    check_.end()
    return check_.findings


class _Check:
    """One walk over the chain."""

    def __init__(self, now: int, logged: Mapping[int, bytes]) -> None:
        self.findings = Findings()
        self._now = now
        self._logged = dict(logged)
        self._last: StoredSeal | None = None

    def entry(self, entry: StoredEntry, tally: Tally, *, after: int) -> None:
        """One that is no later than the end of a seal."""
        self._count(entry)
        if entry.at > after:
            tally.add(entry)
        else:
            self._problem(f"entry {entry.place}: in no seal")

    def unsealed(self, entry: StoredEntry) -> None:
        self._count(entry)
        self.findings.unsealed += 1

    def _count(self, entry: StoredEntry) -> None:
        self.findings.entries += 1
        if not entry.is_genuine:
            self._problem(f"entry {entry.place}: altered, or not written by us")

    def seal(self, stored: StoredSeal, tally: Tally) -> None:
        self.findings.seals += 1
        if not stored.is_genuine:
            self._problem(f"{_name(stored.seal)}: altered, or not written by us")
        self._link(stored)
        self._compare(stored.seal, tally)
        logged = self._logged.pop(stored.seal.number, stored.code)
        if logged != stored.code:
            self._problem(f"{_name(stored.seal)}: another one was logged")
        self._last = stored

    def _link(self, stored: StoredSeal) -> None:
        seal, last = stored.seal, self._last
        if last is None:
            if seal.previous_code and seal.previous_ttl * 1000 > self._now:
                self._problem(f"{_name(seal)}: the one before it is gone")
            return
        if seal.number != last.seal.number + 1:
            self._problem(f"{_name(seal)}: follows number {last.seal.number}, some are gone")
        elif seal.previous_code != last.code or seal.after != last.seal.until:
            self._problem(f"{_name(seal)}: was made to follow another one")

    def _compare(self, seal: Seal, tally: Tally) -> None:
        if seal.whole_until * 1000 <= self._now:
            self.findings.faded += 1
        elif tally.count != seal.count:
            kind = "added" if tally.count > seal.count else "removed"
            self._problem(
                f"{_name(seal)}: {kind}, {seal.count} entries were sealed and {tally.count} are"
                f" there, between {shown_at(seal.after)} and {shown_at(seal.until)}"
            )
        elif tally.digest != seal.digest:
            self._problem(
                f"{_name(seal)}: other entries than were sealed, between {shown_at(seal.after)}"
                f" and {shown_at(seal.until)}"
            )

    def end(self) -> None:
        last = self._last
        for number in sorted(self._logged):
            if last is None or number > last.seal.number:
                self._problem(f"seal {number}: logged, and gone")
        if last is None:
            if self.findings.entries:
                self._problem("there are entries and no seal")
        elif last.seal.until < self._now - _LATE_MS:
            self._problem(f"nothing was sealed since {shown_at(last.seal.until)}")

    def _problem(self, text: str) -> None:
        self.findings.problems.append(text)


def _name(seal: Seal) -> str:
    return f"seal {seal.number}"
