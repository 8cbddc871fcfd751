"""Every entry of the audit trail is in exactly one seal, and what is done to it then shows."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from functions.seal_audit import app
from local import trail
from maskline.domain.audit import Action, seen
from maskline.domain.audit_check import Findings
from maskline.domain.numbers import NumberHealth
from maskline.domain.sessions import Session
from maskline.observability import FunctionFailedError
from maskline.services import seal_audit
from maskline.services.end_session import time_out_due_sessions
from maskline.services.seal_audit import GRACE_MS, seal_trail
from maskline.store import audit, audit_seals, keys
from maskline.store.codec import encode
from tests.builders import MAIN_ID
from tests.integration import replacing
from tests.integration.audit_items import entries, entry_items
from tests.integration.faults import Fault, FaultyWrites
from tests.integration.manual_clock import ManualClock
from tests.integration.reader import Record
from tests.integration.service import Service
from tests.integration.threads import together
from tests.log_capture import captured_logs

GRACE_SECONDS = GRACE_MS // 1000
FIVE_MINUTES = 300


def findings(**options: Any) -> Findings:
    return trail.verify(logged=options.get("logged", {}))


def sealed_counts() -> list[int]:
    return [seal.count for seal, _, _ in audit_seals.walk()]


@pytest.fixture
def session(service: Service) -> Session:
    return service.create()


@pytest.fixture
def sealed(service: Service, session: Session, time: ManualClock) -> Service:
    """Three seals: over two entries, none, and one; and an entry that is too young."""
    service.view(session)
    for is_read in (False, False, True):
        time.advance(seconds=FIVE_MINUTES)
        app.handler({}, None)
        if not is_read and len(sealed_counts()) == 2:
            service.view(session)
    service.view(session)
    assert sealed_counts() == [2, 0, 1]
    return service


def test_a_trail_that_nobody_touched_is_in_order(sealed: Service) -> None:
    assert findings() == Findings(seals=3, entries=4, unsealed=1)


def test_an_entry_is_sealed_when_no_other_of_its_instant_can_come(
    service: Service, session: Session, time: ManualClock
) -> None:
    time.advance(seconds=GRACE_SECONDS - 0.001)
    assert seal_trail() == 1
    assert sealed_counts() == [0]
    time.advance(seconds=0.001)
    assert seal_trail() == 1

    assert sealed_counts() == [0, 1]


def test_two_runs_at_one_instant_make_one_seal(
    service: Service, session: Session, time: ManualClock
) -> None:
    time.advance(seconds=FIVE_MINUTES)

    assert [seal_trail(), seal_trail()] == [1, 0]


def test_a_run_ends_though_time_goes_on(
    service: Service, session: Session, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.clock.now_ms", lambda: int(time.advance(seconds=1)))
    time.advance(seconds=FIVE_MINUTES)

    assert seal_trail() == 1


def test_a_function_that_was_down_seals_all_of_it_in_order(
    service: Service, session: Session, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In seals that it can manage; the entries of one instant stay together."""
    monkeypatch.setattr(seal_audit, "MOST_ENTRIES", 3)
    seal_trail()
    for _ in range(4):
        time.advance(seconds=3600)
        for _ in range(2):
            service.view(session)
    time.advance(seconds=30 * 3600)

    assert seal_trail() > 1

    counts = sealed_counts()
    assert sum(counts) == len(entries(service.engine)) == 9
    assert max(counts) <= 4
    assert findings().problems == []


def test_creates_and_reads_while_seals_are_made_are_each_in_one(
    service: Service, session: Session, time: ManualClock
) -> None:
    for _ in range(5):
        reads = [lambda: service.view(session)] * 6
        together([*reads, seal_trail, seal_trail])
        time.advance(seconds=60)
    time.advance(seconds=GRACE_SECONDS)
    seal_trail()

    assert sum(sealed_counts()) == len(entries(service.engine)) == 31
    assert findings().problems == []


