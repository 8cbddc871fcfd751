"""A session: two parties, the virtual numbers between them, and how long it lives."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from enum import StrEnum

from maskline.domain.errors import SessionExpiredError
from maskline.domain.limits import CallLimits
from maskline.domain.numbers.destinations import Destinations
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.totals import Totals

_NOBODY = E164("")


class Role(StrEnum):
    """The role of a party in its session."""

    FIRST = "first"
    SECOND = "second"

    @property
    def other(self) -> "Role":
        return Role.SECOND if self is Role.FIRST else Role.FIRST


class Strategy(StrEnum):
    """The way to share out virtual numbers: one for both parties, or one for each."""

    SHARED = "shared"
    PER_PARTY = "per_party"


class Rung(StrEnum):
    """A wish that a session gives up rather than be refused.

    ANY_COUNTRY: that numbers are of its parties' countries. PER_PARTY: that both dial one number.
    ANY_CARRIER: that they are of the carrier that it named.
    """

    ANY_COUNTRY = "any_country"
    PER_PARTY = "per_party"
    ANY_CARRIER = "any_carrier"


class Status(StrEnum):
    """The state of a session, as a client sees it."""

    ACTIVE = "active"
    IN_PROGRESS = "in-progress"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class LiveCall:
    """The conversation that holds the session's line, at most until `until`."""

    call_uuid: str
    until: int


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices of a client for a session that may change later."""

    session_expiry_seconds: int
    call_time_limit_seconds: int
    ring_timeout_seconds: int
    callback_url: str = ""
    callback_method: str = "POST"
    record: bool = False
    record_file_format: str = "mp3"
    recording_callback_url: str = ""
    recording_callback_method: str = "POST"
    first_party_play_url: str = ""
    second_party_play_url: str = ""

    def play_url(self, role: Role) -> str:
        """Return the audio that a role hears before being connected, "" for none."""
        return self.first_party_play_url if role is Role.FIRST else self.second_party_play_url


@dataclass(frozen=True, slots=True)
class PinTerms:
    """The way in which a session asks for PINs: digits as strings, audio as URLs ("" for none)."""

    first_pin: str
    second_pin: str
    is_generated: bool
    generated_length: int
    prompt_url: str
    retries: int
    wait_seconds: int
    incorrect_url: str
    is_forced: bool

    def pin(self, role: Role) -> str:
        """The PIN that proves a role."""
        return self.first_pin if role is Role.FIRST else self.second_pin


@dataclass(frozen=True, slots=True)
class Terms:
    """The choices of a client for a session that never change. `carrier` is "" for any."""

    is_geomatched: bool = True
    cooloff_seconds: int = 0
    unknown_caller_play: str = ""
    is_single_party: bool = False
    initiates_call: bool = False
    pin: PinTerms | None = None
    on_exhaustion: tuple[Rung, ...] = ()
    is_sticky: bool = False
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class FormerNumber:
    """A virtual number that a role dialled before it was replaced.

    It connects calls as long as the session lives, or until `until` if that is given. `carrier` is
    whose number it is.
    """

    role: Role
    number: E164
    carrier: str
    until: int | None = None

    def works(self, now: int) -> bool:
        """Tell if it connects calls at that instant, as long as the session is live."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Session:
    """The record of a session. Live while `now < expires_at`, whatever else is stored.

    `first_virtual_number` is the one that the first party dials; under the shared strategy both are
    the same number. `sequence` counts the events emitted so far, `version` the writes;
    `timeout_pending` says that SessionTimeout is still to be told when the time is over;
    `last_outsider` is who last reached the only party of a single-party session; `moves` counts
    the replacements of its virtual numbers; `rungs` are those of its ladder that it came down to
    get them; `call_back` is where the only party of a single-party session may call outsiders;
    `call_limits` are there where its account has other ones than the deployment; `request_hash`
    stands for the idempotency key that created it, "" if there was none.
    """

    session_uuid: str
    account_id: str
    subaccount_id: str
    first_party: E164
    second_party: E164
    first_virtual_number: E164
    second_virtual_number: E164
    strategy: Strategy
    carrier: str
    settings: Settings
    terms: Terms
    created_at: int
    modified_at: int
    expires_at: int
    last_outsider: E164 = _NOBODY
    live_call: LiveCall | None = None
    totals: Totals = field(default_factory=Totals)
    last_interaction_at: int | None = None
    timeout_pending: bool = True
    former_numbers: tuple[FormerNumber, ...] = ()
    moves: int = 0
    rungs: tuple[Rung, ...] = ()
    call_back: Destinations | None = None
    call_limits: CallLimits | None = None
    request_hash: str = ""
    sequence: int = 0
    version: int = 1

    def is_live(self, now: int) -> bool:
        """Tell if calls are still connected at that instant."""
        return now < self.expires_at

    def status(self, now: int) -> Status:
        """The status that a client sees at that instant."""
        if not self.is_live(now):
            return Status.EXPIRED
        talking = self.live_call is not None and now < self.live_call.until
        return Status.IN_PROGRESS if talking else Status.ACTIVE

    def party(self, role: Role) -> E164:
        """The real number of a role."""
        return self.first_party if role is Role.FIRST else self.second_party

    def virtual_number(self, role: Role) -> E164:
        """The number that a role dials, and that shows when the other party calls."""
        return self.first_virtual_number if role is Role.FIRST else self.second_virtual_number

    def numbers_of(self, role: Role) -> tuple[E164, ...]:
        """All numbers that connect a role's calls: the current one, then its former ones."""
        former = (one.number for one in self.former_numbers if one.role is role)
        return (self.virtual_number(role), *former)

    def carrier_of(self, number: E164) -> str:
        """The carrier of a number that is the session's, or was."""
        former = {one.number: one.carrier for one in self.former_numbers}
        return former.get(number, self.carrier)

    @property
    def has_moved_carrier(self) -> bool:
        """True if calls of it may be with another carrier than its numbers are."""
        return any(former.carrier != self.carrier for former in self.former_numbers)

    @property
    def asked_strategy(self) -> Strategy:
        """The strategy that it was to have, before it came down its ladder."""
        return Strategy.SHARED if Rung.PER_PARTY in self.rungs else self.strategy

    @property
    def is_geomatched(self) -> bool:
        """True if its numbers must be of its parties' countries."""
        return self.terms.is_geomatched and Rung.ANY_COUNTRY not in self.rungs

    @property
    def wished_carrier(self) -> str:
        """The carrier that its numbers must be of, "" for any."""
        return "" if Rung.ANY_CARRIER in self.rungs else self.terms.carrier

    @property
    def missing_role(self) -> Role | None:
        """The role of a single-party session that nobody has yet."""
        return next((role for role in Role if not self.party(role)), None)

    @property
    def reusable_at(self) -> int:
        """The instant from which another session may have its (party, number) pairs."""
        return self.expires_at + self.terms.cooloff_seconds * 1000

    @property
    def duration_seconds(self) -> int:
        """Planned or actual life, fractions cut off."""
        return (self.expires_at - self.created_at) // 1000


