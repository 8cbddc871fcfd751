"""The shape of the answer to why a call went where it went; see `shapes`."""

from typing import Annotated

from maskline.api.shapes import Answer, Digits, Keyword, Time
from maskline.domain.decisions import Rule
from maskline.domain.explanations import Takeover
from maskline.domain.sessions import Role

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
