"""Show who did what to a session, and check that the audit trail is as it was written.
docs/audit.md

python -m local.trail SESSION_UUID [--days 30]     what was done to a session, in order
python -m local.trail --verify [--logged FILE]     everything computed anew, and compared

TABLE_NAME, DEPLOYMENT_SECRET_ARN and AWS credentials in the environment.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from maskline import clock
from maskline.api.authentication import fingerprint
from maskline.config import settings
from maskline.domain.accounts import Origin
from maskline.domain.audit import Action, Entry, shown_at
from maskline.domain.audit_check import Findings, StoredSeal, check
from maskline.store import audit_seals, audit_trail, keys, table
from maskline.store.accounts import get_account
from maskline.store.audit_codes import ENTRY, is_genuine
from tools.planning.stored_history import use_table

# An order may be as much older than a session that it is carried out on.
_ORDER_MS = 10 * 60_000
_MOST_SHOWN = 50
_ORDERS = {Action.REPLACEMENT_ORDERED, Action.ERASURE_ORDERED}
_ENDS = {Action.ENDED, Action.ERASED}


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    use_table(os.environ.get("TABLE_NAME", ""))
    if options.verify:
        findings = verify(logged=_logged(options.logged) if options.logged else {})
        print("\n".join(_verdict(findings)))
        return 1 if findings.problems else 0
    lines = list(trail(options.session, days=options.days))
    print("\n".join(lines) or "Nothing is known of that session.")
    return 0


def verify(*, logged: Mapping[int, bytes]) -> Findings:
    """All entries and seals that are there, against one another and against the logged seals."""
    now = clock.now_ms()
    seals = _seals()
    # As in `trail`.
    horizon = max(now, seals[-1].seal.until if seals else 0) + keys.DAY_MS
    entries = audit_trail.walk(_first_day(seals, now), horizon)
    return check(seals, map(audit_trail.stored_entry, entries), now=now, logged=logged)


def trail(session_uuid: str, *, days: int | None = None) -> Iterator[str]:
    """A line for each thing that was done to the session, or ordered and then done to it."""
    now = clock.now_ms()
    since = now - days * keys.DAY_MS if days else _first_instant(session_uuid, now)
    orders: dict[str, str] = {}
    last: Entry | None = None
    # The local stack's clock may be ahead of this machine's.
    for record in audit_trail.walk(since, max(now, since) + keys.DAY_MS):
        entry = audit_trail.entry_from_record(record)
        if entry.action in _ORDERS:
            orders[entry.entry_id] = _line(entry, record)
        if session_uuid in entry.sessions:
            if entry.function and entry.origin.request_id in orders:
                yield orders.pop(entry.origin.request_id)
            yield _line(entry, record)
            last = entry if entry.expires_at else last
    if last and last.action not in _ENDS and (last.expires_at or 0) <= now:
        yield f"{shown_at(last.expires_at or 0)}  ended by the clock"


def _first_instant(session_uuid: str, now: int) -> int:
    """Nothing was done to a session before it was created."""
    record = table.get(keys.session(session_uuid))
    return record["created_at"] - _ORDER_MS if record else _first_day(_seals(), now)


def _seals() -> list[StoredSeal]:
    return [StoredSeal(*found) for found in audit_seals.walk()]


def _first_day(seals: list[StoredSeal], now: int) -> int:
    """The trail begins with its seals, or in the day before them; it ends with its retention."""
    kept_since = now - settings().audit_retention_days * keys.DAY_MS
    return max(kept_since, seals[0].seal.after - keys.DAY_MS) if seals else kept_since


def _line(entry: Entry, record: table.Record) -> str:
    what = entry.action.replace("_", " ") + (
        f" ({', '.join(entry.fields)})" if entry.fields else ""
    )
    mark = "" if is_genuine(record, ENTRY) else "  ALTERED"
    return f"{shown_at(entry.at)}  {what:<20}  {_who(entry)}{mark}"


def _who(entry: Entry) -> str:
    origin = entry.origin
    if entry.function:
        return f"by {entry.function}, ordered by request {origin.request_id}"
    whose = (
        f" as {entry.subaccount_id}"
        if entry.subaccount_id not in {"", origin.credential_of}
        else ""
    )
    return (
        f"by {origin.credential_of}{whose} with {_credential(origin)}"
        f" from {origin.source_ip}, request {origin.request_id}"
    )


def _credential(origin: Origin) -> str:
    known = _fingerprints(origin.credential_of)
    name = known.get(origin.credential, "a token that is valid no more")
    return f"{name} ({origin.credential})"


@cache
def _fingerprints(account_id: str) -> dict[str, str]:
    account = get_account(account_id)
    tokens = account.auth_tokens if account else ()
    return {
        fingerprint(account_id, token): f"token {number} of {len(tokens)}"
        for number, token in enumerate(tokens, start=1)
    }


def _verdict(findings: Findings) -> Iterator[str]:
    yield (
        f"{findings.entries} entries, {findings.seals} seals; {findings.unsealed} entries are too"
        f" young to be sealed, {findings.faded} seals too old to be compared"
    )
    yield from findings.problems[:_MOST_SHOWN]
    if len(findings.problems) > _MOST_SHOWN:
        yield f"and {len(findings.problems) - _MOST_SHOWN} more"
    yield f"WRONG: {len(findings.problems)} findings" if findings.problems else "OK"


def _logged(file: Path) -> dict[int, bytes]:
    """The seals of log lines: one in each line, or a JSON list of lines as `aws logs` gives it."""
    text = file.read_text(encoding="utf-8")
    lines: list[str] = json.loads(text) if text.lstrip().startswith("[") else text.splitlines()
    told = [_log_line(line) for line in lines]
    return {
        line["number"]: bytes.fromhex(line["seal"])
        for line in told
        if line.get("event") == "audit_sealed"
    }


def _log_line(line: str) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local.trail",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("session", nargs="?", metavar="SESSION_UUID")
    wanted.add_argument("--verify", action="store_true", help="check everything")
    parser.add_argument(
        "--days", type=int, help="how far back, if the session is not kept any more"
    )
    parser.add_argument("--logged", type=Path, help="log lines of seal_audit to compare with")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
