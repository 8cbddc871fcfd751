"""docs/errors.md has a row for every code, and says every sentence that the code can answer."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.aws import template
from maskline.api.http import ANSWERS
from maskline.api.phone_fields import COUNTRY_CODE_HINT
from maskline.domain.errors import ErrorCode, TooManyCreatesError, TooManyErasuresError
from maskline.domain.numbers.destinations import Objection
from tests.support.openapi import document
from tools.openapi.operations import OPERATIONS

TEXT = (template.ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
LAYER = template.ROOT / "layers" / "masking" / "maskline"
ROOMS = ("api", "domain", "services/sessions", "services/numbers")
_ROW = re.compile(r"^\| `([a-z_]+)` \| ([0-9x, ]+) \| (.+?) \|", re.MULTILINE)
# What takes a sentence, or the end of one, as its last argument.
SPEAKERS = {
    "invalid",
    "refuse",
    "_refuse_body",
    "InvalidParameterError",
    "DestinationError",
    "PoolExhaustedError",
    "NumberConflictError",
    "PydanticCustomError",
}
VARIABLES = {"reason", "template"}
# The beginning of most sentences; what is variable in one stands as an ellipsis.
_BEGINNING = re.compile(r"^(Invalid parameter\. (…|numbers|offset) ?|Request body |…(?=: ))")
_PLACEHOLDER = re.compile(r"\{\w+\}")


def rows() -> dict[str, tuple[str, str]]:
    """Code -> statuses and sentence, as the table has them."""
    table = TEXT.partition("## The codes\n")[2].partition("\n## ")[0]
    return {code: (statuses, sentence) for code, statuses, sentence in _ROW.findall(table)}


def _rendered(node: ast.expr) -> str:
    """A string literal, "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _PLACEHOLDER.sub("…", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_rendered(part) or "…" for part in node.values)
    return ""


def _said(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            literals = [one for one in map(_rendered, node.args) if " " in one]
            yield from literals if name in SPEAKERS else ()
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield _rendered(node.value) if node.targets[0].id in VARIABLES else ""


def sentences() -> set[str]:
    """The sentences of the errors with several, without the beginning that most have."""
    paths = (path for room in ROOMS for path in (LAYER / room).rglob("*.py"))
    said = {_BEGINNING.sub("", text) for path in paths for text in _said(path)}
    whole = {text for text in said if text.strip("… is")}
    return (
        whole
        | {f"is {one}" for one in Objection}
        | {f"is not a valid phone number{COUNTRY_CODE_HINT}"}
    )


def test_every_code_has_its_row() -> None:
    assert list(rows()) == list(ErrorCode)


@pytest.mark.parametrize("code", ANSWERS)
def test_a_row_has_the_status_and_the_one_sentence_of_its_code(code: ErrorCode) -> None:
    status, text = ANSWERS[code]
    statuses, sentence = rows()[code]

    assert statuses.split(", ")[0] == str(status.value)
    assert text is None or f"`{text}`" in sentence


@pytest.mark.parametrize("error", [TooManyCreatesError(1), TooManyErasuresError()], ids=str)
def test_a_row_has_the_sentence_that_an_error_brings(
    error: TooManyCreatesError | TooManyErasuresError,
) -> None:
    assert rows()[error.code][1] == f"`{error}`"


def test_the_statuses_are_those_of_the_openapi_document() -> None:
    told = {status for statuses, _ in rows().values() for status in statuses.split(", ")}
    errors = {str(status) for operation in OPERATIONS.values() for status in operation.errors}

    assert told - {"4xx"} == errors | {"413", "429", "502", "504"}


@pytest.mark.parametrize("sentence", sorted(sentences()))
def test_a_sentence_is_told(sentence: str) -> None:
    assert f"`{sentence}`" in TEXT


def test_the_sentences_are_found() -> None:
    assert len(sentences()) > 40


def test_the_openapi_document_names_every_code() -> None:
    answer = document()["components"]["schemas"]["ErrorAnswer"]

    assert answer["properties"]["error_code"]["enum"] == list(ErrorCode)
    assert answer["required"] == ["api_id", "error", "error_code"]


def test_every_refusal_of_api_gateway_has_a_code_of_its_own() -> None:
    bodies = [
        response["responseTemplates"]["application/json"]
        for response in template.gateway_responses().values()
    ]

    told = {code for body in bodies for code in re.findall(r'"error_code": "(\w+)"', body)}
    assert told == {
        ErrorCode.INVALID_REQUEST,
        ErrorCode.INTERNAL_ERROR,
        ErrorCode.REQUEST_TOO_LARGE,
        ErrorCode.TOO_MANY_REQUESTS,
        ErrorCode.NOT_FOUND,
    }
