"""The API's answer to why a call went where it went. It is ours: the compatible API has none."""

from typing import Annotated

from maskline.api.sessions.response import time_text
from maskline.api.shapes import Answer, Digits, Keyword, Time
from maskline.domain.phone_numbers import digits
from maskline.domain.sessions.session import Role
from maskline.domain.why.decision import Rule
from maskline.domain.why.explanation import Explanation, Takeover

RuleText = Annotated[str, Keyword(enum=tuple(Rule))]


class CallExplained(Answer):
    """`call_uuid` is the caller's leg, whichever was asked for."""

    call_uuid: str
    session_uuid: str | None
    connected: bool
    rule: RuleText
    explanation: str
    decided_time: Time
    role: Annotated[str, Keyword(enum=tuple(Role))] | None
    virtual_number: Digits
    other_call_uuid: str | None
    takeover: Annotated[str, Keyword(enum=tuple(Takeover))] | None


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
