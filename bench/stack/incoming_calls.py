"""Sessions in the local AWS, and the signed webhooks of their parties' calls."""

import copy
import logging
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import botocore.session

from functions.answer_call.app import handler
from local.aws.engine import Engine
from local.gateway.invocation import Invocation
from local.gateway.messages import HttpRequest
from local.phone.plivo.records import CallRecord
from local.phone.plivo.signing import signature_headers
from local.stack.seed import Credentials
from maskline import clock
from maskline.carriers import DEFAULT
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import Account, Client, Origin
from maskline.domain.numbers.pool import VirtualNumber
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.request import SessionRequest
from maskline.domain.sessions.session import Session, Settings, Strategy, Terms
from maskline.observability import logger
from maskline.services.accounts.provision import provision_account
from maskline.services.numbers.manage import add_numbers
from maskline.services.sessions.create import create_session
from tests.support.observation import recorded_api_calls

_HOST = "maskline.example.com"
_NUMBER = E164("+12025550110")


@dataclass(frozen=True)
class IncomingCall:
    """A first call in a session that nobody has talked in: its line is free."""

    session: Session
    call_uuid: str
    event: dict[str, Any]


@dataclass
class IncomingCalls:
    """An account with one number, over which any pair of strangers can be put together."""

    engine: Engine
    credentials: Credentials = field(default_factory=Credentials)

    def __post_init__(self) -> None:
        known = self.credentials
        self._account = Account(known.auth_id, (known.auth_token,))
        self._gateway = self.engine.deployment.gateway()
        self._pairs = 0
        provision_account(_provisioning(known))
        number = VirtualNumber(_NUMBER, known.auth_id, "", DEFAULT, "US", clock.now_ms())
        add_numbers(self._caller(), [number])

    def take(self, count: int) -> Sequence[IncomingCall]:
        """Return so many calls, each of the first party of a session of its own."""
        return [self._call(self._session()) for _ in range(count)]

    def _session(self) -> Session:
        self._pairs += 1
        first, second = (E164(f"+1{area}555{self._pairs:04d}") for area in (212, 213))
        request = SessionRequest(
            first_party=first,
            second_party=second,
            settings=Settings(
                session_expiry_seconds=86_400,
                call_time_limit_seconds=3600,
                ring_timeout_seconds=120,
                callback_url="https://customer.example.com/masking",
            ),
            terms=Terms(is_geomatched=False),
            strategy=Strategy.SHARED,
            subaccount_id="",
        )
        return create_session(self._caller(), request, idempotency=None).session

    def _caller(self) -> Client:
        """Every request has an id of its own."""
        return Client(self._account, Origin(str(uuid.uuid4()), clock.now_ms()))

    def _call(self, session: Session) -> IncomingCall:
        call_uuid = str(uuid.uuid4())
        record = CallRecord(
            call_uuid=call_uuid,
            caller=session.first_party,
            dialled=_NUMBER,
            parent_auth_id=self.credentials.carrier_auth_id,
            started=datetime.now(UTC),
        )
        return IncomingCall(session, call_uuid, self._event(record.start()))

    def _event(self, params: dict[str, str]) -> dict[str, Any]:
        tokens = (self.credentials.carrier_auth_token,)
        # The local events say that the front was reached without TLS.
        url = CallUrls(f"http://{_HOST}", DEFAULT, self.credentials.auth_id).to(Step.ANSWER)
        signed = signature_headers("POST", url, params, tokens=tokens)
        headers = {"Host": _HOST, "Content-Type": "application/x-www-form-urlencoded", **signed}
        request = HttpRequest(
            "POST", urlsplit(url).path, list(headers.items()), urlencode(params).encode()
        )
        invocation = self._gateway.invocation(request)
        assert isinstance(invocation, Invocation)
        return invocation.event


def _provisioning(known: Credentials) -> dict[str, Any]:
    carrier = {
        "carrier": DEFAULT,
        "auth_id": known.carrier_auth_id,
        "secrets": {"auth_token": [known.carrier_auth_token]},
    }
    account = {"auth_id": known.auth_id, "auth_tokens": [known.auth_token]}
    return {"account": account, "carriers": [carrier]}


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
        known = (self.model.session.session_uuid, self.model.call_uuid)
        replaced: dict[str, Any] = _replaced(
            self.written, dict(zip(known, (call.session.session_uuid, call.call_uuid), strict=True))
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
