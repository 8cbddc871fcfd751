"""Creating a session: choose free numbers and claim them, whoever else is choosing at the time."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from maskline import clock
from maskline.domain.accounts import Account, Caller
from maskline.domain.allocation import Allocation, Holdings, choose_numbers
from maskline.domain.errors import ContentionError, IdempotencyConflictError, PoolExhaustedError
from maskline.domain.numbers import VirtualNumber, pool_for
from maskline.domain.phone_numbers import E164
from maskline.domain.session_requests import IdempotencyKey, SessionRequest
from maskline.domain.sessions import Session
from maskline.observability import logger
from maskline.services.retrying import MAX_ATTEMPTS, pause_before_retry
from maskline.store import accounts, numbers, requests, sessions, table

_HeldNumbers = Mapping[E164, tuple[str, int]]

# Positions in the creating transaction.
_SESSION, _FIRST_ROUTE, _SECOND_ROUTE, _REQUEST = range(4)


@dataclass(frozen=True, slots=True)
class Created:
    """A session as it was created, and the id of the API request that created it."""

    session: Session
    api_id: str


def create_session(
    caller: Caller, request: SessionRequest, *, api_id: str, idempotency: IdempotencyKey | None
) -> Created:
    """Create a session, or return what the same idempotency key created before.

    Raises PoolExhaustedError only if at one moment every allowed number was taken for a party,
    IdempotencyConflictError, and ContentionError when our bounded retries run out.
    """
    creation = _Creation(caller, request, api_id, idempotency)
    return creation.find_replay() or _created(creation)


def _created(creation: "_Creation") -> Created:
    try:
        created = creation.run()
    except PoolExhaustedError:
        # The same key's first request may have taken the last number while this one looked.
        replay = creation.find_replay()
        if replay is None:
            raise
        return replay
    logger.info(
        "session created", event="session_created", session_uuid=created.session.session_uuid
    )
    return created


class _Creation:
    """One request's attempts. The uuid is drawn once, so that a repeated write finds itself."""

    def __init__(
        self,
        caller: Caller,
        request: SessionRequest,
        api_id: str,
        idempotency: IdempotencyKey | None,
    ) -> None:
        self._caller = caller
        self._request = request
        self._api_id = api_id
        self._idempotency = idempotency
        self._session_uuid = str(uuid.uuid4())
        self._pool: list[VirtualNumber] = []
        self._held: tuple[dict[E164, tuple[str, int]], ...] = ({}, {})

    def find_replay(self) -> Created | None:
        """What this idempotency key created before, if anything."""
        if self._idempotency is None:
            return None
        scope = self._caller.path_id
        stored = requests.get_request(scope, self._idempotency.key, clock.now_ms())
        return self._replayed(stored) if stored else None

    def run(self) -> Created:
        """Attempt until written, refused on proof, or out of bounds."""
        self._pool = self._usable(self._caller.account)
        self._held = self._read_held()
        for attempt in range(MAX_ATTEMPTS):
            created = self._attempt()
            if created:
                return created
            pause_before_retry(attempt)
        raise ContentionError("other creates kept winning")

    def _attempt(self) -> Created | None:
        """Claim candidate after candidate; None where a pause is due before the next try.

        Every candidate that turns out to be taken is remembered as held, so each is tried once.
        """
        for _ in range(2 * len(self._pool) + 1):
            now = clock.now_ms()
            allocation = self._choose(now)
            if allocation is None:
                return None
            try:
                return self._write(self._session(allocation, now))
            except table.ConflictError:
                return None
            except table.ConditionFailedError as error:
                answered = self._learn(error.failed)
            if answered:
                return answered
        return None

    def _usable(self, account: Account) -> list[VirtualNumber]:
        return pool_for(numbers.get_pool(account), self._request.subaccount_id)

    def _read_account(self) -> Account:
        return accounts.get_account(self._caller.owner_id) or self._caller.account

    def _read_held(self) -> tuple[dict[E164, tuple[str, int]], ...]:
        return tuple(
            table.in_parallel(
                lambda: sessions.read_holdings(self._request.first_party),
                lambda: sessions.read_holdings(self._request.second_party),
            )
        )

    def _choose(self, now: int) -> Allocation | None:
        """Free numbers by what is known, or None if that must be learned anew."""
        try:
            return self._first_fit(*self._held, now=now)
        except PoolExhaustedError:
            return self._choose_on_proof()

    def _first_fit(self, first: _HeldNumbers, second: _HeldNumbers, *, now: int) -> Allocation:
        holdings = Holdings(_taken(first, now), _taken(second, now))
        return choose_numbers(self._pool, holdings, self._request.strategy)

    def _choose_on_proof(self) -> Allocation | None:
        """Refuse only on proof: what two reads in a row found unchanged held at the moment between.

        Raises PoolExhaustedError if that alone takes every number of the pool as it was then. The
        two parties' rows are not read at one instant, so a single read proves nothing; nor does a
        pool that changed meanwhile.
        """
        account = self._read_account()
        self._pool = self._usable(account)
        before = self._read_held()
        between = clock.now_ms()
        self._held = self._read_held()
        unchanged = [
            dict(earlier.items() & later.items())
            for earlier, later in zip(before, self._held, strict=True)
        ]
        try:
            self._first_fit(*unchanged, now=between)
        except PoolExhaustedError:
            if self._read_account().pool_version != account.pool_version:
                return None
            logger.warning("pool exhausted", event="pool_exhausted", pool_size=len(self._pool))
            raise
        try:
            return self._first_fit(*self._held, now=between)
        except PoolExhaustedError:
            return None

    def _session(self, allocation: Allocation, now: int) -> Session:
        request = self._request
        return Session(
            session_uuid=self._session_uuid,
            account_id=self._caller.owner_id,
            subaccount_id=request.subaccount_id,
            first_party=request.first_party,
            second_party=request.second_party,
            first_virtual_number=allocation.first.number,
            second_virtual_number=allocation.second.number,
            strategy=request.strategy,
            carrier=allocation.first.carrier,
            settings=request.settings,
            created_at=now,
            modified_at=now,
            expires_at=now + request.settings.session_expiry_seconds * 1000,
        )

    def _write(self, session: Session) -> Created:
        actions = sessions.creation_actions(session)
        if self._idempotency:
            scope = self._caller.path_id
            actions.append(
                requests.remember_action(scope, self._idempotency, self._api_id, session)
            )
        table.transact(actions)
        return Created(session, self._api_id)

    def _learn(self, failed: dict[int, table.Record | None]) -> Created | None:
        """What stood in the way: our own earlier write, the key's first use, or taken pairs."""
        if _SESSION in failed:
            return self._found_written()
        remembered = failed.get(_REQUEST)
        if remembered:
            return self._replayed(requests.request_from_record(remembered))
        for position, held in zip((_FIRST_ROUTE, _SECOND_ROUTE), self._held, strict=True):
            route = failed.get(position)
            if route:
                number = E164(route["virtual_number"])
                held[number] = (route["session_uuid"], route["reusable_at"])
        return None

    def _found_written(self) -> Created:
        """An earlier attempt of ours was applied though its answer was lost."""
        session = sessions.get_session(self._session_uuid)
        if session is None:
            raise ContentionError("a session of this request came and went")
        return Created(session, self._api_id)

    def _replayed(self, stored: requests.StoredRequest) -> Created:
        if self._idempotency and stored.fingerprint != self._idempotency.fingerprint:
            raise IdempotencyConflictError("Idempotency-Key was used with another request")
        return Created(stored.session, stored.api_id)


def _taken(held: _HeldNumbers, now: int) -> frozenset[E164]:
    return frozenset(number for number, (_, reusable_at) in held.items() if now < reusable_at)
