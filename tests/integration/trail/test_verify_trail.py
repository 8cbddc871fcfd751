"""The log is told of every entry that is written, and what is done to an entry then shows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.aws.function_log import FunctionLog
from maskline.domain.trail import Action
from maskline.observability import logger
from maskline.store import table, trail_codes
from tests.integration.privacy.test_erase_person import erase
from tests.support.audit_items import entries, entry_items
from tests.support.builders import MAIN_ID, party
from tests.support.faults import Fault, FaultyWrites
from tests.support.log_capture import captured_logs
from tests.support.manual_clock import ManualClock
from tests.support.service import Service
from tests.support.tampered import first_entry, later, move, other_shard, remove, write
from tools.trail import __main__ as command
from tools.trail.check import YOUNG_MS, Findings
from tools.trail.log_lines import Line, in_file

DAY_SECONDS = 86_400
HOUR_MS = 3_600_000


@pytest.fixture
def told(log: FunctionLog, service: Service, time: ManualClock) -> Service:
    """A session that was created, read and changed, ten minutes ago, and read just now."""
    session = service.create()
    for _ in range(2):
        time.advance(seconds=60)
        service.view(session)
    service.update(session, ring_timeout_seconds=33)
    time.advance(seconds=600)
    service.view(session)
    return service


def found(log: FunctionLog) -> Findings:
    return command.verify(in_file(log.path))


def test_a_trail_that_nobody_touched_is_in_order(told: Service, log: FunctionLog) -> None:
    assert found(log) == Findings(entries=5, witnessed=5)


def test_a_line_says_where_the_entry_is_and_its_code_and_until_when_it_is_kept(
    told: Service, log: FunctionLog
) -> None:
    entry = first_entry(told)

    line = in_file(log.path)[0]

    assert line == Line(entry["PK"], entry["SK"], entry["code"], entry["ttl"])


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR"])
def test_the_log_is_told_at_every_level(level: str, service: Service) -> None:
    """These are the values of LogLevel. The line has no number of anybody."""
    with captured_logs() as log:
        logger.setLevel(level)
        service.create()

    [line] = [one for one in log.getvalue().splitlines() if trail_codes.LINE in one]
    assert json.loads(line)["event"] == "audit_entry"
    assert party(0).removeprefix("+") not in line


def test_a_write_that_failed_is_not_told(
    log: FunctionLog, service: Service, faults: FaultyWrites
) -> None:
    faults.plan(Fault.CONFLICT, Fault.LOST_REQUEST)

    service.create()

    assert len(in_file(log.path)) == len(entries(service.engine)) == 1


def test_an_entry_whose_write_was_not_answered_is_unwitnessed_and_no_tampering(
    log: FunctionLog, service: Service, faults: FaultyWrites, time: ManualClock
) -> None:
    """Its function cannot tell the log: it may not have been written."""
    session = service.create()
    faults.plan(Fault.LOST_ANSWER)
    service.end(session)
    assert found(log) == Findings(entries=2, witnessed=1, young=1)

    time.advance(seconds=YOUNG_MS / 1000)

    _, ended = entry_items(service.engine)
    unwitnessed = [f"entry {ended['SK']} in {ended['PK']}"]
    assert found(log) == Findings(entries=2, witnessed=1, unwitnessed=unwitnessed)


@pytest.mark.parametrize("fault", [Fault.CONFLICT, Fault.LOST_ANSWER])
def test_an_entry_that_is_written_again_is_as_it_was_told(
    fault: Fault, log: FunctionLog, service: Service, faults: FaultyWrites
) -> None:
    """A later attempt's entry replaces one that nobody knows to be there."""
    session = service.create()
    faults.plan(fault)
    service.update(session, ring_timeout_seconds=33, session_expiry_seconds=7200)
    faults.plan(fault)
    service.view(session)

    assert found(log) == Findings(entries=3, witnessed=3)


def test_an_erasure_leaves_the_trail_as_it_was_told(
    log: FunctionLog, service: Service, time: ManualClock
) -> None:
    """Entries hold nothing of a person; each transaction of an erasure has one of its own."""
    service.create(0, 1)
    before = entry_items(service.engine)
    time.advance(seconds=60)
    erase(service, time)

    after = entry_items(service.engine)
    assert after[: len(before)] == before
    assert Action.ERASED in {one["action"] for one in after}
    assert found(log) == Findings(entries=len(after), witnessed=len(after))


