"""Checks of a call at the carrier: it must have gone as the step says."""

from local.phone.steps import SimulatedCall
from tools.smoke.report import FailedError

# Written apart from the layer, as who calls hears it.
_NOT_CONNECTED = "This number does not connect your call."


def require_connected(call: SimulatedCall, *, to: str, caller_id: str) -> None:
    """Raise FailedError unless that phone was put through, and saw that number."""
    _require_taken(call)
    if call.leg is None or not call.is_connected:
        raise FailedError("The call was not connected.")
    if call.leg.to != to:
        raise FailedError("The call was connected to somebody else.")
    if call.leg.caller_id != caller_id:
        raise FailedError("The other party does not see the virtual number.")


def require_turned_away(call: SimulatedCall) -> None:
    """Raise FailedError unless nobody was dialled and the caller was told so."""
    _require_taken(call)
    if call.legs:
        raise FailedError("The call was connected.")
    if not " ".join(call.heard).startswith(_NOT_CONNECTED):
        raise FailedError("The caller heard another sentence than who is not connected.")


def _require_taken(call: SimulatedCall) -> None:
    failed = [one for one in call.deliveries if one.status != 200]
    if failed:
        raise FailedError(f"The {failed[0].webhook.kind} webhook was answered {failed[0].status}.")