def require_live(session: Session, now: int) -> None:
    """Raise SessionExpiredError for a session that is over."""
    if not session.is_live(now):
        raise SessionExpiredError("Session already expired")


def updated(session: Session, settings: Settings, *, restart_expiry: bool, now: int) -> Session:
    """The session with new settings. A new expiry counts from the moment of the update.

    Source: three recorded answers of the compatible API agree on that arithmetic.
    """
    expires_at = session.expires_at
    if restart_expiry:
        expires_at = now + settings.session_expiry_seconds * 1000
    return replace(session, settings=settings, modified_at=now, expires_at=expires_at)


def joined(session: Session, role: Role, party: E164, *, virtual_number: E164) -> Session:
    """The single-party session once somebody has its missing role: a session of two parties.

    The last outsider is forgotten: the lone party's calls go to the other party now. A former
    number that becomes the current one is former no more.
    """
    complete = replace(without_former(session, role, {virtual_number}), last_outsider=_NOBODY)
    if role is Role.FIRST:
        return replace(complete, first_party=party, first_virtual_number=virtual_number)
    return replace(complete, second_party=party, second_virtual_number=virtual_number)


def without_former(session: Session, role: Role, numbers: Collection[E164]) -> Session:
    """The session without those of a role's former numbers that cannot be its own any more."""
    kept = tuple(
        former
        for former in session.former_numbers
        if former.role is not role or former.number not in numbers
    )
    return replace(session, former_numbers=kept)


def ended(session: Session, now: int) -> Session:
    """The session as its deletion leaves it: expired now, duration as lived, no timeout to tell."""
    return replace(session, modified_at=now, expires_at=now, timeout_pending=False)
