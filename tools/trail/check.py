"""Are the entries of the audit trail those that the log was told of?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from maskline.store.table import Record
from maskline.store.trail_codes import CODE, is_genuine
from tools.trail.log_lines import Line

# A request takes a minute at most, and a line is found some seconds after it was written.
YOUNG_MS = 5 * 60_000


@dataclass(slots=True)
class Findings:
    """The result of a check: nothing is wrong if `problems` is empty.

    `young` entries may have a line that is not found yet; `unwitnessed` ones are genuine, and the
    log says nothing of them.
    """

    entries: int = 0
    witnessed: int = 0
    young: int = 0
    unwitnessed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def check(lines: Iterable[Line], entries: Iterable[Record], *, now: int) -> Findings:
    """Compare all entries of a span of time with the lines about that span.

    Who can add lines can contradict an entry, but not vouch for another: all lines have to agree.
    """
    told: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        told[line.partition, line.place].append(line)
    findings = Findings()
    for entry in entries:
        _compare(entry, told.pop((entry["PK"], entry["SK"]), []), findings, now=now)
    for (partition, place), missed in told.items():
        # TTL removes an entry when its time is over.
        if any(line.kept_until * 1000 > now for line in missed):
            findings.problems.append(f"entry {place} in {partition}: removed")
    return findings


def _compare(entry: Record, told: list[Line], findings: Findings, *, now: int) -> None:
    name = f"entry {entry['SK']} in {entry['PK']}"
    findings.entries += 1
    if not is_genuine(entry):
        findings.problems.append(f"{name}: altered, or not written by us")
    elif any(line.code != entry[CODE] for line in told):
        findings.problems.append(f"{name}: another one was logged")
    elif told:
        findings.witnessed += 1
    elif instant_of(entry["SK"]) > now - YOUNG_MS:
        findings.young += 1
    else:
        findings.unwitnessed.append(name)


def instant_of(place: str) -> int:
    """The epoch millisecond in an entry's key, which anybody may have made up."""
    at = place.partition("#")[0]
    return int(at) if at.isdecimal() else 0
