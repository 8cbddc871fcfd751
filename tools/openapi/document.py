"""The OpenAPI 3.1 document: an operation for every route of template.yaml."""

import ast
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from local.aws.declarations import Route
from local.aws.template import ROOT, functions, routes
from maskline import __version__
from maskline.api.authentication import ACCOUNT_ID_PATTERN
from maskline.api.errors import ErrorAnswer
from maskline.api.shapes import GatewayError
from tools.openapi.operations import OPERATIONS, STEPS, Operation
from tools.openapi.requests import body_schema, meanings
from tools.openapi.shapes import Schema, Shapes

JSON = "application/json"
CARRIER_PREFIX = "/carriers/"

_ABOUT = (
    "Sessions that connect two people over a virtual number, and the pool of those numbers. A "
    "path may be written without its last slash. Parameters may be written in any case, numbers "
    'and booleans as strings; null and "" leave a parameter unset. Unknown ones are ignored, and '
    "named in `warnings`; those of a list are refused."
)
_CARRIER_PARAMETERS = (
    "What a carrier asks or reports, in its own words and signed in its own way, at a URL that we "
    "gave it: the path ends in the step, the account, the ids of the call and a token."
)
# A carrier comes by the method that it is told, or has chosen.
_METHODS = {"ANY": ("get", "post")}
_FORM: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
_JSON: Schema = {"type": "object"}
# What API Gateway answers by itself; the template gives it the shape of our errors.
_GATEWAY = (
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.GATEWAY_TIMEOUT,
)
# The same of the webhooks' API, in its own shape.
_WEBHOOK_GATEWAY = (
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def canonical_path(path: str) -> str:
    """The one form of a path in the document: the API's end in a slash, as its SDKs write them.

    A document has no word for a parameter that takes the rest of a path.
    """
    return path.replace("+}", "}") if path.startswith(CARRIER_PREFIX) else f"{path.rstrip('/')}/"


def openapi_document() -> dict[str, Any]:
    """The whole document. A route whose function has no operation raises KeyError."""
    shapes = Shapes()
    responses = _shared_responses(shapes)
    paths: dict[str, dict[str, Any]] = {}
    for route in sorted(routes(), key=lambda route: (canonical_path(route.path), route.method)):
        path = canonical_path(route.path)
        for method in _METHODS.get(route.method, (route.method.lower(),)):
            paths.setdefault(path, {})[method] = _operation(route, method, shapes)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Maskline", "version": __version__, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items(), key=lambda entry: entry[0].startswith(CARRIER_PREFIX))),
        "components": {
            "schemas": dict(sorted({**_bodies(), **shapes.schemas}.items())),
            "responses": responses,
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
        },
    }


def _operation(route: Route, method: str, shapes: Shapes) -> dict[str, Any]:
    folder = functions()[route.function].folder
    if route.path.startswith(CARRIER_PREFIX):
        return _webhook(route, folder, method)
    name = _operation_name(route)
    operation = OPERATIONS[name]
    return {
        "operationId": _operation_id(route, name),
        "summary": operation.summary or _summary(folder).partition(": ")[2].capitalize(),
        "tags": ["Numbers" if "/Number" in route.path else "Sessions"],
        "security": [{"basic": []}],
        **_taken(route, operation),
        "responses": _answered(operation, shapes),
    }


def _operation_name(route: Route) -> str:
    folder = functions()[route.function].folder
    step = f"{route.method} {route.path.rpartition('/')[2]}"
    return STEPS[folder][step] if folder in STEPS else folder


def _operation_id(route: Route, name: str) -> str:
    """The operation's name; on longer ones of several paths, with the collection that it is in."""
    paths = {
        canonical_path(one.path)
        for one in routes()
        if one.function == route.function and _operation_name(one) == name
    }
    path = canonical_path(route.path)
    if path == min(paths, key=len):
        return name
    return f"{name}_{path.split('/')[-3].lower()}"


