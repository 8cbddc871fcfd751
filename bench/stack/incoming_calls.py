"""Sessions in the local AWS, and the signed webhooks of their parties' calls."""

import copy
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import botocore.session

from bench.counting.counted_service import CountedService
from functions.answer_call.app import handler
from local.gateway.invocation import Invocation
from local.gateway.messages import HttpRequest
from local.phone.dialect import Moment
from local.phone.plivo.signing import signature_headers
from maskline.observability import logger
from tests.support.driver import HOST
from tests.support.observation import recorded_api_calls
from tests.support.scenario import Scenario

_NUMBER = "+12025550110"
_OPTIONS = {"callback_url": "https://customer.example.com/masking", "geomatch": False}


@dataclass(frozen=True)
class IncomingCall:
    """A first call in a session that nobody has talked in: its line is free."""

    session_uuid: str
    call_uuid: str
    event: dict[str, Any]


class IncomingCalls:
    """An account with one number, over which any pair of strangers can be put together."""

    def __init__(self, service: CountedService) -> None:
        self._scenario = Scenario(service)
        self._tokens = (service.credentials.carrier_auth_token,)
        self._gateway = service.engine.deployment.gateway()
        self._pairs = 0
        self._scenario.provision()
        self._scenario.api("POST", "Number/", {"numbers": _NUMBER}, expected=202)

    def take(self, count: int) -> Sequence[IncomingCall]:
        """Return so many calls, each of the first party of a session of its own."""
        return [self._call() for _ in range(count)]

    def _call(self) -> IncomingCall:
        self._pairs += 1
        first, second = (f"+1{area}555{self._pairs:04d}" for area in (212, 213))
        self._scenario.create("last", first, second, **_OPTIONS)
        call = self._scenario.carrier().place(first, _NUMBER)
        event = self._event(call.carrier.answer_url, call.webhooks(Moment.ARRIVED)[0].params)
        return IncomingCall(self._scenario.created["last"]["session_uuid"], call.call_uuid, event)

    def _event(self, url: str, params: Mapping[str, Any]) -> dict[str, Any]:
        url = url.partition("#")[0]
        signed = signature_headers("POST", url, params, tokens=self._tokens)
        headers = {"Host": HOST, "Content-Type": "application/x-www-form-urlencoded", **signed}
        request = HttpRequest(
            "POST", urlsplit(url).path, list(headers.items()), urlencode(params).encode()
        )
        invocation = self._gateway.invocation(request)
        assert isinstance(invocation, Invocation)
        return invocation.event


@dataclass(frozen=True)
class BareRequests:
    """The two requests of an answer, as the SDK gets them, and a client that is nobody's."""

    model: IncomingCall
    read: dict[str, Any]
    written: dict[str, Any]
    client: Any

    @classmethod
    def of(cls, calls: IncomingCalls) -> "BareRequests":
        """Those that the handler makes to answer one more call."""
        [model] = calls.take(1)
        with recorded_api_calls() as made:
            handler(model.event, None)
        read, write = (copy.deepcopy(call.parameters) for call in made)
        # The SDK's token of that one request.
        write.pop("ClientRequestToken", None)
        client = botocore.session.get_session().create_client("dynamodb")
        return cls(model, read, write, client)

    def write(self, call: IncomingCall) -> dict[str, Any]:
        """The transaction for another call in another session."""
        known = (self.model.session_uuid, self.model.call_uuid)
        replaced: dict[str, Any] = _replaced(
            self.written, dict(zip(known, (call.session_uuid, call.call_uuid), strict=True))
        )
        return replaced

    def round_trip(self, call: IncomingCall) -> Callable[[], object]:
        """Makes both requests."""
        write = self.write(call)

        def run() -> None:
            self.client.batch_get_item(**self.read)
            self.client.transact_write_items(**write)

        return run


def _replaced(value: Any, names: dict[str, str]) -> Any:
    """The value with these texts replaced wherever they stand."""
    match value:
        case dict():
            return {key: _replaced(part, names) for key, part in value.items()}
        case list():
            return [_replaced(part, names) for part in value]
        case str():
            for old, new in names.items():
                value = value.replace(old, new)
    return value


@contextmanager
def silent_log() -> Iterator[None]:
    """The functions' log lines are made and written, but not to the terminal."""
    handlers = [one for one in logger.handlers if isinstance(one, logging.StreamHandler)]
    streams = [one.stream for one in handlers]
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 (not a path of ours)
        for one in handlers:
            one.setStream(nowhere)
        yield
        for one, stream in zip(handlers, streams, strict=True):
            one.setStream(stream)
