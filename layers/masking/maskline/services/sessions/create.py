"""Creating a session: choose free numbers and claim them, whoever else is choosing at the time."""

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from maskline import clock
from maskline.domain.accounts import Client
from maskline.domain.allocation.choice import Allocation, Demand
from maskline.domain.allocation.ladder import rung_of
from maskline.domain.calls.route import Route
from maskline.domain.errors import ContentionError, IdempotencyConflictError, PoolExhaustedError
from maskline.domain.numbers.destinations import Destinations
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.request import IdempotencyKey, SessionRequest
from maskline.domain.sessions.session import Role, Session
from maskline.domain.trail import Action, done, seen
from maskline.observability import logger
from maskline.services.accounts.carrier_credentials import require_own_carrier
from maskline.services.limits import deployed_call_limits, require_within_rate
from maskline.services.sessions.callable import Named, destinations_of, require_callable
from maskline.services.sessions.draw_pins import draw_pins
from maskline.services.sessions.held_numbers import is_redrawable
from maskline.services.sessions.number_search import NumberSearch
from maskline.services.trail import note_read
from maskline.store import keys, table, trail
from maskline.store.calls import orders as call_orders
from maskline.store.pauses import MAX_ATTEMPTS, pause_before_retry
from maskline.store.sessions import idempotency as idempotent_creates
from maskline.store.sessions import last_numbers, sessions

# A number on which so many drawn PINs are taken is left for the next; in all, the bound is ours.
_DRAWS_PER_NUMBER = 20
_MAX_DRAWS = 500
# About as long as a transaction takes, that of another create that claims the same pair.
_CLAIM_LASTS_MS = 100


@dataclass(frozen=True, slots=True)
class Created:
    """A session as it was created, and the id of the API request that created it."""

    session: Session
    api_id: str


def create_session(
    client: Client, request: SessionRequest, *, idempotency: IdempotencyKey | None
) -> Created:
    """Create a session, or return what the same idempotency key created before.

    Raises InvalidParameterError for a carrier that the account has no credentials for and for a
    party whom it may not call, PoolExhaustedError only if at one moment every allowed number was
    taken for a party, TooManyCreatesError, IdempotencyConflictError, and ContentionError when our
    bounded retries run out.
    """
    creation = _Creation(client, request, idempotency)
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
        "session created",
        event="session_created",
        session_uuid=created.session.session_uuid,
        rung=rung_of(created.session),
        free_numbers=creation.free_numbers_beside(created.session),
    )
    return created


