"""The requests and answers of each function of the public API, in terms of its models."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maskline.api import calls, shapes
from maskline.api.erasures import Erasure
from maskline.api.fields import Body, Schema
from maskline.api.numbers import request as number_requests
from maskline.api.numbers import shapes as number_shapes
from maskline.api.numbers.carriers import HealthChange
from maskline.api.numbers.request import Addition, Change
from maskline.api.pagination import CURSOR, PAGING
from maskline.api.sessions import list_query
from maskline.api.sessions.request import IDEMPOTENCY_KEY, ChangeableSettings, Creation

_ALWAYS = (401, 404, 500)
CREATE_AND_UPDATE = "Create and update"


@dataclass(frozen=True)
class Operation:
    """`answer` None is one without a body; `section` of docs/parameters.md tells the parameters."""

    status: int
    answer: type | None
    errors: tuple[int, ...] = _ALWAYS
    body: type[Body] | None = None
    query: Mapping[str, Schema] = field(default_factory=dict)
    headers: Mapping[str, Schema] = field(default_factory=dict)
    section: str = ""
    # Name of a path parameter -> where in the answer it is, and the operations that take it.
    links: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    summary: str = ""


# By the function's folder, of a function of several operations by method and last part of the path.
STEPS = {
    "manage_numbers": {
        "POST Number": "add_numbers",
        "GET Number": "list_numbers",
        "GET {number}": "get_number",
        "POST {number}": "update_number",
        "DELETE {number}": "release_number",
        "GET Carrier": "list_carriers",
        "GET {carrier}": "get_carrier",
        "POST {carrier}": "update_carrier",
    },
    "explain_call": {
        "GET Call": "list_calls",
        "GET {call_uuid}": "explain_call",
    },
    "erasures": {"POST Erasure": "erase_person", "GET {erasure_id}": "get_erasure"},
}
# By the function's folder, or the name of its step. Without a summary: the function's own.
OPERATIONS: dict[str, Operation] = {
    "create_session": Operation(
        201,
        shapes.SessionCreated,
        errors=(400, 409, 429, *_ALWAYS),
        body=Creation,
        headers={"Idempotency-Key": IDEMPOTENCY_KEY},
        section=CREATE_AND_UPDATE,
        links={"session_uuid": ("/session_uuid", ("get_session", "update_session", "end_session"))},
    ),
    "list_sessions": Operation(
        200,
        shapes.SessionList,
        errors=(400, *_ALWAYS),
        query={**list_query.FILTERS, **PAGING, **CURSOR},
        section="List",
    ),
    "get_session": Operation(200, shapes.SessionRetrieved),
    "list_calls": Operation(
        200,
        calls.CallList,
        errors=(400, *_ALWAYS),
        query=calls.FILTERS,
        summary="List the calls to a virtual number, newest first.",
    ),
    "explain_call": Operation(200, calls.CallExplained, summary="Why a call went where it went."),
    "update_session": Operation(
        200,
        shapes.SessionUpdated,
        errors=(400, *_ALWAYS),
        body=ChangeableSettings,
        section=CREATE_AND_UPDATE,
    ),
    "end_session": Operation(200, shapes.Message, errors=(400, *_ALWAYS)),
    "add_numbers": Operation(
        202,
        number_shapes.NumbersAdded,
        errors=(400, 409, *_ALWAYS),
        body=Addition,
        links={"number": ("/numbers/0/number", ("get_number", "update_number", "release_number"))},
        summary="Put virtual numbers into the account's pool.",
    ),
    "erase_person": Operation(
        202,
        shapes.ErasureOrdered,
        errors=(400, 429, *_ALWAYS),
        body=Erasure,
        section="Erasure",
        links={"erasure_id": ("/erasure_id", ("get_erasure",))},
        summary="Erase everything of a person.",
    ),
    "get_erasure": Operation(
        200,
        shapes.ErasureRetrieved,
        errors=(400, *_ALWAYS),
        summary="An erasure and its receipt.",
    ),
    "list_numbers": Operation(
        200,
        number_shapes.NumberList,
        errors=(400, *_ALWAYS),
        query={**number_requests.FILTERS, **PAGING},
        summary="List the virtual numbers of the account's pool.",
    ),
    "get_number": Operation(
        200, number_shapes.NumberRetrieved, summary="Retrieve a virtual number."
    ),
    "update_number": Operation(
        202,
        shapes.Message,
        errors=(400, *_ALWAYS),
        body=Change,
        summary="Change, move or retire a virtual number.",
    ),
    "release_number": Operation(
        204,
        None,
        errors=(400, 409, *_ALWAYS),
        summary="Take a retired virtual number out of the pool.",
    ),
    "list_carriers": Operation(
        200,
        number_shapes.CarrierList,
        errors=(400, *_ALWAYS),
        summary="List the account's carriers, with their health and what is on them.",
    ),
    "get_carrier": Operation(
        200,
        number_shapes.CarrierRetrieved,
        errors=(400, *_ALWAYS),
        summary="Retrieve a carrier of the account.",
    ),
    "update_carrier": Operation(
        202,
        shapes.Message,
        errors=(400, *_ALWAYS),
        body=HealthChange,
        section="Carrier",
        summary="Call a carrier unhealthy, so that sessions leave it, or healthy again.",
    ),
}