@pytest.mark.parametrize("fault", Fault)
def test_a_seal_whose_write_goes_wrong_is_made_by_the_next_run(
    fault: Fault, sealed: Service, time: ManualClock, faults: FaultyWrites
) -> None:
    time.advance(seconds=FIVE_MINUTES)
    faults.plan(fault)
    with pytest.raises(FunctionFailedError):
        app.handler({}, None)
    time.advance(seconds=FIVE_MINUTES)
    app.handler({}, None)

    assert sum(sealed_counts()) == 4
    assert findings().problems == []


# Tampering


def write(service: Service, item: Record) -> None:
    service.engine.client("dynamodb").put_item(
        TableName=service.engine.table_name, Item=encode(item)
    )


def remove(service: Service, item: Record) -> None:
    key = encode({name: item[name] for name in ("PK", "SK")})
    service.engine.client("dynamodb").delete_item(TableName=service.engine.table_name, Key=key)


def move(service: Service, item: Record, **place: str) -> None:
    write(service, item | place)
    remove(service, item)


def _first(service: Service) -> Record:
    return entry_items(service.engine)[0]


def _seals(service: Service) -> list[Record]:
    return sorted(service.items_of("seal"), key=lambda item: str(item["SK"]))


def _other_shard(item: Record) -> str:
    head, _, shard = item["PK"].rpartition("#")
    return f"{head}#{(int(shard) + 1) % keys.SHARDS}"


Tampering = Callable[[Service], object]
TAMPERING: dict[str, tuple[Tampering, str]] = {
    "an entry altered": (
        lambda service: write(service, _first(service) | {"source_ip": "198.51.100.1"}),
        "altered, or not written by us",
    ),
    "an entry's fields added": (
        lambda service: write(service, _first(service) | {"fields": ["record"]}),
        "altered, or not written by us",
    ),
    "an entry that expires sooner": (
        lambda service: write(service, _first(service) | {"ttl": 1}),
        "removed",
    ),
    "an entry removed": (lambda service: remove(service, _first(service)), "removed"),
    "an entry copied to another account": (
        lambda service: write(
            service, _first(service) | {"SK": _first(service)["SK"].replace(MAIN_ID, "MAOTHER")}
        ),
        "altered, or not written by us",
    ),
    "an entry moved to another instant": (
        lambda service: move(
            service,
            _first(service),
            SK="0"
            + str(int(_first(service)["SK"][:15]) + 400_000).zfill(14)
            + _first(service)["SK"][15:],
        ),
        "altered, or not written by us",
    ),
    "an entry moved to another shard": (
        lambda service: move(service, _first(service), PK=_other_shard(_first(service))),
        "altered, or not written by us",
    ),
    "an entry made up": (
        lambda service: write(service, _first(service) | {"SK": _first(service)["SK"] + "x"}),
        "altered, or not written by us",
    ),
    "an item that is no entry": (
        lambda service: write(
            service, {"PK": _first(service)["PK"], "SK": _first(service)["SK"] + "x", "code": "?"}
        ),
        "altered, or not written by us",
    ),
    "an entry that was written late, by us": (
        lambda service: audit.put_entry(late_entry(service)),
        "added",
    ),
    "a seal altered": (
        lambda service: write(service, _seals(service)[0] | {"entries": 1}),
        "altered, or not written by us",
    ),
    "a seal removed": (
        lambda service: remove(service, _seals(service)[1]),
        "follows number 1, some are gone",
    ),
    "the first seal removed": (
        lambda service: remove(service, _seals(service)[0]),
        "the one before it is gone",
    ),
    "an older seal in place of a newer": (
        lambda service: write(service, _seals(service)[1] | {"SK": _seals(service)[2]["SK"]}),
        "altered, or not written by us",
    ),
}


def late_entry(service: Service) -> Any:
    caller = service.caller()
    origin = replace(caller.origin, at=entries(service.engine)[0].at + 1)
    return seen(replace(caller, origin=origin), Action.READ, ["11111111"])


