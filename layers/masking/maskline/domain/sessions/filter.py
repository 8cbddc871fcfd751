"""The filter of a list: it decides which sessions are shown."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import FormerNumber, Role, Status


@dataclass(frozen=True, slots=True)
class Range:
    """Whole numbers from `start` up to but not including `end`; None is unbounded."""

    start: int | None = None
    end: int | None = None

    def __contains__(self, value: int) -> bool:
        return (self.start is None or value >= self.start) and (
            self.end is None or value < self.end
        )

    def __and__(self, other: "Range") -> "Range":
        starts = [start for start in (self.start, other.start) if start is not None]
        ends = [end for end in (self.end, other.end) if end is not None]
        return Range(max(starts, default=None), min(ends, default=None))


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """The values that a list filters by. Party keys are the store's keyed hashes, or ""."""

    session_uuid: str
    created_at: int
    expires_at: int
    live_until: int | None
    first_party_key: str
    second_party_key: str
    first_virtual_number: E164
    second_virtual_number: E164
    subaccount_id: str
    former_numbers: tuple[FormerNumber, ...] = ()

    def status(self, now: int) -> Status:
        """Return the session's status at that instant, as `Session.status` does."""
        if now >= self.expires_at:
            return Status.EXPIRED
        talking = self.live_until is not None and now < self.live_until
        return Status.IN_PROGRESS if talking else Status.ACTIVE

    def is_on(self, number: E164, now: int) -> bool:
        """Tell if the session has the number, or had it and it still connects its calls."""
        return number in {self.first_virtual_number, self.second_virtual_number} or any(
            former.number == number and former.works(now) and now < self.expires_at
            for former in self.former_numbers
        )


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Conditions that all hold for every session shown; None asks nothing.

    `created_from` to `created_before` (epoch ms, half open) is the window to read; it is always
    bounded. Of the ranges, `expires` is in epoch ms and `duration_seconds` in seconds.
    """

    created_from: int
    created_before: int
    expires: Range = Range()
    duration_seconds: Range = Range()
    status: Status | None = None
    first_party: E164 | None = None
    second_party: E164 | None = None
    virtual_number: E164 | None = None
    subaccount_id: str | None = None

    def matches(
        self, summary: SessionSummary, *, now: int, party_key: Callable[[E164], str]
    ) -> bool:
        """Tell if the list shows the session; `party_key` is the hash that the summary holds."""
        return (
            self._matches_times(summary)
            and self.status in {None, summary.status(now)}
            and self.subaccount_id in {None, summary.subaccount_id}
            and self._matches_parties(summary, party_key)
            and (self.virtual_number is None or summary.is_on(self.virtual_number, now))
        )

    def _matches_times(self, summary: SessionSummary) -> bool:
        duration_seconds = (summary.expires_at - summary.created_at) // 1000
        return (
            self.created_from <= summary.created_at < self.created_before
            and summary.expires_at in self.expires
            and duration_seconds in self.duration_seconds
        )

    def _matches_parties(self, summary: SessionSummary, party_key: Callable[[E164], str]) -> bool:
        parties = (
            (self.first_party, summary.first_party_key),
            (self.second_party, summary.second_party_key),
        )
        return all(party is None or party_key(party) == key for party, key in parties)

    def party(self, role: Role) -> E164 | None:
        """The party that is asked for in a role."""
        return self.first_party if role is Role.FIRST else self.second_party

    def without_party(self, role: Role) -> "SessionFilter":
        """The other conditions."""
        if role is Role.FIRST:
            return replace(self, first_party=None)
        return replace(self, second_party=None)

    @property
    def asks_for_creation_alone(self) -> bool:
        """True if every session that was created in the window is shown."""
        return self == SessionFilter(self.created_from, self.created_before)
