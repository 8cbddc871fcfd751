"""The explanation of a call, as the API shows it. This is ours: the compatible API has none."""

from maskline.api.call_shapes import CallExplained
from maskline.api.session_responses import time_text
from maskline.domain.explanations import Explanation
from maskline.domain.phone_numbers import digits


def call_object(explanation: Explanation, api_id: str) -> CallExplained:
    """The answer to who asks about a call. Of people it holds roles, never a number."""
    decision, aside = explanation.decision, explanation.pushed_aside
    return {
        "api_id": api_id,
        "call_uuid": decision.call_uuid,
        "session_uuid": decision.session_uuid or None,
        "connected": decision.is_connected,
        "rule": decision.rule.value,
        "explanation": explanation.text,
        "decided_time": time_text(decision.at),
        "role": decision.role.value if decision.role else None,
        "virtual_number": digits(explanation.virtual_number),
        "other_call_uuid": aside.call_uuid if aside else decision.other_call_uuid or None,
        "takeover": aside.because.value if aside else None,
    }