class _Creation:
    """One request's attempts. The uuid is drawn once, so that a repeated write finds itself."""

    def __init__(
        self,
        client: Client,
        request: SessionRequest,
        idempotency: IdempotencyKey | None,
    ) -> None:
        self._client = client
        self._request = request
        self._api_id = client.origin.request_id
        self._idempotency = idempotency
        self._session_uuid = str(uuid.uuid4())
        self._taken_draws: Counter[E164] = Counter()
        self._met: set[tuple[Role, E164]] = set()

    def find_replay(self) -> Created | None:
        """Return what this idempotency key created before, if anything."""
        if self._idempotency is None:
            return None
        scope = self._client.path_id
        stored = idempotent_creates.get_request(scope, self._idempotency.key, clock.now_ms())
        return self._replayed(stored) if stored else None

    def run(self) -> Created:
        """Attempt until written, refused on proof, or out of bounds."""
        require_own_carrier(self._client, self._request.terms.carrier)
        self._destinations = self._require_callable()
        require_within_rate(self._client.account, clock.now_ms())
        self._search = NumberSearch(self._client, self._request)
        for attempt in range(MAX_ATTEMPTS):
            created = self._attempt()
            if created:
                return created
            pause_before_retry(attempt)
        raise ContentionError("other creates kept winning")

    def _require_callable(self) -> Destinations:
        """Return the destinations that may be called. Raises if a party is in none of them."""
        request = self._request
        destinations = destinations_of(self._client.account, request.subaccount_id)
        for role in Role:
            named = Named(role, request.party(role), has_plus=role not in request.without_plus)
            require_callable(self._client.account, named, destinations)
        return destinations

    def free_numbers_beside(self, session: Session) -> int:
        """Count what its tighter party could still be given, by what this request has read."""
        return self._search.free_numbers_beside(session)

    def _attempt(self) -> Created | None:
        """Claim candidate after candidate; None where a pause is due before the next try.

        Every candidate that turns out to be taken is remembered as held, so each is tried once.
        """
        for _ in range(2 * len(self._search.numbers) + 1):
            now = clock.now_ms()
            found = self._search.find(now)
            if found is None:
                return None
            session = self._session(*found, now)
            try:
                return self._write(session)
            except table.ConflictError as error:
                if not self._step_aside(session, error.contended):
                    return None
            except table.ConditionFailedError as error:
                answered = self._learn(session, error.failed)
                if answered:
                    return answered
        return None

    def _step_aside(self, session: Session, contended: Collection[table.Place]) -> bool:
        """True if only pairs that other creates claim at the moment stand in the way.

        These pairs count as taken for as long as a transaction takes, and the next number is tried:
        a wait would collide again, since first fit picks the same number. If a pair collides twice,
        the create pauses.
        """
        routes = sessions.routes_by_place(session)
        claimed = [routes[one] for one in contended if one in routes]
        met = {(wanted.role, wanted.virtual_number) for wanted in claimed}
        if not claimed or len(claimed) < len(contended) or met & self._met:
            self._met.clear()
            return False
        self._met |= met
        until = clock.now_ms() + _CLAIM_LASTS_MS
        for wanted in claimed:
            self._search.learn(wanted, {"session_uuid": "", "reusable_at": until})
        return True

    def _session(self, allocation: Allocation, demand: Demand, now: int) -> Session:
        request = self._request
        return Session(
            session_uuid=self._session_uuid,
            account_id=self._client.owner_id,
            subaccount_id=request.subaccount_id,
            first_party=request.first_party,
            second_party=request.second_party,
            first_virtual_number=allocation.first.number,
            second_virtual_number=allocation.second.number,
            strategy=demand.strategy,
            carrier=allocation.first.carrier,
            settings=request.settings,
            terms=draw_pins(request.terms),
            created_at=now,
            modified_at=now,
            expires_at=now + request.settings.session_expiry_seconds * 1000,
            rungs=demand.rungs,
            call_limits=self._client.account.limits.calls(deployed_call_limits()),
            call_back=self._destinations if request.terms.is_single_party else None,
            request_hash=idempotent_creates.key_hash(self._idempotency)
            if self._idempotency
            else "",
        )

    def _write(self, session: Session) -> Created:
        actions = sessions.creation_actions(session)
        if self._idempotency:
            scope = self._client.path_id
            actions.append(
                idempotent_creates.remember_action(scope, self._idempotency, self._api_id, session)
            )
        actions += call_orders.creation_actions(session)
        actions += last_numbers.memory_actions(session)
        actions.append(trail.entry_action(done(self._client, Action.CREATED, session)))
        table.transact(actions)
        return Created(session, self._api_id)

    def _learn(
        self, session: Session, failed: Mapping[table.Place, table.Record | None]
    ) -> Created | None:
        """Learn what stood in the way: our own earlier write, the key's first use, taken pairs."""
        if table.place(keys.session(session.session_uuid)) in failed:
            return self._found_written()
        remembered = self._idempotency and failed.get(self._request_place(self._idempotency))
        if remembered:
            return self._replayed(idempotent_creates.request_from_record(remembered))
        for place, wanted in sessions.routes_by_place(session).items():
            found = failed.get(place)
            if found and not self._is_drawn_again(wanted):
                self._search.learn(wanted, found)
        return None

    def _request_place(self, idempotency: IdempotencyKey) -> table.Place:
        return table.place(keys.request(self._client.path_id, idempotency.key))

    def _is_drawn_again(self, wanted: Route) -> bool:
        """Tell if another PIN is tried where this one is taken. Raises ContentionError."""
        if not is_redrawable(wanted, self._request):
            return False
        self._taken_draws[wanted.virtual_number] += 1
        if self._taken_draws.total() > _MAX_DRAWS:
            raise ContentionError("no free PIN was drawn")
        return self._taken_draws[wanted.virtual_number] % _DRAWS_PER_NUMBER != 0

    def _found_written(self) -> Created:
        """An earlier attempt of ours was applied though its answer was lost."""
        session = sessions.get_session(self._session_uuid)
        if session is None:
            raise ContentionError("a session of this request came and went")
        return Created(session, self._api_id)

    def _replayed(self, stored: idempotent_creates.StoredRequest) -> Created:
        if self._idempotency and stored.fingerprint != self._idempotency.fingerprint:
            raise IdempotencyConflictError("Idempotency-Key was used with another request")
        note_read(seen(self._client, Action.REPEATED, [stored.session.session_uuid]))
        return Created(stored.session, stored.api_id)
