"""The running service tells what it takes and answers."""

import pytest

from tests.e2e.service import Service
from tests.e2e.wire import exchange
from tests.support.openapi import document


def test_the_local_stack_serves_the_document(service: Service) -> None:
    answer = exchange("GET", f"{service.url}/openapi.json")

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == document()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nobody_can_change_it(method: str, service: Service) -> None:
    assert exchange(method, f"{service.url}/openapi.json").status == 404
