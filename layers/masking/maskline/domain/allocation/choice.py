"""Choose a new session's virtual numbers: pure first fit over facts that the store has read.

People are vertices, live sessions edges, numbers colours. Under `shared` an edge needs a colour
free at both ends (greedy: at most 2k-1 numbers for k sessions of the busiest person). Under
`per_party` each end takes a colour of its own, so k numbers always do.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from maskline.domain.errors import NoSuitableNumberError, PoolExhaustedError
from maskline.domain.numbers.pool import VirtualNumber, pool_for
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.request import SessionRequest
from maskline.domain.sessions.session import Role, Rung, Session, Strategy

# The numbers that the same two people had last time, by the roles that they have now.
LastNumbers = Mapping[Role, E164]

EXHAUSTED = "Number pool exhausted or not available"


@dataclass(frozen=True, slots=True)
class Demand:
    """A session's wishes of the pool. A country is ISO alpha-2; it and `carrier` are "" for any.

    `door` is the role that anybody has who dials its number, None if there is no such role; `rungs`
    of the session's ladder led down to these wishes.
    """

    subaccount_id: str
    strategy: Strategy
    countries: Mapping[Role, str]
    door: Role | None = None
    carrier: str = ""
    rungs: tuple[Rung, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """The numbers that each role may dial, in pool order. Under `shared` they are the same.

    Doors come from the far end of the pool: there they meet the fewest other sessions.
    """

    first: Sequence[VirtualNumber]
    second: Sequence[VirtualNumber]

    @property
    def all(self) -> tuple[E164, ...]:
        """Every number of either, once."""
        return tuple(dict.fromkeys(one.number for one in (*self.first, *self.second)))

    def carrier_of(self, numbers: Collection[E164]) -> str:
        """The carrier of numbers that were chosen together, "" for none."""
        every = (*self.first, *self.second)
        return next((one.carrier for one in every if one.number in numbers), "")


@dataclass(frozen=True, slots=True)
class Holdings:
    """The numbers that each role cannot be given now."""

    first: Collection[E164]
    second: Collection[E164]

    def and_also(self, numbers: Mapping[Role, E164]) -> "Holdings":
        """With one more number for some roles."""
        added = {role: {numbers[role]} if role in numbers else set() for role in Role}
        return Holdings({*self.first, *added[Role.FIRST]}, {*self.second, *added[Role.SECOND]})


@dataclass(frozen=True, slots=True)
class Allocation:
    """The numbers for a session: the one the first party dials, and the second party's."""

    first: VirtualNumber
    second: VirtualNumber

    @property
    def numbers(self) -> dict[Role, E164]:
        """The number of each role."""
        return {Role.FIRST: self.first.number, Role.SECOND: self.second.number}


def door_role(wanted: Session | SessionRequest) -> Role | None:
    """The role that nobody has and that no PIN proves: whoever dials its number has it."""
    missing = (role for role in Role if not wanted.party(role))
    return next(missing, None) if wanted.terms.pin is None else None


def candidates_for(numbers: Iterable[VirtualNumber], demand: Demand) -> Candidates:
    """The numbers that the rules leave.

    Raises NoSuitableNumberError, naming a rule that leaves none.
    """
    pool = pool_for(numbers, demand.subaccount_id)
    if not pool and demand.subaccount_id:
        raise NoSuitableNumberError(f"{EXHAUSTED}: the subaccount has no number")
    every, pool = pool, [one for one in pool if demand.carrier in {"", one.carrier}]
    if every and not pool:
        raise NoSuitableNumberError(f"{EXHAUSTED}: carrier leaves no number")
    first, second = (_in_order(pool, demand, role) for role in Role)
    if demand.strategy is Strategy.SHARED:
        first = second = _in_order(pool, demand, demand.door or Role.FIRST)
    for name, left in (("first_party", first), ("second_party", second)):
        if pool and not left:
            raise NoSuitableNumberError(f"{EXHAUSTED}: geomatch leaves no number for {name}")
    return Candidates(first, second)


