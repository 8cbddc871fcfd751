"""What becomes of a phone that reaches the lone party of a single-party session.

The others do not wait for the numbering plan to be loaded.
"""

from maskline.domain.phone_numbers import E164
from maskline.domain.routing import Route
from maskline.observability import logger


def believed(phone: E164 | None, route: Route) -> E164 | None:
    """The phone that calls, None for digits that cannot be one: nobody could call it back."""
    if phone is None or route.call_back is None:
        return phone
    from maskline.domain.numbering_plan import is_possible

    return phone if is_possible(phone) else None


def may_be_called_back(phone: E164 | None, route: Route, call_uuid: str) -> bool:
    """Whether the lone party may call whoever reaches it: a missed call can be bait."""
    if phone is None or route.call_back is None:
        return True
    from maskline.domain.numbering_plan import objection

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
