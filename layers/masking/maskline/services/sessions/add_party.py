"""Adding the missing party to a single-party session: a claim like a create's, within an update."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from maskline import clock
from maskline.domain.accounts import Account, Client
from maskline.domain.allocation.choice import Demand, Holdings, numbers_for_missing
from maskline.domain.allocation.ladder import demands_down, offers_for
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role, Session, joined, without_former
from maskline.observability import logger
from maskline.services.sessions.callable import Named, destinations_of, require_callable
from maskline.services.sessions.doors import Neighbours
from maskline.services.sessions.held_numbers import demand_of, either_held, held_by_others, taken_at
from maskline.services.sessions.number_search import current_account, exhausted, has_other_pool
from maskline.store import table
from maskline.store.numbers import pool as numbers
from maskline.store.sessions import last_numbers, sessions
from maskline.store.sessions.sessions import Held

Numbers = tuple[E164, ...]
Offer = tuple[Demand, Numbers]
# Of a session as it was and as it is written.
EntryOf = Callable[[Session, Session], table.Item]


@dataclass(frozen=True, slots=True)
class Addition:
    """Somebody for the role that a session misses; `has_plus` as the client wrote the number."""

    session: Session
    role: Role
    party: E164
    has_plus: bool = True

    @property
    def complete(self) -> Session:
        """The session with the party on the number that outsiders dial."""
        number = self.session.virtual_number(self.role)
        return joined(self.session, self.role, self.party, virtual_number=number)


def add_party(
    client: Client, addition: Addition, changed: Session, *, entry_of: EntryOf
) -> Session:
    """Write `changed`, which is the addition's session with other settings, with the party added.

    `entry_of` makes the audit entry. Raises InvalidParameterError for somebody whom the account may
    not call, PoolExhaustedError only if at one moment every number that the party could dial, on
    any rung of the session's ladder, was taken for it, and table.ConditionFailedError or
    table.ConflictError where the whole attempt, with all that it read, is to be repeated.
    """
    destinations = destinations_of(client.account, addition.session.subaccount_id)
    named = Named(addition.role, addition.party, addition.has_plus)
    require_callable(client.account, named, destinations)
    now = changed.modified_at
    last = _read_last(addition, now)
    (demand, candidates), *_ = _offers(client.account, addition, last=last)[0]
    taken = taken_at(_read_held(addition, candidates), now)
    if not _free(candidates, taken):
        (demand, candidates), held = _offer_on_proof(client, addition, last=last)
        taken = taken_at(held, now)
    number = _apart_from_doors(addition, _free(candidates, taken), now)
    if number is None:
        raise table.ConflictError("a number came free")
    complete = without_former(
        joined(changed, addition.role, addition.party, virtual_number=number), addition.role, taken
    )
    complete = replace(complete, strategy=demand.strategy, rungs=demand.rungs)
    entry = entry_of(addition.session, complete)
    sessions.save_session_and_routes(complete, entry, before=addition.session)
    logger.info(
        "party added", event="party_added", session_uuid=complete.session_uuid, role=addition.role
    )
    return complete


def _read_last(addition: Addition, now: int) -> E164 | None:
    """The number that the party dialled last time, if the session is sticky and it is known."""
    complete = addition.complete
    if not complete.terms.is_sticky:
        return None
    owner = complete.subaccount_id or complete.account_id
    parties = {role: complete.party(role) for role in Role}
    return last_numbers.read_last_numbers(owner, parties, now).get(addition.role)


def _offers(account: Account, addition: Addition, *, last: E164 | None) -> tuple[list[Offer], str]:
    """Down from the rung that gave the session the number that it has, which stays.

    So does its carrier: no rung could give it up.
    """
    session, role = addition.session, addition.role
    pool = numbers.get_pool(account)

    def candidates(demand: Demand) -> Numbers:
        wanted = replace(session, strategy=demand.strategy)
        found = numbers_for_missing(pool, wanted, role, country=demand.countries[role])
        return tuple(sorted(found, key=lambda number: number != last))

    top = replace(demand_of(addition.complete), carrier="", rungs=session.rungs)
    rest = [rung for rung in session.terms.on_exhaustion if rung not in session.rungs]
    return offers_for(demands_down(top, rest), candidates)


def _read_held(addition: Addition, candidates: Sequence[E164]) -> Held:
    """Read what others hold: the party's own pairs and, on a number new to the session, PINs."""
    held = sessions.read_held_by_party(addition.party)
    pins, own = addition.session.terms.pin, addition.session.virtual_number(addition.role)
    others = [number for number in candidates if number != own]
    if pins is None or not others:
        return held
    by_pin = sessions.read_pins(others, pins.pin(addition.role))
    # The session's own PIN, on a number that it was moved off, stands in nobody's way.
    return either_held(held, held_by_others(by_pin, addition.session.session_uuid))


def _free(candidates: Numbers, taken: Collection[E164]) -> Numbers:
    return tuple(one for one in candidates if one not in taken)


def _apart_from_doors(addition: Addition, free: Numbers, now: int) -> E164 | None:
    """The first number where nobody minds the session."""
    neighbours = Neighbours(addition.session.account_id, addition.complete, now)

    def choose(minded: Holdings) -> E164 | None:
        return next((one for one in free if one not in minded.first), None)

    nobody = Holdings(frozenset(), frozenset())
    return neighbours.apart(choose, nobody, numbers_of=lambda one: {Role.FIRST: one})


def _offer_on_proof(client: Client, addition: Addition, *, last: E164 | None) -> tuple[Offer, Held]:
    """Return what is left on the ladder, and what is held of it. Only proof leads down.

    What two reads in a row found unchanged was held at the moment between.
    """
    account = current_account(client)
    offers, refusal = _offers(account, addition, last=last)
    # Once each: most numbers are on several rungs, and a read refuses a key that is named twice.
    every = list({number: None for _, candidates in offers for number in candidates})
    before = _read_held(addition, every)
    between = clock.now_ms()
    after = _read_held(addition, every)
    taken = taken_at(dict(before.items() & after.items()), between)
    left = [offer for offer in offers if _free(offer[1], taken)]
    if offers[0] not in left and has_other_pool(client, account):
        raise table.ConflictError("the pool changed")
    if not left:
        raise exhausted(refusal, pool_size=len(every))
    return left[0], after