def reason_if_taken(numbers: Iterable[VirtualNumber], demand: Demand) -> str:
    """The refusal of a demand whose numbers are all taken, or that finds none in the pool."""
    is_one_carriers = demand.carrier and pool_for(numbers, demand.subaccount_id)
    return f"{EXHAUSTED}: carrier leaves no free number" if is_one_carriers else EXHAUSTED


def _in_order(pool: Sequence[VirtualNumber], demand: Demand, role: Role) -> list[VirtualNumber]:
    found = _of_country(pool, demand.countries[role])
    return found[::-1] if role is demand.door else found


def _of_country(pool: Sequence[VirtualNumber], country: str) -> list[VirtualNumber]:
    return [number for number in pool if country in {"", number.country}]


def numbers_for_missing(
    numbers: Iterable[VirtualNumber], session: Session, role: Role, *, country: str
) -> tuple[E164, ...]:
    """The numbers that whoever is added to a single-party session may dial, best first.

    First the one that outsiders dial, even if it takes no new sessions any more: it belongs to this
    one. Raises NoSuitableNumberError if the rules leave none.
    """
    known = session.virtual_number(role)
    if session.strategy is Strategy.SHARED:
        return (known,)
    every = list(numbers)
    own = [number for number in every if number.number == known]
    pool = pool_for(every, session.subaccount_id)
    reachable = [number for number in (*own, *pool) if number.carrier == session.carrier]
    left = _of_country(reachable, country)
    if reachable and not left:
        raise NoSuitableNumberError(f"{EXHAUSTED}: geomatch leaves no number for {role}_party")
    return tuple(dict.fromkeys(number.number for number in left))


def choose_numbers(
    candidates: Candidates,
    holdings: Holdings,
    strategy: Strategy,
    *,
    last: LastNumbers | None = None,
) -> Allocation:
    """First fit, which a sticky session tries among its `last` numbers before all others.

    Raises PoolExhaustedError if nothing fits.
    """
    kept = _kept(candidates, last, strategy) if last else ()
    for part in (*kept, candidates):
        chosen = (
            _choose_shared(part.first, holdings)
            if strategy is Strategy.SHARED
            else _choose_per_party(part, holdings)
        )
        if chosen:
            return chosen
    raise PoolExhaustedError(EXHAUSTED)


def _kept(candidates: Candidates, last: LastNumbers, strategy: Strategy) -> Iterator[Candidates]:
    """The candidates that keep most of last time's numbers, then those that keep less.

    A number that either party knows will do for both where they are to share one.
    """
    first = [number for number in candidates.first if number.number == last[Role.FIRST]]
    second = [number for number in candidates.second if number.number == last[Role.SECOND]]
    if strategy is Strategy.SHARED:
        yield Candidates((*first, *second), ())
        return
    yield Candidates(first, second)
    yield Candidates(first, candidates.second)
    yield Candidates(candidates.first, second)


def _choose_shared(pool: Sequence[VirtualNumber], holdings: Holdings) -> Allocation | None:
    for number in pool:
        if number.number not in holdings.first and number.number not in holdings.second:
            return Allocation(number, number)
    return None


def _choose_per_party(candidates: Candidates, holdings: Holdings) -> Allocation | None:
    """Both numbers must belong to one carrier: it is one carrier that bridges the two legs."""
    for carrier in dict.fromkeys(number.carrier for number in candidates.first):
        first = first_free(candidates.first, carrier, holdings.first)
        second = first_free(candidates.second, carrier, holdings.second)
        if first and second:
            return Allocation(first, second)
    return None


def count_free(candidates: Candidates, holdings: Holdings, session: Session) -> int:
    """Count the numbers that the tighter party of a session could still be given beside it."""
    roles = (
        (candidates.first, holdings.first, session.first_virtual_number),
        (candidates.second, holdings.second, session.second_virtual_number),
    )
    return min(
        sum(one.number not in held and one.number != own for one in pool)
        for pool, held, own in roles
    )


def first_free(
    pool: Sequence[VirtualNumber], carrier: str, held: Collection[E164]
) -> VirtualNumber | None:
    """The first number of a carrier that is not held."""
    own = (number for number in pool if number.carrier == carrier)
    return next((number for number in own if number.number not in held), None)
