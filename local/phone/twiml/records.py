"""The family's words about calls: statuses, causes, instants and prices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from local.phone.legs import Reason

if TYPE_CHECKING:
    from local.phone.api.calls import KeptCall

Params = dict[str, str]
_STATUSES = {"timeout": "no-answer", "cancel": "canceled"}
_CALLER_RATE = Decimal("0.0085")
_CALLEE_RATE = Decimal("0.0140")


@dataclass(frozen=True)
class Cause:
    """The SIP status of a leg's end, and the word for it where a carrier has one."""

    sip: int
    word: str


_CAUSES: Mapping[Reason, Cause] = {
    "hangup": Cause(200, "normal_clearing"),
    "document": Cause(200, "normal_clearing"),
    "limit": Cause(200, "time_limit"),
    "failed": Cause(500, "unspecified"),
    "busy": Cause(486, "user_busy"),
    "rejected": Cause(603, "call_rejected"),
    "no-answer": Cause(480, "no_answer"),
    "timeout": Cause(487, "timeout"),
    "unreachable": Cause(404, "not_found"),
    "loop": Cause(482, "unspecified"),
    "cancel": Cause(487, "originator_cancel"),
}


def cause_of(reason: Reason) -> Cause:
    return _CAUSES[reason]


def word(status: str) -> str:
    """Return the family's word for a status of the telephone network."""
    return _STATUSES.get(status, status)


def written(instant_ms: int | None) -> str | None:
    """An instant as mails have it, which the family's API and webhooks do."""
    if instant_ms is None:
        return None
    return format_datetime(datetime.fromtimestamp(instant_ms / 1000, UTC))


def price(call: "KeptCall") -> str:
    """The price of a leg that is over, for begun minutes: amounts that are paid are negative."""
    rate = _CALLEE_RATE if call.parent else _CALLER_RATE
    return f"{-rate * -(-call.seconds // 60):.5f}"


def call_record(call: "KeptCall", *, is_priced: bool) -> dict[str, Any]:
    """The Call resource of a leg, but for its ids. What is not known yet is null."""
    is_over = not call.is_alive
    has_price = is_over and is_priced and call.answered_ms is not None
    direction = "outbound-dial" if call.parent else "outbound-api" if call.is_placed else "inbound"
    return {
        "from": call.caller,
        "to": call.callee,
        "direction": direction,
        "status": word(call.status),
        "date_created": written(call.started_ms),
        "start_time": written(call.answered_ms or call.started_ms),
        "end_time": written(call.ended_ms),
        "duration": str(call.seconds) if is_over else None,
        "price": price(call) if has_price else None,
        "price_unit": "USD",
    }