@pytest.mark.parametrize(("tamper", "problem"), TAMPERING.values(), ids=TAMPERING)
def test_tampering_shows(tamper: Tampering, problem: str, sealed: Service) -> None:
    tamper(sealed)

    assert any(problem in one for one in findings().problems), findings().problems


def test_an_entry_that_is_altered_before_it_is_sealed_is_told_of(
    service: Service, session: Session, time: ManualClock
) -> None:
    write(service, _first(service) | {"source_ip": "198.51.100.1"})
    time.advance(seconds=FIVE_MINUTES)

    with captured_logs() as log:
        app.handler({}, None)

    assert '"event":"audit_altered"' in log.getvalue().replace(" ", "")
    # It is sealed as it is, and remains named by every check.
    assert [one for one in findings().problems if "altered" in one]


def test_seals_are_told_to_the_log_and_a_chain_that_is_begun_anew_does_not_agree(
    sealed: Service, time: ManualClock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody with the table cuts the chain before what was sealed, and lets it grow again."""
    with captured_logs() as log:
        time.advance(seconds=FIVE_MINUTES)
        app.handler({}, None)
    messages = [line for line in log.getvalue().splitlines() if '"audit_sealed"' in line]
    as_lines, as_json = tmp_path / "seals.log", tmp_path / "seals.json"
    as_lines.write_text("\n".join(["something else", *messages]))
    as_json.write_text(json.dumps(messages))
    arguments = [["--verify", "--logged", str(file)] for file in (as_lines, as_json)]
    assert [trail.main(one) for one in arguments] == [0, 0]

    remove(sealed, _seals(sealed)[-1])
    remove(sealed, entry_items(sealed.engine)[-1])
    time.advance(seconds=FIVE_MINUTES)
    app.handler({}, None)

    assert findings().problems == []
    assert [trail.main(one) for one in arguments] == [1, 1]
    assert "seal 4: another one was logged" in capsys.readouterr().out


# The commands


def test_verifying_prints_what_it_found(
    sealed: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trail.main(["--verify"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "OK"

    remove(sealed, _first(sealed))

    assert trail.main(["--verify"]) == 1
    out = capsys.readouterr().out
    assert "removed, 2 entries were sealed and 1 are there" in out
    assert out.splitlines()[-1] == "WRONG: 1 findings"


def test_the_trail_of_a_session_says_who_did_what(
    service: Service, time: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    other, session = service.create(0, 2), service.create(0, 1)
    for action in (
        lambda: service.view(session),
        lambda: service.view(other),
        lambda: service.update(session, ring_timeout_seconds=33),
        lambda: service.change_number(session.first_virtual_number, health=NumberHealth.UNHEALTHY),
        replacing.run,
    ):
        time.advance(seconds=10)
        action()
    time.advance(seconds=3600)
    time_out_due_sessions()

    assert trail.main([session.session_uuid]) == 0

    lines = capsys.readouterr().out.splitlines()
    told = [line.split("  ")[1] for line in lines]
    assert told == [
        "created",
        "read",
        "changed (ring_timeout)",
        "replacement ordered",
        "number replaced",
        "ended by the clock",
    ]
    assert f"by {MAIN_ID} with a token that is valid no more" in lines[0]
    assert "by replace_numbers, ordered by request" in lines[4]


def test_the_trail_of_a_session_outlives_the_session(
    sealed: Service, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    remove(sealed, keys.session(session.session_uuid))

    assert trail.main([session.session_uuid, "--days", "1"]) == 0
    assert capsys.readouterr().out.count(" read ") == 3
    assert trail.main([session.session_uuid]) == 0
    assert capsys.readouterr().out.count(" read ") == 3


def test_of_a_session_that_never_was_nothing_is_known(
    sealed: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trail.main(["11111111-2222-4333-8444-555555555599"]) == 0
    assert capsys.readouterr().out == "Nothing is known of that session.\n"
