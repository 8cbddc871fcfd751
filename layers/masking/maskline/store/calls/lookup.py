"""The read that answers a call: who dialled which number, and where that leads."""

from dataclasses import dataclass, replace

from maskline.domain.calls.route import Route
from maskline.domain.numbers.pool import VirtualNumber
from maskline.domain.phone_numbers import E164, CallerId
from maskline.store import keys, table
from maskline.store.numbers.records import number_from_record
from maskline.store.sessions.route_records import is_owned, owned_route, route_from_record


@dataclass(frozen=True, slots=True)
class DialledFacts:
    """The stored facts about a call coming in: the number, the caller's route, the open door.

    A number that is in no pool has neither. `shown` is the one of two readings that has a route
    there, if one has.
    """

    shown: CallerId
    number: VirtualNumber | None = None
    route: Route | None = None
    door: Route | None = None


def read_dialled(shown: CallerId, dialled: E164 | None) -> DialledFacts:
    """Everything that answering needs, in one strongly consistent read round.

    Whoever has a route that leads nowhere is no stranger: no door is open to them. Nor is it to
    digits that may be either of two callers who have one, and it does not guess.
    """
    if dialled is None:
        return DialledFacts(shown)
    wanted = [keys.number(dialled), keys.open_route(dialled)]
    wanted += [keys.route(number, dialled) for number in shown.readings()]
    number, door, *routes = table.get_each(wanted)
    facts = DialledFacts(shown, number_from_record(number) if number else None)
    own = [
        (reading, route)
        for reading, route in zip(shown.readings(), routes, strict=True)
        if is_owned(route, number)
    ]
    if len(own) > 1:
        return replace(facts, shown=CallerId(None))
    if own:
        [(reading, route)] = own
        facts = replace(facts, shown=shown.preferring(reading), route=owned_route(route, number))
        if not facts.route:
            return facts
    return replace(facts, door=owned_route(door, number))


def read_peer(route: Route) -> E164:
    """Read whom a party's own route leads to now, strongly consistent; "" if it is no more."""
    record = table.get(keys.route(route.party, route.virtual_number))
    is_theirs = record is not None and record["session_uuid"] == route.session_uuid
    own = route_from_record(record) if record and is_theirs else None
    return own.peer if own else E164("")
