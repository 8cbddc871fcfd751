"""docs/openapi.json as a judge of what the service answers."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from local.gateway.messages import HttpRequest, HttpResponse
from tests.support.in_process import Exchange
from tools.openapi.document import canonical_path

ROOT = Path(__file__).resolve().parents[2]
_PARAMETER = re.compile(r"\{\w+\}")


@cache
def document() -> dict[str, Any]:
    """The document as it is kept."""
    content: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text())
    return content


@cache
def validator(pointer: str) -> Draft202012Validator:
    """Checks values against the schema at a JSON pointer of the document."""
    resource = Resource(contents=document(), specification=DRAFT202012)
    registry = Registry().with_resource("urn:openapi", resource)
    schema = {"$ref": f"urn:openapi#{pointer}"}
    return Draft202012Validator(schema, registry=registry, format_checker=FormatChecker())


def complaints(exchange: Exchange) -> list[str]:
    """What the document does not allow in an answer; nothing of the answer itself."""
    request, response = exchange.request, exchange.response
    found = _operation(request.method, request.path)
    if found is None:
        return [f"{request.method}: no operation"]
    place, operation = found
    declared = operation["responses"].get(str(response.status))
    if declared is None:
        return [f"{operation['operationId']}: {response.status} is not declared"]
    at = f"{place}/responses/{response.status}"
    if "$ref" in declared:
        at = declared["$ref"].removeprefix("#")
        declared = document()["components"]["responses"][at.rpartition("/")[2]]
    problems = _content_complaints(response, declared.get("content", {}), at)
    return [f"{operation['operationId']} {response.status}: {problem}" for problem in problems]


def operation_id(request: HttpRequest) -> str | None:
    """The id of the operation that a request asks for."""
    found = _operation(request.method, request.path)
    return found and str(found[1]["operationId"])


def _content_complaints(response: HttpResponse, contents: dict[str, Any], at: str) -> list[str]:
    if not contents:
        return ["a body"] if response.body else []
    content_type = dict(response.headers).get("content-type", "")
    if content_type not in contents:
        return [f"content type {content_type!r}"]
    is_json = content_type == "application/json"
    value = json.loads(response.body) if is_json else response.text
    pointer = f"{at}/content/{content_type.replace('/', '~1')}/schema"
    return [
        f"{error.json_path} breaks {error.validator}"
        for error in validator(pointer).iter_errors(value)
    ]


def _operation(method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """The operation of a request, and the JSON pointer of it."""
    for template, operations in document()["paths"].items():
        if re.fullmatch(_pattern(template), canonical_path(path)) and method.lower() in operations:
            escaped = template.replace("~", "~0").replace("/", "~1")
            return f"/paths/{escaped}/{method.lower()}", operations[method.lower()]
    return None


def _pattern(template: str) -> str:
    """Match a path. The last parameter of a webhook's takes the rest, slashes included."""
    pattern = "[^/]+".join(re.escape(part) for part in _PARAMETER.split(template))
    return f"{pattern.removesuffix('[^/]+')}.+" if template.endswith("/{step}") else pattern
