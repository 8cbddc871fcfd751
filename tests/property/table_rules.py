"""At every step the table says what the model says: who is in a session, and what leads to it."""

from hypothesis.stateful import invariant

from maskline.domain.calls.route import RouteKind
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role
from maskline.domain.trail import Action
from maskline.store import keys
from maskline.store.sessions.records import session_from_record
from maskline.store.trail import entry_from_record
from tests.property.machine import Machine
from tests.property.promises import ClosedDoor, Promise, Proof, Way
from tests.support.builders import MAIN_ID
from tests.support.opened import opened
from tests.support.service import Record


class TableRules(Machine):
    """The invariants, in the model and in the table."""

    @invariant()
    def no_proof_means_two_sessions(self) -> None:
        """A pair of party and number (I1), a PIN (I2) and an open door (I3) mean one session.

        Pairs and doors mean no other before they have cooled off.
        """
        proofs = [proof for proof, way in self.model.ways() if self.time.now < way.reusable_at]
        assert len(proofs) == len(set(proofs))

    @invariant()
    def the_table_agrees(self) -> None:
        """Live sessions, whatever leads to them, and what is reserved: all there, nothing else.

        Each was created by one entry of the audit trail.
        """
        items, now = self.service.raw_items(), self.time.now
        routes = [one for one in items if one.get("item") == "route" and one["reusable_at"] > now]
        ways = [(proof, way) for proof, way in self.model.ways() if now < way.reusable_at]
        assert sorted(_route_row(opened(one)) for one in routes) == sorted(
            _way_row(*way) for way in ways
        )
        sessions = [
            one for one in items if one.get("item") == "session" and one["expires_at"] > now
        ]
        assert sorted(map(_session_row, sessions)) == sorted(map(_promise_row, self.model.live()))
        entries = [entry_from_record(one) for one in items if one.get("item") == "audit"]
        created = [one.sessions for one in entries if one.action == Action.CREATED]
        assert len(created) == len(set(created))
        assert {keys.session_and_call(one)[:1] for one in sessions} <= set(created)


def _route_row(route: Record) -> list[str]:
    names = ("PK", "SK", "session_uuid", "role", "peer", "caller_id", "expires_at", "reusable_at")
    is_former = "is_former" in route
    return [*(str(route[name]) for name in names), str(is_former)]


def _way_row(proof: Proof, way: Way) -> list[str]:
    return [
        *_key(proof).values(),
        way.promise.session_uuid,
        way.role,
        _stored_peer(way),
        way.caller_id,
        str(way.expires_at),
        str(way.reusable_at),
        str(way.former is not None),
    ]


def _key(proof: Proof) -> keys.Key:
    match proof.kind:
        case RouteKind.PARTY:
            return keys.route(E164(proof.shown), proof.number)
        case RouteKind.PIN:
            return keys.pin_route(proof.number, proof.shown)
        case RouteKind.OPEN:
            return keys.open_route(proof.number)


def _stored_peer(way: Way) -> str:
    """Who called last is kept where the lone party's own phone leads, and nowhere else."""
    is_known = way.kind is RouteKind.PARTY or isinstance(way, ClosedDoor)
    return way.peer if is_known else way.promise.parties[way.role.other]


def pair_row(numbers: dict[E164, E164]) -> tuple[str, list[E164]]:
    """What is remembered of two people, in the order of their own numbers."""
    return keys.pair(MAIN_ID, numbers)["PK"], [numbers[party] for party in sorted(numbers)]


def _session_row(record: Record) -> list[str]:
    session = session_from_record(record)
    former = [(str(one.role), one.number, one.until) for one in session.former_numbers]
    return [
        session.session_uuid,
        *(session.party(role) for role in Role),
        *(record.get(f"{role}_party_list", "") for role in Role),
        *(session.virtual_number(role) for role in Role),
        session.strategy,
        str(session.rungs),
        str(session.expires_at),
        session.last_outsider,
        session.live_call.call_uuid if session.live_call else "",
        *sorted(map(str, former)),
    ]


def _promise_row(promise: Promise) -> list[str]:
    former = [(str(one.role), one.number, one.until) for one in promise.former]
    parties = [promise.parties[role] for role in Role]
    return [
        promise.session_uuid,
        *parties,
        *(keys.party_list(MAIN_ID, party) if party else "" for party in parties),
        *(promise.numbers[role] for role in Role),
        promise.wish.strategy,
        str(promise.wish.given_up),
        str(promise.expires_at),
        promise.last_outsider,
        promise.line.call_uuid if promise.line else "",
        *sorted(map(str, former)),
    ]
