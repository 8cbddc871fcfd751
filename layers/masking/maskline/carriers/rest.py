"""Requests to carriers' APIs, and their answers."""

import base64
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from maskline.domain.calls.call_order import Placement

Form = Mapping[str, str | int | list[str]]

# Somebody waits on a telephone.
SECONDS_WHILE_SOMEBODY_WAITS = 1.5
_SECONDS = 3.0
_PLACING_SECONDS = 10.0
# Between attempts to reach the carrier at all.
_PAUSES_SECONDS = (0.5, 1.0, 0.0)
# The record of a call, or a page of numbers.
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Question:
    """A request to a carrier's API, at an account's URL there, with its Authorization header."""

    method: str
    url: str
    authorization: str
    content_type: str = ""
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and the JSON content of an answer; None for anything that is no JSON object.

    `listed` are the objects of an answer that is a JSON array, None for anything else.
    """

    status: int
    content: dict[str, Any] | None
    listed: tuple[dict[str, Any], ...] | None = None

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300


def basic(user: str, password: str) -> str:
    """Return the Authorization header of HTTP Basic."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode('ascii')}"


def bearer(token: str) -> str:
    """Return the Authorization header of a bearer token."""
    return f"Bearer {token}"


def json_question(method: str, url: str, authorization: str, content: object = None) -> Question:
    """Return a request with a JSON body, None for no body."""
    body = None if content is None else json.dumps(content).encode()
    return Question(method, url, authorization, "application/json", body)


def form_question(method: str, url: str, authorization: str, form: Form) -> Question:
    """Return a request with a form. A list is a parameter that is repeated."""
    body = urlencode(form, doseq=True).encode()
    return Question(method, url, authorization, "application/x-www-form-urlencoded", body)


def ask(question: Question, *, seconds: float = _SECONDS) -> Answer | None:
    """Make one request; None if there was no answer in time."""
    try:
        return _send(question, seconds)
    except OSError:
        return None


def place(question: Question) -> Placement:
    """Ask to call somebody, again only while no request has left us.

    What was sent and has no clear answer may ring: nobody's phone is to ring twice.
    """
    for pause in _PAUSES_SECONDS:
        try:
            return _placement(_send(question, _PLACING_SECONDS))
        except (ConnectionRefusedError, socket.gaierror):
            time.sleep(pause)
        except OSError:
            return Placement.UNKNOWN
    return Placement.UNREACHABLE


def _send(question: Question, seconds: float) -> Answer:
    # Few answers come here, and ssl has no place in the cold start of the others.
    from maskline.wire import outbound

    headers = {"Authorization": question.authorization, "Accept": "application/json"}
    if question.body is not None:
        headers["Content-Type"] = question.content_type
    request = outbound.HttpRequest(
        question.method, question.url, headers, question.body, most_bytes=_MOST_BYTES
    )
    try:
        answer = outbound.send(request, seconds=seconds)
    except ValueError as error:
        # An address or a secret of the account that fits in no request.
        raise ConnectionError(type(error).__name__) from error
    content = _json(answer.body)
    is_list = isinstance(content, list)
    return Answer(
        answer.status,
        content if isinstance(content, dict) else None,
        tuple(one for one in content if isinstance(one, dict)) if is_list else None,
    )


def _placement(answer: Answer) -> Placement:
    if answer.is_ok:
        return Placement.ACCEPTED
    return Placement.REFUSED if 400 <= answer.status < 500 else Placement.UNKNOWN


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
