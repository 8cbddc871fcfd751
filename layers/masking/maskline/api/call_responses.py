"""Why a call went where it went, as the API tells it. This is ours: the compatible API has none."""

from maskline.api.call_shapes import CallExplained, RouteObject
from maskline.api.session_responses import time_text
from maskline.domain.decisions import CONNECTION, Decision
from maskline.domain.explanations import Explanation
from maskline.domain.phone_numbers import digits


def call_object(explanation: Explanation, api_id: str) -> CallExplained:
    """The answer to who asks about a call. Of people it holds roles, never a number."""
    decision, aside = explanation.decision, explanation.pushed_aside
    return {
        "api_id": api_id,
        "call_uuid": decision.call_uuid,
        "session_uuid": decision.session_uuid or None,
        "connected": decision.given == CONNECTION,
        "rule": decision.rule.value,
        "explanation": explanation.text,
        "decided_time": time_text(decision.at),
        "given": decision.given or None,
        "caller": _caller(decision),
        "role": decision.role.value if decision.role else None,
        "virtual_number": digits(decision.virtual_number),
        "caller_id": digits(decision.caller_id),
        "route": _route(decision),
        "pin_attempts": decision.pin_attempts,
        "other_call_uuid": aside.call_uuid if aside else decision.other_call_uuid or None,
        "takeover": aside.because.value if aside else None,
    }


def _caller(decision: Decision) -> str:
    """By what the phone is known that called, or was called by us."""
    if decision.is_own_phone and decision.role:
        return f"{decision.role}_party"
    return "withheld" if decision.is_withheld else "unknown"


def _route(decision: Decision) -> RouteObject | None:
    if decision.kind is None or decision.route_expires_at is None:
        return None
    return {
        "kind": decision.kind.value,
        "former_number": decision.is_former_number,
        "expiry_time": time_text(decision.route_expires_at),
    }
