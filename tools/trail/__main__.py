"""Show who did what to a session; check that the audit trail is as it was written. docs/audit.md

python -m tools.trail SESSION_UUID [--days 30]     what was done to a session, in order
python -m tools.trail --verify [--days 30]         every entry, compared with the log

TABLE_NAME, DEPLOYMENT_SECRET_ARN and AWS credentials in the environment. The log is that of the
stack in CloudWatch Logs, or a file with its lines.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3

from maskline import clock
from maskline.config import settings
from maskline.store import keys
from maskline.store import trail as trail_entries
from tools.planning.stored_history import use_table
from tools.trail.check import Findings, check, instant_of
from tools.trail.log_lines import Line, in_cloudwatch, in_file
from tools.trail.shown import trail

_MOST_SHOWN = 50


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    use_table(os.environ.get("TABLE_NAME", ""))
    if options.verify:
        since = clock.now_ms() - options.days * keys.DAY_MS if options.days else 0
        # The log first: an entry that it knows has been written by then.
        lines = (
            in_file(options.log)
            if options.log
            else in_cloudwatch(boto3.Session(), options.stack, since=since)
        )
        findings = verify(lines, since=since)
        print("\n".join(_verdict(findings)))
        return 1 if findings.problems else 0
    told = list(trail(options.session, days=options.days))
    print("\n".join(told) or "Nothing is known of that session.")
    return 0


def verify(lines: list[Line], *, since: int = 0) -> Findings:
    """All entries from an instant on, or since the first that the log knows, against the log."""
    instants = [instant_of(line.place) for line in lines]
    kept_since = clock.now_ms() - settings().audit_retention_days * keys.DAY_MS
    begins = since or min(instants, default=kept_since)
    # The local stack's clock may be ahead of this machine's.
    now = max(clock.now_ms(), *instants, 0)
    covered = [line for line in lines if instant_of(line.place) >= begins]
    return check(covered, trail_entries.walk(begins - 1, now + keys.DAY_MS), now=now)


def _verdict(findings: Findings) -> Iterator[str]:
    unwitnessed = [f"unwitnessed: {name}" for name in findings.unwitnessed]
    yield (
        f"{findings.entries} entries: {findings.witnessed} as the log was told,"
        f" {len(unwitnessed)} unwitnessed, {findings.young} too young to tell"
    )
    for listed in (unwitnessed, findings.problems):
        yield from listed[:_MOST_SHOWN]
        if len(listed) > _MOST_SHOWN:
            yield f"and {len(listed) - _MOST_SHOWN} more"
    yield f"WRONG: {len(findings.problems)} findings" if findings.problems else "OK"


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.trail",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("session", nargs="?", metavar="SESSION_UUID")
    wanted.add_argument("--verify", action="store_true", help="check everything")
    parser.add_argument(
        "--days", type=int, help="how far back; else all that the table, or the log, has"
    )
    parser.add_argument("--stack", default="maskline", help="whose log to compare with")
    parser.add_argument(
        "--log",
        type=Path,
        default=os.environ.get("STACK_LOG"),
        help="a file with lines of the log, in place of CloudWatch Logs",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