def _summary(folder: str) -> str:
    """The first line of the function's own description."""
    source = (ROOT / "functions" / folder / "app.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def _taken(route: Route, operation: Operation) -> dict[str, Any]:
    parameters = [
        *_path_parameters(route.path),
        *_parameters("query", operation.query, meanings(operation.section)),
        *_parameters("header", operation.headers, {}),
    ]
    if operation.body is None:
        return {"parameters": parameters}
    schema = {"$ref": f"#/components/schemas/{operation.body.__name__}"}
    return {"parameters": parameters, "requestBody": {"content": {JSON: {"schema": schema}}}}


def _bodies() -> dict[str, Schema]:
    return {
        operation.body.__name__: body_schema(operation.body, operation.section)
        for operation in OPERATIONS.values()
        if operation.body
    }


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = [part.strip("{+}") for part in path.split("/") if part.startswith("{")]
    schemas: dict[str, Schema] = {"auth_id": {"type": "string", "pattern": ACCOUNT_ID_PATTERN}}
    plain: Schema = {"type": "string", "minLength": 1}
    return [
        {"name": name, "in": "path", "required": True, "schema": schemas.get(name, plain)}
        for name in names
    ]


def _parameters(
    place: str, schemas: Mapping[str, Schema], told: Mapping[str, str]
) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": place, "schema": schema}
        | ({"description": told[name]} if name in told else {})
        for name, schema in schemas.items()
    ]


def _answered(operation: Operation, shapes: Shapes) -> dict[str, Any]:
    status = operation.status
    success: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if operation.answer:
        success = _json_response(status, operation.answer, shapes)
    if operation.links:
        success["links"] = _links(operation)
    failures = _shared(*operation.errors, *_GATEWAY)
    return dict(sorted({str(status): success, **failures}.items()))


def _links(operation: Operation) -> dict[str, Any]:
    """Describe the requests that can follow with what an answer names."""
    return {
        target: {
            "operationId": target,
            "parameters": {"auth_id": "$request.path.auth_id", name: f"$response.body#{pointer}"},
        }
        for name, (pointer, targets) in operation.links.items()
        for target in targets
    }


def _shared(*statuses: int, speaker: str = "") -> dict[str, Any]:
    return {
        str(int(status)): {"$ref": f"#/components/responses/{speaker}{_response_name(status)}"}
        for status in statuses
    }


def _response_name(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "")


def _shared_responses(shapes: Shapes) -> dict[str, Any]:
    """Describe the failures: those of the API in one shape, the webhooks' in API Gateway's own."""
    ours = {status for operation in OPERATIONS.values() for status in operation.errors}
    found = {
        _response_name(status): _json_response(status, ErrorAnswer, shapes)
        for status in sorted({*ours, *_GATEWAY})
    }
    found["TooManyRequests"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return found | {
        f"Gateway{_response_name(status)}": _json_response(status, GatewayError, shapes)
        for status in _WEBHOOK_GATEWAY
    }


def _json_response(status: int, shape: type, shapes: Shapes) -> dict[str, Any]:
    return _response(status, JSON, shapes.reference(shape))


def _response(status: int, content_type: str, schema: Schema) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {content_type: {"schema": schema}},
    }


def _webhook(route: Route, folder: str, method: str) -> dict[str, Any]:
    """Return the outline of a carrier's webhook: its words are the carrier's to describe."""
    parameters = _path_parameters(route.path)
    taken: dict[str, Any] = {"parameters": parameters}
    if method == "get":
        query = {"name": "parameters", "in": "query", "schema": _FORM}
        parameters.append(query | {"style": "form", "explode": True})
    else:
        said = {"application/x-www-form-urlencoded": {"schema": _FORM}, JSON: {"schema": _JSON}}
        taken["requestBody"] = {"content": said}
    return {
        "operationId": f"{folder}_{method}",
        "summary": _summary(folder),
        "description": _CARRIER_PARAMETERS,
        "tags": ["Carrier webhooks"],
        **taken,
        "responses": _webhook_responses(),
    }


def _webhook_responses() -> dict[str, Any]:
    text: Schema = {"type": "string"}
    taken = {kind: {"schema": text} for kind in ("application/xml", "text/plain")}
    taken[JSON] = {"schema": {"type": "array", "items": _JSON}}
    return {
        "200": {"description": "A document for the call, or nothing to add", "content": taken},
        "400": _response(400, "text/plain", text),
        "403": _response(403, "text/plain", text),
        **_shared(*_WEBHOOK_GATEWAY, speaker="Gateway"),
    }
