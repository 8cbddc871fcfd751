"""A session as those who were told of it may count on it, in plain Python."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from maskline.carriers import DEFAULT
from maskline.domain.calls.route import RouteKind
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role, Terms
from tests.property.wishes import Wish
from tests.support.builders import virtual
from tests.support.carriers import OTHER

NOBODY = E164("")


@dataclass(frozen=True)
class Proof:
    """What a caller shows on the number that they dial: a phone, a PIN, or nothing at a door."""

    kind: RouteKind
    shown: str
    number: E164


# Whose number a number is, in all of the model; the others are the default carrier's.
OTHERS_NUMBERS = frozenset({virtual(2), virtual(3)})


def carrier_of(number: E164) -> str:
    return OTHER if number in OTHERS_NUMBERS else DEFAULT


@dataclass(frozen=True)
class Former:
    """A number that a role was moved off. Calls to it are connected until `until`, if given."""

    role: Role
    number: E164
    until: int | None


@dataclass(frozen=True)
class Line:
    """The conversation that a session has, at most until `until`."""

    call_uuid: str
    until: int


def says_something(terms: Terms) -> bool:
    """Whether strangers hear something of a session: that they are to enter a PIN, or audio."""
    return terms.pin is not None or bool(terms.unknown_caller_play)


class Parties(Protocol):
    """Who is to be told apart, and by what: a request, or a session that there is."""

    @property
    def terms(self) -> Terms: ...
    def party(self, role: Role) -> E164: ...


def shown_by(parties: Parties, role: Role) -> Iterator[tuple[RouteKind, str]]:
    """By what a role is known, but for a PIN that is still to be drawn."""
    party, pins = parties.party(role), parties.terms.pin
    if party:
        yield RouteKind.PARTY, party
    elif pins is None:
        yield RouteKind.OPEN, ""
    if pins is not None and pins.pin(role):
        yield RouteKind.PIN, pins.pin(role)


@dataclass(eq=False)
class Promise:
    """A session as a client was told of it. The party that nobody is yet is ""."""

    session_uuid: str
    parties: dict[Role, E164]
    numbers: dict[Role, E164]
    wish: Wish
    terms: Terms
    created_at: int
    expires_at: int
    timeout_at: int | None
    former: tuple[Former, ...] = ()
    closed: tuple[tuple[Proof, "ClosedDoor"], ...] = ()
    line: Line | None = None
    last_outsider: E164 = NOBODY

    def party(self, role: Role) -> E164:
        return self.parties[role]

    @property
    def missing_role(self) -> Role | None:
        return next((role for role in Role if not self.parties[role]), None)

    @property
    def lone(self) -> E164:
        """The only party, "" where there are two."""
        return self.parties[self.missing_role.other] if self.missing_role else NOBODY

    @property
    def carrier(self) -> str:
        """The carrier whose numbers it has: one always."""
        [carrier] = {carrier_of(number) for number in self.numbers.values()}
        return carrier

    @property
    def may_be_elsewhere(self) -> bool:
        """Whether a call of it may be with a carrier that it has left."""
        return any(carrier_of(one.number) != self.carrier for one in self.former)

    @property
    def pair(self) -> frozenset[E164]:
        """The two people."""
        return frozenset(self.parties.values())

    @property
    def numbers_by_party(self) -> dict[E164, E164]:
        return {self.parties[role]: self.numbers[role] for role in Role}

    @property
    def cooloff_ms(self) -> int:
        return self.terms.cooloff_seconds * 1000

    @property
    def doors(self) -> list[tuple[Proof, "Way"]]:
        return [one for one in self.entries() if one[1].kind is RouteKind.OPEN]

    def speaks_on(self, number: E164) -> bool:
        """Whether strangers hear the session on a number that it has: not at its own door."""
        return says_something(self.terms) and number not in {one.number for one, _ in self.doors}

    def ways(self) -> Iterator[tuple[Proof, "Way"]]:
        """Everything that leads into the session or did, on the numbers of now and of old."""
        yield from self.entries()
        yield from self.closed

    def entries(self) -> Iterator[tuple[Proof, "Way"]]:
        """What leads into the session as long as it lives, or its number of old works."""
        for role in Role:
            for kind, shown in shown_by(self, role):
                yield Proof(kind, shown, self.numbers[role]), Way(self, kind, role, None)
        for former in self.former:
            for kind, shown in shown_by(self, former.role):
                way = Way(self, kind, former.role, former)
                yield Proof(kind, shown, former.number), way

    def is_busy(self, now: int) -> bool:
        """For whoever calls, the phone that has the line too."""
        return self.line is not None and now < self.line.until

    def move(self, role: Role, number: E164, *, until: int | None) -> None:
        """To another number; the old one goes on working, and one of old may be the current."""
        kept = [one for one in self.former if (one.role, one.number) != (role, number)]
        self.former = (*kept, Former(role, self.numbers[role], until))
        self.numbers[role] = number

    def add(self, person: E164, number: E164, wish: Wish, *, lost: set[E164], now: int) -> None:
        """The missing party comes. On `lost` numbers of old they have another session.

        The doors close, and cool off like those of a session that is over.
        """
        role = self.missing_role
        assert role is not None
        if self.cooloff_ms:
            self.closed = tuple(
                (proof, ClosedDoor(self, way.kind, role, way.former, now, way.caller_id))
                for proof, way in self.doors
            )
        self.wish = wish
        self.parties[role], self.numbers[role] = person, number
        self.former = tuple(
            one for one in self.former if one.role is not role or one.number not in lost | {number}
        )
        self.last_outsider = NOBODY


@dataclass(frozen=True)
class Way:
    """Where a proof leads: whoever gives it is that role of the session, for this call."""

    promise: Promise
    kind: RouteKind
    role: Role
    former: Former | None

    @property
    def expires_at(self) -> int:
        """Until when it connects."""
        if self.former is None or self.former.until is None:
            return self.promise.expires_at
        return min(self.promise.expires_at, self.former.until)

    @property
    def reusable_at(self) -> int:
        """From when the proof may be another session's: people and doors have a cool-off."""
        has_cooloff = self.kind is not RouteKind.PIN
        return self.promise.expires_at + (self.promise.cooloff_ms if has_cooloff else 0)

    @property
    def peer(self) -> E164:
        """Who is dialled: the other party or, as long as there is none, the last outsider."""
        return self.promise.parties[self.role.other] or self.promise.last_outsider

    @property
    def caller_id(self) -> E164:
        """What the peer sees: the number that they dial themselves.

        Of a call to a carrier that the session has left, the last that they dialled there.
        """
        current = self.promise.numbers[self.role.other]
        carrier = carrier_of(self.former.number if self.former else current)
        known = [
            one.number
            for one in self.promise.former
            if one.role is self.role.other and carrier_of(one.number) == carrier
        ]
        return known[-1] if known and carrier != self.promise.carrier else current

    @property
    def is_forced(self) -> bool:
        """Whether even the party's own phone must enter the PIN."""
        pins = self.promise.terms.pin
        return self.kind is RouteKind.PARTY and pins is not None and pins.is_forced


@dataclass(frozen=True)
class ClosedDoor(Way):
    """A door that an added party has closed: it leads nowhere, and nobody else's takes its place.

    It showed the party behind it `shown`.
    """

    closed_at: int
    shown: E164

    @property
    def expires_at(self) -> int:
        return self.closed_at

    @property
    def reusable_at(self) -> int:
        return self.closed_at + self.promise.cooloff_ms

    @property
    def peer(self) -> E164:
        return NOBODY

    @property
    def caller_id(self) -> E164:
        return self.shown
