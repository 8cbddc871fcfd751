"""The read that answers a call: who dialled which number, and where that leads."""

from dataclasses import dataclass

from maskline.domain.numbers import VirtualNumber
from maskline.domain.phone_numbers import E164
from maskline.domain.routing import Route
from maskline.store import keys, table
from maskline.store.number_records import number_from_record
from maskline.store.route_records import is_owned, owned_route, route_from_record


@dataclass(frozen=True, slots=True)
class DialledFacts:
    """What is stored about a call coming in: the number, the caller's route, the open door.

    A number that is in no pool has neither.
    """

    number: VirtualNumber | None = None
    route: Route | None = None
    door: Route | None = None


def read_dialled(caller: E164 | None, dialled: E164 | None) -> DialledFacts:
    """Everything that answering needs, in one strongly consistent read round.

    Whoever has a route that leads nowhere is no stranger: no door is open to them.
    """
    if dialled is None:
        return DialledFacts()
    wanted = [keys.number(dialled), keys.open_route(dialled)]
    if caller is not None:
        wanted.append(keys.route(caller, dialled))
    number, door, own = [*table.get_each(wanted), None][:3]
    route = owned_route(own, number)
    if is_owned(own, number) and not route:
        door = None
    return DialledFacts(
        number_from_record(number) if number else None,
        route,
        door=owned_route(door, number),
    )


def read_peer(route: Route) -> E164:
    """Whom a party's own route leads to now, strongly consistent; "" if it is no more."""
    record = table.get(keys.route(route.party, route.virtual_number))
    is_theirs = record is not None and record["session_uuid"] == route.session_uuid
    own = route_from_record(record) if record and is_theirs else None
    return own.peer if own else E164("")
