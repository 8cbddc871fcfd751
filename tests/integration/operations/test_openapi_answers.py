"""What the handlers really answer, over a whole day, is what docs/openapi.json says."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.support.evidence import Evidence
from tests.support.in_process import Exchange
from tests.support.openapi import complaints, operation_id
from tools.openapi.operations import OPERATIONS


def test_every_answer_of_a_day_is_one_that_the_document_declares(evidence: Evidence) -> None:
    said = Counter(problem for exchange in evidence.exchanges for problem in complaints(exchange))

    assert not said


def test_the_day_has_a_success_of_every_operation_of_the_api(evidence: Evidence) -> None:
    succeeded = {
        operation_id(exchange.request)
        for exchange in evidence.exchanges
        if exchange.response.status < 300
    }

    assert succeeded >= OPERATIONS.keys()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": 418}, "list_sessions: 418 is not declared"),
        ({"body": b"{}"}, "list_sessions 401: $ breaks required"),
        ({"headers": (("content-type", "text/html"),)}, "list_sessions 401: content type"),
    ],
)
def test_an_answer_that_the_document_does_not_declare_is_noticed(
    change: dict[str, Any], said: str, evidence: Evidence
) -> None:
    refused = next(exchange for exchange in evidence.exchanges if exchange.response.status == 401)

    changed = Exchange(refused.request, replace(refused.response, **change))

    assert complaints(refused) == []
    assert any(problem.startswith(said) for problem in complaints(changed))


def test_a_route_that_the_document_does_not_have_is_noticed(evidence: Evidence) -> None:
    one = evidence.exchanges[0]

    elsewhere = Exchange(replace(one.request, target="/v2/"), one.response)

    assert complaints(elsewhere) == [f"{one.request.method}: no operation"]
