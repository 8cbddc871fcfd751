"""Test data with defaults: a test names only what it is about.

Every number is fictional: 555-01xx for people, the London drama range for virtual numbers.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from maskline.carriers import DEFAULT
from maskline.domain.accounts import Account, CarrierAccount, Client, Origin
from maskline.domain.calls.interaction import Interaction, begun
from maskline.domain.calls.recording import Recording, RecordingStatus
from maskline.domain.calls.report import CallReport, LegStatus, RecordingReport, ReportKind, Side
from maskline.domain.calls.route import Route, routes_of
from maskline.domain.numbers.pool import VirtualNumber
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.request import IdempotencyKey, SessionRequest
from maskline.domain.sessions.session import PinTerms, Role, Session, Settings, Strategy, Terms

MAIN_ID = "MAMASKLINETEST000000"
SUBACCOUNT_ID = "SAMASKLINETEST000000"
REQUEST_ID = "11111111-2222-4333-8444-555555555504"
SESSION_UUID = "11111111-2222-4333-8444-555555555500"
CALL_UUID = "11111111-2222-4333-8444-555555555501"
CALLEE_UUID = "11111111-2222-4333-8444-555555555502"
RECORDING_UUID = "11111111-2222-4333-8444-555555555503"

# 2026-03-01 10:44:37.500 UTC: a fraction of a second, so that cutting it off shows.
NOW = 1_772_361_877_500


def party(index: int) -> E164:
    """One of a hundred people."""
    assert 0 <= index < 100
    return E164(f"+120255501{index:02d}")


def virtual(index: int) -> E164:
    """One of a thousand virtual numbers."""
    assert 0 <= index < 1000
    return E164(f"+442079460{index:03d}")


def account(**changes: Any) -> Account:
    return replace(Account(MAIN_ID, ("token-of-the-main-account",)), **changes)


def carrier_account(**changes: Any) -> CarrierAccount:
    """The main account's at its carrier."""
    secrets = {"auth_token": ("p",)}
    known = CarrierAccount(DEFAULT, MAIN_ID, "MAPLIVO", secrets, "https://api.plivo.com")
    return replace(known, **changes)


def origin(request_id: str = REQUEST_ID, **changes: Any) -> Origin:
    """A request of the API."""
    return replace(Origin(request_id, NOW, "203.0.113.10", "c0ffee" * 2, MAIN_ID), **changes)


def caller(**changes: Any) -> Client:
    return replace(Client(account(), origin()), **changes)


def virtual_number(index: int = 0, **changes: Any) -> VirtualNumber:
    """A number whose place in the pool is its index."""
    number = VirtualNumber(
        number=virtual(index),
        account_id=MAIN_ID,
        subaccount_id="",
        carrier=DEFAULT,
        country="GB",
        added_at=NOW - 1000 + index,
    )
    return replace(number, **changes)


def pool(size: int) -> list[VirtualNumber]:
    return [virtual_number(index) for index in range(size)]


def settings(**changes: Any) -> Settings:
    defaults = Settings(
        session_expiry_seconds=3600,
        call_time_limit_seconds=1800,
        ring_timeout_seconds=60,
        callback_url="https://customer.example/events",
    )
    return replace(defaults, **changes)


def terms(**changes: Any) -> Terms:
    """Without geomatch: the people and the numbers here are of different countries."""
    return replace(Terms(is_geomatched=False), **changes)


def pin_terms(**changes: Any) -> PinTerms:
    """PINs that the client chose."""
    default = PinTerms(
        first_pin="4821",
        second_pin="7390",
        is_generated=False,
        generated_length=4,
        prompt_url="https://customer.example/prompt.mp3",
        retries=1,
        wait_seconds=5,
        incorrect_url="https://customer.example/wrong.mp3",
        is_forced=False,
    )
    return replace(default, **changes)


def session_request(first: int = 0, second: int = 1, **changes: Any) -> SessionRequest:
    request = SessionRequest(
        first_party=party(first),
        second_party=party(second),
        settings=settings(),
        terms=terms(),
        strategy=Strategy.SHARED,
        subaccount_id="",
    )
    return replace(request, **changes)