@pytest.mark.usefixtures("short_retention")
def test_an_entry_whose_time_is_over_may_go(
    told: Service, log: FunctionLog, time: ManualClock
) -> None:
    """`LogRetentionDays` may be more than `AuditRetentionDays`: the line says when."""
    first, *others = entry_items(told.engine)
    time.now = (first["ttl"] - 1) * 1000
    remove(told, first)
    assert found(log).problems == [f"entry {first['SK']} in {first['PK']}: removed"]

    time.now = first["ttl"] * 1000

    assert found(log) == Findings(entries=len(others), witnessed=len(others))


# Tampering

Tampering = Callable[[Service], object]
TAMPERING: dict[str, tuple[Tampering, str]] = {
    "an entry altered": (
        lambda service: write(service, first_entry(service) | {"source_ip": "198.51.100.1"}),
        "altered, or not written by us",
    ),
    "an entry's fields added": (
        lambda service: write(service, first_entry(service) | {"fields": ["record"]}),
        "altered, or not written by us",
    ),
    "an entry that expires sooner": (
        lambda service: write(service, first_entry(service) | {"ttl": 1}),
        "altered, or not written by us",
    ),
    "an entry removed": (lambda service: remove(service, first_entry(service)), "removed"),
    "the last entry removed": (
        lambda service: remove(service, entry_items(service.engine)[-1]),
        "removed",
    ),
    "an entry copied to another account": (
        lambda service: write(
            service,
            first_entry(service) | {"SK": first_entry(service)["SK"].replace(MAIN_ID, "MAOTHER")},
        ),
        "altered, or not written by us",
    ),
    "an entry moved to another instant": (
        lambda service: move(
            service, first_entry(service), SK=later(first_entry(service), 400_000)
        ),
        "removed",
    ),
    "an entry moved to another shard": (
        lambda service: move(service, first_entry(service), PK=other_shard(first_entry(service))),
        "altered, or not written by us",
    ),
    "an entry made up": (
        lambda service: write(
            service, first_entry(service) | {"SK": first_entry(service)["SK"] + "x"}
        ),
        "altered, or not written by us",
    ),
    "an item that is no entry": (
        lambda service: write(
            service,
            {"PK": first_entry(service)["PK"], "SK": first_entry(service)["SK"] + "x", "code": "?"},
        ),
        "altered, or not written by us",
    ),
    "an entry written anew by somebody who has the secret": (
        lambda service: write(service, forged(first_entry(service))),
        "another one was logged",
    ),
}


def forged(item: dict[str, Any]) -> dict[str, Any]:
    """As one of the functions would have written it."""
    other = {name: value for name, value in item.items() if name != trail_codes.CODE}
    return trail_codes.with_code(other | {"source_ip": "198.51.100.1"})


@pytest.mark.parametrize(("tamper", "problem"), TAMPERING.values(), ids=TAMPERING)
def test_tampering_shows(tamper: Tampering, problem: str, told: Service, log: FunctionLog) -> None:
    tamper(told)

    assert any(one.endswith(problem) for one in found(log).problems), found(log).problems


def test_a_line_more_does_not_make_another_entry_good(told: Service, log: FunctionLog) -> None:
    """Who runs code as a function can write entries and add lines, and take no line away."""
    item = forged(first_entry(told))
    table.put(item)
    assert len(in_file(log.path)) == 6

    [problem] = found(log).problems
    assert problem.endswith("another one was logged")


def test_a_line_with_another_end_does_not_hide_a_removal(told: Service, log: FunctionLog) -> None:
    first = first_entry(told)
    table.put(first | {"ttl": 1})
    remove(told, first)

    assert [one for one in found(log).problems if one.endswith("removed")]


# Where the log is


def test_the_lines_may_come_from_an_export(told: Service, log: FunctionLog, tmp_path: Path) -> None:
    """`aws logs filter-log-events --query 'events[].message'` gives a list."""
    lines = log.path.read_text().splitlines()
    exported = tmp_path / "lines.json"
    exported.write_text(json.dumps(["START RequestId", "[]", *lines]))

    assert in_file(exported) == in_file(log.path)


# The commands


def test_verifying_prints_what_it_found(
    told: Service, log: FunctionLog, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--verify", "--log", str(log.path)]
    assert command.main(arguments) == 0
    assert capsys.readouterr().out.splitlines() == [
        "5 entries: 5 as the log was told, 0 unwitnessed, 0 too young to tell",
        "OK",
    ]

    remove(told, first_entry(told))

    assert command.main(arguments) == 1
    assert command.main([*arguments, "--days", "1"]) == 1
    out = capsys.readouterr().out
    assert "removed" in out
    assert out.splitlines()[-1] == "WRONG: 1 findings"
