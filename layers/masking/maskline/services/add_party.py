"""Adding the missing party to a single-party session: a claim like a create's, within an update."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from maskline import clock
from maskline.domain.accounts import Account, Caller
from maskline.domain.allocation import EXHAUSTED, numbers_for_missing
from maskline.domain.errors import PoolExhaustedError
from maskline.domain.numbering_plan import country_of
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Role, Session, joined, without_former
from maskline.observability import logger
from maskline.services.held_numbers import either_held, taken_at
from maskline.store import accounts, numbers, sessions, table
from maskline.store.sessions import Held


@dataclass(frozen=True, slots=True)
class Addition:
    """Somebody for the role that a session misses."""

    session: Session
    role: Role
    party: E164


def add_party(caller: Caller, addition: Addition, changed: Session) -> Session:
    """Write `changed`, which is the addition's session with other settings, with the party added.

    Raises PoolExhaustedError only if at one moment every number that the party could dial was taken
    for it, and table.ConditionFailedError or table.ConflictError where the whole attempt, with all
    that it read, is to be repeated.
    """
    candidates = _candidates(caller.account, addition)
    taken = taken_at(_read_held(addition, candidates), clock.now_ms())
    number = _first_free(candidates, taken)
    if number is None:
        _require_room(caller, addition)
        raise table.ConflictError("a number came free")
    complete = without_former(
        joined(changed, addition.role, addition.party, virtual_number=number), addition.role, taken
    )
    sessions.save_session_and_routes(complete, before=addition.session)
    logger.info(
        "party added", event="party_added", session_uuid=complete.session_uuid, role=addition.role
    )
    return complete


def _candidates(account: Account, addition: Addition) -> tuple[E164, ...]:
    session = addition.session
    country = country_of(addition.party) if session.terms.is_geomatched else ""
    pool = numbers.get_pool(account)
    return numbers_for_missing(pool, session, addition.role, country=country)


def _read_held(addition: Addition, candidates: Sequence[E164]) -> Held:
    """What others hold: the party's own pairs and, on a number that is new to the session, PINs."""
    held = sessions.read_held_by_party(addition.party)
    pins, own = addition.session.terms.pin, addition.session.virtual_number(addition.role)
    others = [number for number in candidates if number != own]
    if pins is None or not others:
        return held
    by_pin = sessions.read_pins(others, pins.pin(addition.role))
    return either_held(held, _without(by_pin, addition.session.session_uuid))


def _without(held: Held, session_uuid: str) -> Held:
    """The session's own PIN, on a number that it was moved off, stands in nobody's way."""
    return {number: holding for number, holding in held.items() if holding[0] != session_uuid}


def _first_free(candidates: Sequence[E164], taken: Collection[E164]) -> E164 | None:
    return next((one for one in candidates if one not in taken), None)


def _require_room(caller: Caller, addition: Addition) -> None:
    """Refuse on proof: what two reads in a row found unchanged was held at the moment between."""
    account = accounts.get_account(caller.owner_id) or caller.account
    candidates = _candidates(account, addition)
    before = _read_held(addition, candidates)
    between = clock.now_ms()
    after = _read_held(addition, candidates)
    unchanged = dict(before.items() & after.items())
    if _first_free(candidates, taken_at(unchanged, between)) is None:
        logger.warning("pool exhausted", event="pool_exhausted", pool_size=len(candidates))
        raise PoolExhaustedError(EXHAUSTED)