def lone_request(index: int = 0, role: Role = Role.FIRST, **changes: Any) -> SessionRequest:
    """A session with one party, in that role."""
    parties = {f"{role}_party": party(index), f"{role.other}_party": E164("")}
    single = {"terms": terms(is_single_party=True)}
    return session_request(**(parties | single | changes))


def idempotency_key(key: str = "order-1", fingerprint: str = "body-1") -> IdempotencyKey:
    return IdempotencyKey(key, fingerprint)


def session(**changes: Any) -> Session:
    """A live session under `per_party`, so that mixing up the two numbers shows."""
    default = Session(
        session_uuid=SESSION_UUID,
        account_id=MAIN_ID,
        subaccount_id="",
        first_party=party(0),
        second_party=party(1),
        first_virtual_number=virtual(0),
        second_virtual_number=virtual(1),
        strategy=Strategy.PER_PARTY,
        carrier=DEFAULT,
        settings=settings(),
        terms=terms(),
        created_at=NOW,
        modified_at=NOW,
        expires_at=NOW + 3_600_000,
    )
    return replace(default, **changes)


def route(role: Role = Role.FIRST, **changes: Any) -> Route:
    """A party's route into the default session."""
    first, second = routes_of(session())
    return replace(first if role is Role.FIRST else second, **changes)


def interaction(role: Role = Role.FIRST, *, at: int = NOW) -> Interaction:
    """A conversation that has just begun: the party of `role` called."""
    caller = route(role)
    return begun(caller, CALL_UUID, caller.party, at)[0]


def answered(leg_uuid: str = CALLEE_UUID) -> CallReport:
    """The callee picked up."""
    return CallReport(ReportKind.ANSWERED, Side.CALLEE, leg_uuid, LegStatus.IN_PROGRESS)


def callee_ended(status: LegStatus = LegStatus.COMPLETED, **changes: Any) -> CallReport:
    """The callee's leg is over, with its figures."""
    report = CallReport(
        kind=ReportKind.ENDED,
        side=Side.CALLEE,
        leg_uuid=CALLEE_UUID,
        status=status,
        duration_seconds=30,
        billed_seconds=60,
        amount=Decimal("0.0075"),
        hangup_cause="NORMAL_CLEARING",
        hangup_code=4000,
    )
    return replace(report, **changes)


def unanswered(status: LegStatus = LegStatus.BUSY, **changes: Any) -> CallReport:
    """The callee's leg is over and nobody picked up."""
    figures = {"duration_seconds": 0, "billed_seconds": 0, "amount": Decimal(0)}
    cause = {"hangup_cause": "USER_BUSY", "hangup_code": 3010}
    return callee_ended(status, **(figures | cause | changes))


def dial_over(
    status: LegStatus = LegStatus.COMPLETED, *, leg_uuid: str = CALLEE_UUID
) -> CallReport:
    """The attempt to reach the callee is finished."""
    return CallReport(ReportKind.DIAL_OVER, Side.CALLEE, leg_uuid, status)


def caller_ended(status: LegStatus = LegStatus.COMPLETED, **changes: Any) -> CallReport:
    """The caller's leg is over, with its figures."""
    report = CallReport(
        kind=ReportKind.ENDED,
        side=Side.CALLER,
        leg_uuid=CALL_UUID,
        status=status,
        duration_seconds=42,
        billed_seconds=60,
        amount=Decimal("0.0100"),
        hangup_cause="NORMAL_CLEARING",
        hangup_code=4010,
        was_answered=status is LegStatus.COMPLETED,
    )
    return replace(report, **changes)


def recorded(**changes: Any) -> RecordingReport:
    """The recording is finished."""
    recording = Recording(
        status=RecordingStatus.COMPLETED,
        uuid=RECORDING_UUID,
        media_url=f"https://media.carrier.example/{RECORDING_UUID}.mp3",
        resource_url=f"https://carrier.example/Recording/{RECORDING_UUID}/",
        duration_seconds=30,
        started_at=NOW + 4_000,
        ended_at=NOW + 34_000,
    )
    return RecordingReport(replace(recording, **changes))


def not_recorded() -> RecordingReport:
    """There is no recording, though one was ordered."""
    return RecordingReport(Recording(status=RecordingStatus.FAILED))


def reports_of_a_conversation() -> list[CallReport]:
    """All that a carrier says of a call that was answered, in the order in which it happens."""
    return [answered(), callee_ended(), dial_over(), caller_ended()]
