"""The search for free numbers: what is known of them, and when nothing is free, the proof."""

from functools import partial

from maskline import clock
from maskline.domain.accounts import Account, Client
from maskline.domain.allocation.choice import (
    Allocation,
    Demand,
    Holdings,
    LastNumbers,
    candidates_for,
    choose_numbers,
    count_free,
    reason_if_taken,
)
from maskline.domain.allocation.ladder import demands_down, offers_for
from maskline.domain.calls.route import Route
from maskline.domain.errors import NoSuitableNumberError, PoolExhaustedError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.request import SessionRequest
from maskline.domain.sessions.session import Role, Session
from maskline.observability import logger
from maskline.services.sessions.doors import Neighbours
from maskline.services.sessions.held_numbers import HeldNumbers, demand_of
from maskline.store import table
from maskline.store.accounts import accounts
from maskline.store.numbers import pool as numbers
from maskline.store.sessions import last_numbers


class NumberSearch:
    """One request's search. It comes down the session's ladder only on proof."""

    def __init__(self, client: Client, request: SessionRequest) -> None:
        """Read the pool and what the parties hold of it.

        Raises NoSuitableNumberError if the rules leave no number.
        """
        self._client = client
        self._request = request
        self._demands = demands_down(demand_of(request), request.terms.on_exhaustion)
        self._read_pool(client.account)
        self._held, self._last = self._read_first()
        self._neighbours = Neighbours(client.owner_id, request, clock.now_ms())

    @property
    def numbers(self) -> tuple[E164, ...]:
        """Every number that the session may get on some rung."""
        every = (number for _, candidates in self._offers for number in candidates.all)
        return tuple(dict.fromkeys(every))

    def find(self, now: int) -> tuple[Allocation, Demand] | None:
        """Free numbers by what is known, and the demand that they meet; None to learn anew.

        Raises PoolExhaustedError on proof that every rung's numbers were taken at one moment.
        """
        return self._fit(now) or self._find_on_proof()

    def learn(self, wanted: Route, found: table.Record) -> None:
        """A claim failed: `found` stands where the `wanted` route was to be."""
        self._held.learn(wanted, found)

    def free_numbers_beside(self, session: Session) -> int:
        """Count the numbers that the session's tighter party could still be given on its rung."""
        return count_free(self._candidates, self._held.at(clock.now_ms()), session)

    def _read_pool(self, account: Account) -> None:
        """Begin at the top of what the pool has."""
        pool = numbers.get_pool(account)
        if_taken = reason_if_taken(pool, self._demands[0])
        self._offers, self._refusal = offers_for(
            self._demands, partial(candidates_for, pool), if_taken=if_taken
        )
        self._demand, self._candidates = self._offers[0]

    def _read_first(self) -> tuple[HeldNumbers, LastNumbers]:
        """Read what is held of the first rung; lower rungs are read only when they are needed."""
        request, wanted = self._request, self._candidates.all
        parties = {role: request.party(role) for role in Role}
        if not request.terms.is_sticky or not all(parties.values()):
            return HeldNumbers.read(request, wanted), {}
        owner = request.subaccount_id or self._client.owner_id
        return HeldNumbers.read_beside(
            request, wanted, lambda: last_numbers.read_last_numbers(owner, parties, clock.now_ms())
        )

    def _fit(self, now: int) -> tuple[Allocation, Demand] | None:
        chosen = self._neighbours.apart(
            self._choose, self._held.at(now), numbers_of=lambda found: found.numbers
        )
        return (chosen, self._demand) if chosen else None

    def _choose(self, holdings: Holdings) -> Allocation | None:
        try:
            return choose_numbers(
                self._candidates, holdings, self._demand.strategy, last=self._last
            )
        except PoolExhaustedError:
            return None

    def _find_on_proof(self) -> tuple[Allocation, Demand] | None:
        """Refuse, or leave a rung, only on proof: two reads in a row found it taken.

        What both found unchanged held at the moment between. The two parties' rows are not read at
        one instant, so a single read proves nothing; nor does a pool that changed meanwhile.
        """
        account = current_account(self._client)
        self._read_pool(account)
        before = HeldNumbers.read(self._request, self.numbers)
        between = clock.now_ms()
        self._held = HeldNumbers.read(self._request, self.numbers)
        unchanged = self._held.unchanged_since(before).at(between)
        for offer in self._offers:
            self._demand, self._candidates = offer
            if self._choose(unchanged):
                return self._fit(between)
            if offer is self._offers[0] and has_other_pool(self._client, account):
                return None
        raise exhausted(self._refusal, pool_size=len(self.numbers))


def current_account(client: Client) -> Account:
    """The client's main account, with its pool version, as it is now."""
    return accounts.get_account(client.owner_id) or client.account


def has_other_pool(client: Client, account: Account) -> bool:
    """Tell if the pool changed since the account was read."""
    return current_account(client).pool_version != account.pool_version


def exhausted(refusal: str, *, pool_size: int) -> PoolExhaustedError:
    """The refusal of a request on proof, which the operator is told of."""
    logger.warning("pool exhausted", event="pool_exhausted", pool_size=pool_size, free_numbers=0)
    return PoolExhaustedError(refusal) if pool_size else NoSuitableNumberError(refusal)
