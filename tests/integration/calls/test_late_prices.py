"""The carrier's own records fill what its reports left out: prices that come late, lost ends."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from functions.expire_sessions import app as expire_sessions
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.interaction import Interaction
from maskline.domain.calls.plan import Dial
from maskline.domain.calls.report import CallReport, LegStatus, ReportKind, Side
from maskline.domain.sessions.session import Session
from maskline.services.calls import carrier_records, overdue
from maskline.services.calls.overdue import give_up_overdue_calls
from maskline.services.sessions.end import Sweep
from tests.support import builders
from tests.support.builders import CALL_UUID, CALLEE_UUID, party, virtual
from tests.support.carriers import ScriptedCarrier
from tests.support.manual_clock import ManualClock
from tests.support.service import Service

UNPRICED: dict[str, Any] = {"amount": None, "is_priced_later": True}
PATIENCE_SECONDS = 300


@dataclass
class RecordKeeper(ScriptedCarrier):
    """`records` holds what it says of a leg; it may fail instead, and take its time."""

    records: dict[str, CallReport] = field(default_factory=dict)
    requested: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    happens: Callable[[], object] = lambda: None

    def record(self, account: CarrierAccount, leg_uuid: str) -> CallReport | None:
        assert account.account_id == builders.MAIN_ID
        self.requested.append(leg_uuid)
        self.happens()
        return self.records.get(leg_uuid)

    def end(self, account: CarrierAccount, call_uuid: str) -> None:
        self.ended.append(call_uuid)


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> RecordKeeper:
    keeper = RecordKeeper()
    monkeypatch.setattr(carrier_records, "carrier", lambda _: keeper)
    return keeper


@pytest.fixture
def session(service: Service) -> Session:
    """Its first party is calling."""
    session = service.create()
    assert isinstance(service.call(party(0), virtual(0), call_uuid=CALL_UUID), Dial)
    return session


def record(leg_uuid: str, amount: str | None, **changes: Any) -> CallReport:
    """The record of a leg that lasted; the side is of no meaning."""
    known: dict[str, Any] = {
        "status": LegStatus.COMPLETED,
        "duration_seconds": 30,
        "billed_seconds": 60,
        "amount": None if amount is None else Decimal(amount),
        "is_priced_later": amount is None,
    }
    return CallReport(ReportKind.ENDED, Side.CALLER, leg_uuid, **known | changes)


def talk(service: Service, session: Session, *, more: dict[str, Any] | None = None) -> None:
    unpriced = UNPRICED if more is None else more
    for report in (
        builders.answered(),
        builders.callee_ended(**unpriced),
        builders.dial_over(),
        builders.caller_ended(**unpriced),
    ):
        service.report(session, CALL_UUID, report)


def only_call(service: Service, session: Session) -> Interaction:
    [interaction] = service.view(session).interactions
    return interaction


def sweep() -> None:
    expire_sessions.handler({}, None)


def test_a_late_price_updates_call_and_session_and_tells_nobody(
    service: Service, session: Session, time: ManualClock, keeper: RecordKeeper
) -> None:
    talk(service, session)
    told = service.told(session)
    assert service.stored(session).totals.known_amount is None
    keeper.records = {CALL_UUID: record(CALL_UUID, "0.0085"), CALLEE_UUID: record(CALLEE_UUID, "2")}
    sweep()
    assert keeper.requested == []
    time.advance(seconds=120)

    sweep()
    sweep()

    assert keeper.requested == [CALL_UUID, CALLEE_UUID]
    assert service.stored(session).totals.known_amount == Decimal("2.0085")
    assert only_call(service, session).totals.known_amount == Decimal("2.0085")
    assert service.told(session) == told
    assert "expiry_shard" not in service.items_of("interaction")[0]


def test_only_the_leg_without_a_price_is_asked_for_and_each_time_later(
    service: Service, session: Session, time: ManualClock, keeper: RecordKeeper
) -> None:
    talk(service, session)
    keeper.records = {CALL_UUID: record(CALL_UUID, "0.01"), CALLEE_UUID: record(CALLEE_UUID, None)}
    time.advance(seconds=120)
    sweep()
    assert service.stored(session).totals.known_amount is None
    time.advance(seconds=479)
    sweep()
    assert keeper.requested == [CALL_UUID, CALLEE_UUID]
    keeper.records[CALLEE_UUID] = record(CALLEE_UUID, "0.02", currency="USD")
    time.advance(seconds=1)

    sweep()

    assert keeper.requested == [CALL_UUID, CALLEE_UUID, CALLEE_UUID]
    assert service.stored(session).totals.known_amount == Decimal("0.03")


def test_a_price_that_never_comes_stays_unknown_and_is_asked_for_a_day(
    service: Service, session: Session, time: ManualClock, keeper: RecordKeeper
) -> None:
    talk(service, session)
    for hours in range(60):
        time.advance(seconds=hours * 3600 + 120)
        sweep()

    assert len(keeper.requested) == 2 * 5
    assert service.stored(session).totals.known_amount is None


def test_one_call_whose_record_fails_holds_up_no_other(
    service: Service, session: Session, time: ManualClock, keeper: RecordKeeper
) -> None:
    def fail() -> None:
        keeper.happens = lambda: None
        raise ValueError("of the carrier's making")

    talk(service, session)
    other = service.create(2, 3)
    service.call(party(2), other.first_virtual_number, call_uuid="call-other")
    for report in (
        builders.callee_ended(leg_uuid="leg-other", **UNPRICED),
        builders.caller_ended(**UNPRICED),
    ):
        service.report(other, "call-other", report)
    keeper.records = {
        leg: record(leg, "1") for leg in (CALL_UUID, CALLEE_UUID, "call-other", "leg-other")
    }
    keeper.happens = fail
    time.advance(seconds=120)

    sweep()
    time.advance(seconds=480)
    sweep()

    assert service.stored(session).totals.known_amount == 2
    assert service.stored(other).totals.known_amount == 2


def test_a_report_that_arrives_while_the_carrier_is_asked_is_not_lost(
    service: Service, session: Session, time: ManualClock, keeper: RecordKeeper
) -> None:
    def recorded() -> None:
        service.report_recording(session, CALL_UUID, builders.recorded())
        keeper.happens = lambda: None

    talk(service, session)
    keeper.records = {leg: record(leg, "1") for leg in (CALL_UUID, CALLEE_UUID)}
    keeper.happens = recorded
    time.advance(seconds=120)

    sweep()

    assert service.stored(session).totals.known_amount == 2


def test_a_lost_end_is_told_with_the_carriers_own_figures(
    service: Service, session: Session, time: ManualClock, keeper: RecordKeeper
) -> None:
    service.report(session, CALL_UUID, builders.answered())
    service.report(session, CALL_UUID, builders.caller_ended())
    keeper.records = {CALLEE_UUID: record(CALLEE_UUID, "0.0075", hangup_cause="NORMAL_CLEARING")}
    time.advance(seconds=PATIENCE_SECONDS)

    assert give_up_overdue_calls().told == 1

    callee = only_call(service, session).callee
    assert (callee.status, callee.duration_seconds) == (LegStatus.COMPLETED, 30)
    assert (callee.amount, callee.hangup_cause) == (Decimal("0.0075"), "NORMAL_CLEARING")
    assert keeper.requested == [CALLEE_UUID]
    assert service.told(session)[-2:] == ["SessionSecondPartyHangup", "SessionPartiesHangup"]


def test_a_lost_end_without_a_price_has_it_later(
    service: Service, session: Session, time: ManualClock, keeper: RecordKeeper
) -> None:
    service.report(session, CALL_UUID, builders.answered())
    service.report(session, CALL_UUID, builders.caller_ended())
    keeper.records = {CALLEE_UUID: record(CALLEE_UUID, None)}
    time.advance(seconds=PATIENCE_SECONDS)
    give_up_overdue_calls()
    keeper.records = {CALLEE_UUID: record(CALLEE_UUID, "0.0075")}

    sweep()

    assert only_call(service, session).callee.amount == Decimal("0.0075")


def test_a_call_that_outlives_its_limit_is_ended(
    service: Service, time: ManualClock, keeper: RecordKeeper
) -> None:
    session = service.create()
    service.call(party(0), virtual(0), call_uuid=CALL_UUID)
    service.report(session, CALL_UUID, builders.answered())
    service.end(session)
    time.advance(seconds=session.settings.ring_timeout_seconds)
    time.advance(seconds=session.settings.call_time_limit_seconds)
    give_up_overdue_calls()
    assert keeper.ended == []
    time.advance(seconds=PATIENCE_SECONDS)

    give_up_overdue_calls()

    assert keeper.ended == [CALL_UUID]
    call = only_call(service, session)
    assert (call.caller.status, call.callee.status) == (LegStatus.COMPLETED, LegStatus.COMPLETED)
    assert call.totals.known_amount is None


def test_a_slow_carrier_is_asked_about_a_few_and_all_the_same_all_are_told(
    service: Service,
    session: Session,
    time: ManualClock,
    keeper: RecordKeeper,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service.report(session, CALL_UUID, builders.answered())
    service.report(session, CALL_UUID, builders.caller_ended())
    monkeypatch.setattr("maskline.services.calls.overdue._ASKING_SECONDS", -1.0)
    time.advance(seconds=PATIENCE_SECONDS)

    assert give_up_overdue_calls().told == 1

    assert keeper.requested == []


def test_a_call_about_which_asking_fails_is_given_up_all_the_same(
    service: Service, session: Session, time: ManualClock, keeper: RecordKeeper
) -> None:
    def fail() -> None:
        raise KeyError("a secret that is gone")

    service.report(session, CALL_UUID, builders.answered())
    service.report(session, CALL_UUID, builders.caller_ended())
    keeper.happens = fail
    time.advance(seconds=PATIENCE_SECONDS)

    assert give_up_overdue_calls() == Sweep(told=1, failed=0)

    assert only_call(service, session).callee.status is LegStatus.COMPLETED
    assert service.told(session)[-1] == "SessionPartiesHangup"


def test_a_price_about_which_asking_fails_is_not_asked_for_for_ever(
    service: Service, session: Session, time: ManualClock, keeper: RecordKeeper
) -> None:
    def fail() -> None:
        raise KeyError("a secret that is gone")

    talk(service, session)
    keeper.happens = fail
    for _ in range(60):
        time.advance(seconds=24 * 3600)
        sweep()

    assert len(keeper.requested) == 2 * 5


def test_a_price_is_of_the_leg_that_was_asked_about(
    service: Service, session: Session, time: ManualClock, keeper: RecordKeeper
) -> None:
    """A carrier that rang twice names another leg, while the first one is asked about."""

    def other_leg_ends() -> None:
        keeper.happens = lambda: None
        other = builders.callee_ended(leg_uuid="the-other-leg", **UNPRICED)
        service.report(session, CALL_UUID, other)

    talk(service, session)
    keeper.records = {
        CALL_UUID: record(CALL_UUID, "1"),
        CALLEE_UUID: record(CALLEE_UUID, "2"),
        "the-other-leg": record("the-other-leg", "3"),
    }
    keeper.happens = other_leg_ends
    time.advance(seconds=120)
    sweep()
    assert only_call(service, session).callee.amount is None
    time.advance(seconds=24 * 3600)

    sweep()

    assert service.stored(session).totals.known_amount == 4


def test_a_carrier_that_hangs_lets_a_sweep_end_within_its_time(
    service: Service, time: ManualClock, keeper: RecordKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request takes as long as it may; some carriers take two to end a call."""
    spent = [0.0]

    def hang() -> None:
        spent[0] += 3.0

    for module in (overdue, carrier_records):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: spent[0]))
    monkeypatch.setattr(keeper, "end", lambda *_: [hang(), hang()])
    keeper.happens = hang
    for index in range(20):
        session = service.create(index, index + 40)
        call_uuid, is_lost = f"call-{index}", index % 2 == 0
        service.call(party(index), session.first_virtual_number, call_uuid=call_uuid)
        answered = replace(builders.answered(), leg_uuid=f"leg-{index}")
        service.report(session, call_uuid, answered)
        if is_lost:
            service.end(session)
        else:
            ended = replace(builders.callee_ended(**UNPRICED), leg_uuid=f"leg-{index}")
            service.report(session, call_uuid, ended)
            service.report(session, call_uuid, builders.caller_ended(**UNPRICED))
    time.advance(seconds=session.settings.ring_timeout_seconds + PATIENCE_SECONDS)
    time.advance(seconds=session.settings.call_time_limit_seconds)

    sweep()

    assert len(keeper.requested) > 5
    # The function has 55, of which ending sessions needs some.
    assert spent[0] < 50
