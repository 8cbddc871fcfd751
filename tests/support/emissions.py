"""What the functions emit in this process, searched for the numbers that were entrusted to them.

A number of a person is known by its being sealed, wherever a test got it from. Emitted is what a
log line says, with all its fields; what is asked of AWS, with keys, queue attributes and bodies;
and what the API says of an error.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from maskline import aws
from maskline.api import http
from maskline.store.sealing.seal import ItemSeal
from tests.support.aws_calls import AwsCall, replaced_calls

_NUMBER = re.compile(r"\+(\d{8,15})")
# Searched piece by piece: the longest tests emit hundreds of megabytes.
_PIECE = 4_000_000


class Emissions(logging.Handler):
    """`leaks` are the emissions, masked, that held a number which was known by then."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers: set[str] = set()
        self._texts: list[str] = []
        self._size = 0
        self.leaks: list[str] = []

    def entrust(self, text: str) -> None:
        number = _NUMBER.fullmatch(text)
        if number:
            self._numbers.add(number[1])

    def emit(self, record: logging.LogRecord) -> None:
        self.add(str(record.__dict__))

    def add(self, text: str) -> None:
        self._texts.append(text)
        self._size += len(text)
        if self._size > _PIECE:
            self.search()

    def search(self) -> None:
        """Look through what was emitted since the last search."""
        whole = "\n".join(self._texts)
        if any(number in whole for number in self._numbers):
            self.leaks += [
                re.sub(r"\d{4,}", "…", text)[:500]
                for text in self._texts
                if any(number in text for number in self._numbers)
            ]
        self._texts, self._size = [], 0


@contextmanager
def watched_emissions() -> Iterator[Emissions]:
    """Everything that is emitted meanwhile."""
    emissions = Emissions()
    root = logging.getLogger()
    root.addHandler(emissions)
    with _sealing_known_to(emissions), _requests_shown_to(emissions), _errors_shown_to(emissions):
        yield emissions
    root.removeHandler(emissions)
    emissions.search()


@contextmanager
def _sealing_known_to(emissions: Emissions) -> Iterator[None]:
    seal = ItemSeal.seal

    def sealed(self: ItemSeal, field: str, text: str) -> bytes:
        emissions.entrust(text)
        return seal(self, field, text)

    with patch.object(ItemSeal, "seal", sealed):
        yield


@contextmanager
def _requests_shown_to(emissions: Emissions) -> Iterator[None]:
    """Those of the functions: a test may read and write what it likes."""

    def shown(call: AwsCall) -> AwsCall:
        def show(client: Any, operation: str, parameters: Any) -> Any:
            if client._loader is aws.session().get_component("data_loader"):
                emissions.add(f"{operation} {parameters}")
            return call(client, operation, parameters)

        return show

    with replaced_calls(shown):
        yield


@contextmanager
def _errors_shown_to(emissions: Emissions) -> Iterator[None]:
    respond = http._error_response

    def responded(error: Exception, api_id: str) -> http.Response:
        response = respond(error, api_id)
        emissions.add(f"{response['headers']} {response['body']}")
        return response

    with patch.object(http, "_error_response", responded):
        yield
