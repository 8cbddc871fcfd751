"""What searches the whole suite's emissions for numbers finds them."""

from typing import Any

import pytest

from maskline import aws
from maskline.api import http
from maskline.domain.errors import InvalidParameterError
from maskline.observability import logger
from maskline.store.sealing.seal import ItemSeal, _DataKeys
from tests.support.aws_calls import replaced_calls
from tests.support.emissions import Emissions, watched_emissions

NUMBER = "+12025550191"


def _log() -> None:
    logger.info("a number", caller={"digits": NUMBER.removeprefix("+")})


def _refuse() -> None:
    http._error_response(InvalidParameterError("first_party", f"{NUMBER} is wrong"), "api-id")


@pytest.mark.parametrize("emit", [_log, _refuse])
def test_a_number_in_a_log_line_or_an_error_is_found(emit: Any) -> None:
    with watched_emissions() as emissions:
        emissions.entrust(NUMBER)
        emit()

    [leak] = emissions.leaks
    assert NUMBER.removeprefix("+") not in leak


def test_a_number_in_a_queue_attribute_is_found() -> None:
    with replaced_calls(lambda _: lambda *_: {}), watched_emissions() as emissions:
        emissions.entrust(NUMBER)
        client: Any = aws.session().create_client("sqs", "us-east-1")
        client.send_message(QueueUrl="https://queue", MessageBody="", MessageGroupId=NUMBER)

    assert len(emissions.leaks) == 1


def test_a_number_is_known_from_being_sealed() -> None:
    seal = ItemSeal(_DataKeys(lambda: (1, b"k" * 32), lambda _: b"k" * 32), {"PK": "a", "SK": "b"})
    with watched_emissions() as emissions:
        seal.seal("party", NUMBER)
        emissions.add(f"a line with {NUMBER} in it")

    assert len(emissions.leaks) == 1


def test_long_emissions_are_searched_as_they_come() -> None:
    emissions = Emissions()
    emissions.entrust(NUMBER)

    emissions.add(NUMBER + "." * 4_000_000)

    assert len(emissions.leaks) == 1
