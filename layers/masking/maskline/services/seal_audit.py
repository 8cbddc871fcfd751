"""Sealing the audit trail: every span of time once, in order, however late."""

import time
from collections.abc import Iterable

from maskline import clock
from maskline.config import settings
from maskline.domain.audit_seals import Seal, StoredEntry, Tally
from maskline.observability import logger
from maskline.store import audit_seals
from maskline.store.audit_trail import stored_entry, walk
from maskline.store.table import ConditionFailedError

# An entry is written by the invocation that begins no later than the entry's instant: after the
# longest one of a function that writes any, and the difference of two clocks, none is to come.
GRACE_MS = 120_000
# Where the first seal begins: the trail is older than that only if nothing was sealed for so long.
_FIRST_SPAN_MS = 86_400_000
# Of one seal. A function that was down for days begins with the oldest that it can manage.
MOST_ENTRIES = 100_000
_RUN_SECONDS = 200.0


def seal_trail() -> int:
    """Seal what is not sealed yet, up to a moment ago, in as many seals as it takes: how many."""
    ends_at, seals = time.monotonic() + _RUN_SECONDS, 0
    until = clock.now_ms() - GRACE_MS
    while time.monotonic() < ends_at and _seal_next(until):
        seals += 1
    return seals


def _seal_next(until: int) -> bool:
    """Make a seal up to that instant or less; False if there is one, or somebody else made it."""
    last = audit_seals.read_last()
    after = last[0].until if last else until - _FIRST_SPAN_MS
    if until <= after:
        return False
    entries = map(stored_entry, walk(after, until))
    until, tally = _added_up(entries, until)
    seal = _seal(last, tally, span=(after, until))
    try:
        code = audit_seals.put(seal)
    except ConditionFailedError:
        logger.info("sealed by somebody else", event="audit_sealed_elsewhere")
        return False
    logger.info(
        "audit trail sealed",
        event="audit_sealed",
        number=seal.number,
        until=seal.until,
        entries=seal.count,
        seal=code.hex(),
    )
    if tally.altered:
        logger.error(
            "entries are not as they were written",
            event="audit_altered",
            number=seal.number,
            altered=tally.altered,
        )
    return True


def _added_up(entries: Iterable[StoredEntry], until: int) -> tuple[int, Tally]:
    """Up to the instant, or to the last before there are too many; an instant is never split."""
    tally, at = Tally(), 0
    for entry in entries:
        if tally.count >= MOST_ENTRIES and entry.at > at:
            return at, tally
        tally.add(entry)
        at = max(at, entry.at)
    return until, tally


def _seal(last: tuple[Seal, bytes] | None, tally: Tally, *, span: tuple[int, int]) -> Seal:
    after, until = span
    kept_until = until // 1000 + settings().audit_retention_days * 86_400
    first, final = tally.expiries or (kept_until, kept_until)
    previous, code = last or (None, b"")
    return Seal(
        number=previous.number + 1 if previous else 1,
        after=after,
        until=until,
        count=tally.count,
        digest=tally.digest,
        whole_until=first,
        ttl=max(final, kept_until),
        previous_code=code,
        previous_ttl=previous.ttl if previous else 0,
    )
