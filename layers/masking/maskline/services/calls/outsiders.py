"""Read a stranger's number, and treat one who reaches the lone party of a single-party session.

The others do not wait for the numbering plan to be loaded.
"""

from maskline.domain.calls.route import Route
from maskline.domain.phone_numbers import E164, CallerId
from maskline.observability import logger


def told_apart(caller: CallerId) -> CallerId:
    """A caller with one reading: the only one that is assigned, none if two are.

    No party of the dialled number says which is right.
    """
    if not caller.otherwise:
        return caller
    from maskline.domain.numbers.numbering_plan import is_assigned

    assigned = [number for number in caller.readings() if is_assigned(number)]
    return CallerId(None if len(assigned) > 1 else next(iter(assigned), caller.number))


def believed(caller: CallerId, route: Route) -> CallerId:
    """The caller, without digits that cannot be a number: nobody could call it back."""
    phone = caller.number
    if phone is None or route.call_back is None:
        return caller
    from maskline.domain.numbers.numbering_plan import is_possible

    return caller if is_possible(phone) else CallerId(None)


def may_be_called_back(phone: E164 | None, route: Route, call_uuid: str) -> bool:
    """Tell if the lone party may call whoever reaches it: a missed call can be bait."""
    if phone is None or route.call_back is None:
        return True
    from maskline.domain.numbers.numbering_plan import objection

    found = objection(phone, route.call_back)
    if found:
        logger.warning(
            "the caller cannot be called back",
            event="destination_refused",
            field="outsider",
            reason=found.name.lower(),
            call_uuid=call_uuid,
            session_uuid=route.session_uuid,
        )
    return found is None
