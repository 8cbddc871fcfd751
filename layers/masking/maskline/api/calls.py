"""The answers to why calls went where they went. They are ours: the compatible API has none."""

import re
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from typing_extensions import TypedDict

from maskline.api import fields, phone_fields
from maskline.api.pagination import CURSOR, PAGING, Query, page_request, require_known
from maskline.api.sessions.list_query import TIME, phone_number, seconds_of_time
from maskline.api.sessions.response import time_text
from maskline.api.shapes import Answer, Digits, Keyword, Time
from maskline.domain.phone_numbers import digits
from maskline.domain.sessions.session import Role
from maskline.domain.why.decision import Rule
from maskline.domain.why.explanation import Explanation, Outcome, Takeover
from maskline.domain.why.search import CallSearch, Place

_DAY_MS = 86_400_000
_CURSOR = re.compile(r"([0-9]{1,15})\.([A-Za-z0-9_-]{1,64})", re.ASCII)

# The arguments of the list, with the JSON schema of each.
FILTERS: dict[str, fields.Schema] = {
    "virtual_number": phone_fields.PHONE_NUMBER,
    "since": TIME,
    "until": TIME,
    "limit": PAGING["limit"],
    **CURSOR,
}

RuleText = Annotated[str, Keyword(enum=tuple(Rule))]
RoleText = Annotated[str, Keyword(enum=tuple(Role))]
OutcomeText = Annotated[str, Keyword(enum=tuple(Outcome))]


class ListedCall(TypedDict):
    """`call_uuid` is the caller's leg, whichever was asked for."""

    call_uuid: str
    session_uuid: str | None
    connected: bool
    outcome: OutcomeText | None
    rule: RuleText
    decided_time: Time
    role: RoleText | None
    virtual_number: Digits


class CallExplained(Answer, ListedCall):
    """One call, with what the list leaves out."""

    explanation: str
    other_call_uuid: str | None
    takeover: Annotated[str, Keyword(enum=tuple(Takeover))] | None


class CallPageMeta(TypedDict):
    """`next` is the relative URL of the calls before these, null if there are none."""

    limit: int
    next: str | None


class CallPage(TypedDict):
    meta: CallPageMeta
    objects: list[ListedCall]


class CallList(Answer):
    response: CallPage


def call_search(query: Query, now: int) -> CallSearch:
    """The calls that a query asks for, by default those of the last day.

    Raises InvalidParameterError.
    """
    require_known(query, FILTERS)
    values = {key.lower(): value.strip() for key, value in query if value.strip()}
    number = phone_number(values, "virtual_number")
    if number is None:
        raise fields.missing("virtual_number")
    until = _instant("until", values, now)
    since = _instant("since", values, until - _DAY_MS)
    before = _place(values["cursor"]) if "cursor" in values else (until + 1, "")
    return CallSearch(number, since, before, page_request(query).limit)


def _instant(name: str, values: dict[str, str], otherwise: int) -> int:
    return seconds_of_time(name, values[name])[0] * 1000 if name in values else otherwise


def _place(cursor: str) -> Place:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise fields.invalid("cursor", "is not one that a list has given")
    return int(match[1]), match[2]


def call_page(
    found: Sequence[Explanation], last: Place | None, search: CallSearch, path: str
) -> CallPage:
    """A page of calls, with the link to the one behind it."""
    following = f"{path}?{urlencode(_behind(search, last))}" if last else None
    meta: CallPageMeta = {"limit": search.most, "next": following}
    return {"meta": meta, "objects": [_listed(explanation) for explanation in found]}


def _behind(search: CallSearch, last: Place) -> dict[str, str]:
    return {
        "virtual_number": digits(search.virtual_number),
        "since": time_text(search.since),
        "limit": str(search.most),
        "cursor": f"{last[0]}.{last[1]}",
    }


def _listed(explanation: Explanation) -> ListedCall:
    decision, outcome = explanation.decision, explanation.outcome
    return {
        "call_uuid": decision.call_uuid,
        "session_uuid": decision.session_uuid or None,
        "connected": explanation.is_connected,
        "outcome": outcome.value if outcome else None,
        "rule": decision.rule.value,
        "decided_time": time_text(decision.at),
        "role": decision.role.value if decision.role else None,
        "virtual_number": digits(decision.virtual_number),
    }


def call_object(explanation: Explanation, api_id: str) -> CallExplained:
    """The answer to who asks about a call. Of people it holds roles, never a number."""
    decision, aside = explanation.decision, explanation.pushed_aside
    return {
        "api_id": api_id,
        **_listed(explanation),
        "explanation": explanation.text,
        "other_call_uuid": aside.call_uuid if aside else decision.other_call_uuid or None,
        "takeover": aside.because.value if aside else None,
    }
