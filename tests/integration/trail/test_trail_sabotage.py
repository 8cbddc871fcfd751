"""A check names the entries that were touched behind the service's back, and no other.

Days pass meanwhile, in which the service writes entries and TTL removes those of which the time is
over.
"""

from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from local.aws.engine import Engine
from local.aws.function_log import FunctionLog
from local.aws.ttl import TtlSweeper
from maskline.store import keys, trail_codes
from tests.support.audit_items import entry_items
from tests.support.manual_clock import ManualClock
from tests.support.reader import Record
from tests.support.service import Service
from tests.support.tampered import remove, write
from tools.trail.__main__ import verify
from tools.trail.log_lines import in_file

HALF_A_DAY = 43_200
Key = tuple[str, str]

any_entry = st.integers(min_value=0, max_value=99)


class Sabotage(RuleBasedStateMachine):
    """`written` are the entries as the service wrote them; `foul` lie where somebody else wrote.

    `unknown` ones of those are as good as the service's own, and no line is about them.
    """

    engine: ClassVar[Engine]
    time: ClassVar[ManualClock]

    def __init__(self) -> None:
        super().__init__()
        self.engine.reset()
        self.service = Service(self.engine)
        self.service.add_numbers(0, 1, 2)
        self.log = FunctionLog()
        self.log.start()
        self.written: dict[Key, Record] = {}
        self.foul: set[Key] = set()
        self.unknown: set[Key] = set()
        self.work()

    def teardown(self) -> None:
        self.log.stop()

    @rule()
    def work(self) -> None:
        """The service creates a session, shows it, changes and ends it."""
        session = self.service.create()
        self.service.view(session)
        self.service.update(session, ring_timeout_seconds=33)
        self.service.end(session)
        for key, item in self._present().items():
            if key not in self.foul | self.unknown:
                self.written.setdefault(key, item)

    @rule()
    def pass_time(self) -> None:
        """The clock moves on, and TTL removes what is over by then."""
        self.time.advance(seconds=HALF_A_DAY)
        TtlSweeper(self.engine, self.time.now_ms).sweep()

    @precondition(lambda self: self._present())
    @rule(chosen=any_entry)
    def alter(self, chosen: int) -> None:
        self._put(self._choose(chosen) | {"source_ip": "198.51.100.1"})

    @precondition(lambda self: self._present())
    @rule(chosen=any_entry)
    def forge(self, chosen: int) -> None:
        """Alter an entry and its code, with the secret. One that was inserted is genuine then."""
        item = self._choose(chosen)
        other = {name: item[name] for name in item if name != trail_codes.CODE}
        self._put(trail_codes.with_code(other | {"source_ip": "198.51.100.2"}))
        key = item["PK"], item["SK"]
        if key not in self.written:
            self.foul.discard(key)
            self.unknown.add(key)

    @precondition(lambda self: self._present())
    @rule(chosen=any_entry)
    def insert(self, chosen: int) -> None:
        """A copy of an entry, as another request's."""
        item = self._choose(chosen)
        self._put(item | {"SK": item["SK"] + "x"})

    @precondition(lambda self: self._present())
    @rule(chosen=any_entry)
    def delete(self, chosen: int) -> None:
        remove(self.service, self._choose(chosen))

    @invariant()
    def is_found(self) -> None:
        """Every entry that was touched is named, but one whose time is over need not be there."""
        present = self._present().keys()
        gone = {
            key
            for key, item in self.written.items()
            if key not in present and item["ttl"] * 1000 > self.time.now
        }
        findings = verify(in_file(self.log.path))
        named = [problem.split(": ")[0] for problem in findings.problems]
        assert sorted(named) == sorted(
            f"entry {place} in {partition}" for partition, place in gone | (self.foul & present)
        )
        assert len(findings.unwitnessed) + findings.young == len(self.unknown & present)

    def _present(self) -> dict[Key, Record]:
        return {(item["PK"], item["SK"]): item for item in entry_items(self.engine)}

    def _choose(self, chosen: int) -> Record:
        present = self._present()
        return present[sorted(present)[chosen % len(present)]]

    def _put(self, item: Record) -> None:
        write(self.service, item)
        self.unknown.discard((item["PK"], item["SK"]))
        self.foul.add((item["PK"], item["SK"]))


@pytest.mark.usefixtures("short_retention")
def test_every_entry_that_was_touched_is_named(
    engine: Engine, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two do what eight do.
    monkeypatch.setattr(keys, "SHARDS", 2)
    monkeypatch.setattr(keys, "ALL_SHARDS", range(2))
    Sabotage.engine, Sabotage.time = engine, time

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Sabotage,
        settings=settings(
            max_examples=6,
            stateful_step_count=10,
            deadline=None,
            # Each step costs so much that a shorter example is not worth the search.
            phases=[Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
