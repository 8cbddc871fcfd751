"""Reads the requests to a simulated carrier's API."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs

from local.gateway.messages import HttpRequest


def authorization(request: HttpRequest) -> str:
    return next(iter(request.values("authorization")), "")


def has_login(request: HttpRequest, user: str, password: str) -> bool:
    """Tell if a request has these credentials, as HTTP Basic."""
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return authorization(request) == f"Basic {encoded}"


def params_of(request: HttpRequest) -> dict[str, Any]:
    """The body's parameters."""
    return params_of_text(request.body.decode(errors="replace"))


def params_of_text(text: str) -> dict[str, Any]:
    """Parameters as JSON, or as a form, in which a name that comes twice has a list."""
    try:
        content = json.loads(text or "{}")
    except (ValueError, RecursionError):
        form = parse_qs(text, keep_blank_values=True)
        return {name: values if len(values) > 1 else values[0] for name, values in form.items()}
    return content if isinstance(content, dict) else {}


def query_of(request: HttpRequest) -> dict[str, str]:
    """The query's parameters; of a name that comes twice the last."""
    return {name: values[-1] for name, values in parse_qs(request.query).items()}


def json_of(request: HttpRequest) -> Any:
    """The body, None if it is not JSON."""
    try:
        return json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        return None
