"""The shape of the answer to why a call went where it went; see `shapes`."""

from typing import Annotated

from typing_extensions import TypedDict

from maskline.api.shapes import Answer, Count, Digits, Keyword, Time
from maskline.domain.decisions import GIVEN, Rule
from maskline.domain.explanations import Takeover
from maskline.domain.routing import RouteKind
from maskline.domain.sessions import Role

RuleText = Annotated[str, Keyword(enum=tuple(Rule))]


class RouteObject(TypedDict):
    """What led the caller on, as it was then."""

    kind: Annotated[str, Keyword(enum=tuple(RouteKind))]
    former_number: bool
    expiry_time: Time


class CallExplained(Answer):
    """`call_uuid` is the caller's leg, whichever was asked for."""

    call_uuid: str
    session_uuid: str | None
    connected: bool
    rule: RuleText
    explanation: str
    decided_time: Time
    given: Annotated[str, Keyword(enum=tuple(GIVEN.values()))] | None
    caller: Annotated[str, Keyword(enum=("first_party", "second_party", "unknown", "withheld"))]
    role: Annotated[str, Keyword(enum=tuple(Role))] | None
    virtual_number: Digits
    caller_id: Digits
    route: RouteObject | None
    pin_attempts: Count | None
    other_call_uuid: str | None
    takeover: Annotated[str, Keyword(enum=tuple(Takeover))] | None
