"""Faults at the seams where the service meets the world, by the number of the call.

Every call that a function makes of AWS, of the carrier's API and of a customer's URL is numbered in
order; a schedule says which of them go wrong, and how. The SDK's own retries happen below this
seam: a fault here is one that outlived them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError, ReadTimeoutError

from local.aws.runtime import current_function
from maskline.callbacks import delivery
from maskline.store import table
from maskline.wire.outbound import HttpAnswer
from tests.support.aws_calls import AwsCall, replaced_calls
from tests.support.faults import cancellation_reasons


class Fault(StrEnum):
    """How one call goes wrong. After a lost answer and a late crash its effect has taken place."""

    THROTTLED = "throttled"
    CONFLICT = "conflict"
    LOST_REQUEST = "lost request"
    LOST_ANSWER = "lost answer"
    PARTIAL = "partial"
    REFUSED = "refused"
    SERVER_ERROR = "server error"
    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"


class Crash(BaseException):
    """The process is gone: no handler of exceptions sees it, nothing after it happens."""


_EVERYWHERE = (Fault.LOST_REQUEST, Fault.CRASH_BEFORE)
_WITH_EFFECT = (Fault.LOST_ANSWER, Fault.CRASH_AFTER)
_WRITES = {
    "PutItem": (Fault.CONFLICT,),
    "UpdateItem": (Fault.CONFLICT,),
    "DeleteItem": (Fault.CONFLICT,),
    "TransactWriteItems": (Fault.CONFLICT,),
    "SendMessage": (),
    "SendMessageBatch": (Fault.PARTIAL,),
    "DeleteMessage": (),
    "ChangeMessageVisibility": (),
    "ReceiveMessage": (),
}
HTTP = ("CustomerUrl", "CarrierApi")


def faults_of(operation: str) -> tuple[Fault, ...]:
    """Everything that can go wrong with a call of that name."""
    if operation in HTTP:
        return (Fault.REFUSED, Fault.SERVER_ERROR, *_EVERYWHERE, *_WITH_EFFECT)
    if operation in _WRITES:
        return (Fault.THROTTLED, *_WRITES[operation], *_EVERYWHERE, *_WITH_EFFECT)
    partial_answer = (Fault.PARTIAL,) if operation == "BatchGetItem" else ()
    return (Fault.THROTTLED, *partial_answer, *_EVERYWHERE)


@dataclass(frozen=True)
class Call:
    """One call that a function made."""

    function: str
    operation: str


@dataclass
class Injector:
    """`schedule` maps the number of a call, from 0, to what happens to it."""

    schedule: Mapping[int, Fault] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    injected: list[tuple[Call, Fault]] = field(default_factory=list)
    is_on: bool = False

    def around(self, operation: str, perform: Callable[[], Any], fail: "Failures") -> Any:
        """Perform a call as the schedule wants it."""
        function = current_function.get()
        if not self.is_on or function is None:
            return perform()
        call = Call(function, operation)
        self.calls.append(call)
        drawn = self.schedule.get(len(self.calls) - 1)
        if drawn is None:
            return perform()
        fault = _possible(drawn, operation)
        self.injected.append((call, fault))
        return _faulty(fault, perform, fail)


def _possible(drawn: Fault, operation: str) -> Fault:
    """The fault itself or, where such a call cannot have it, another."""
    options = faults_of(operation)
    return drawn if drawn in options else options[list(Fault).index(drawn) % len(options)]


@dataclass(frozen=True)
class Failures:
    """What the caller of a call sees of a fault."""

    error: Callable[[Fault], Exception | HttpAnswer]
    partial: Callable[[], Any] = lambda: None


def _faulty(fault: Fault, perform: Callable[[], Any], fail: Failures) -> Any:
    if fault is Fault.CRASH_BEFORE:
        raise Crash
    if fault is Fault.PARTIAL:
        return fail.partial()
    if fault in _WITH_EFFECT:
        perform()
    if fault is Fault.CRASH_AFTER:
        raise Crash
    failure = fail.error(fault)
    if isinstance(failure, Exception):
        raise failure
    return failure


@contextmanager
def injected(injector: Injector, send: Callable[..., HttpAnswer]) -> Iterator[None]:
    """Meanwhile all calls of functions go through the injector; `send` is the world outside.

    Requests that go out in parallel go one after the other, so that a number means the same call
    in every run, and nobody pauses before a retry.
    """

    def faulty_aws(call: AwsCall) -> AwsCall:
        def call_aws(client: Any, name: str, parameters: Any) -> Any:
            perform = partial(call, client, name)
            fail = Failures(
                partial(_aws_error, name, parameters), partial(_partly, perform, name, parameters)
            )
            return injector.around(name, partial(perform, parameters), fail)

        return call_aws

    def send_out(request: Any, **options: Any) -> HttpAnswer:
        operation = "CarrierApi" if "/v1/Account/" in request.url else "CustomerUrl"
        answer: HttpAnswer = injector.around(
            operation, partial(send, request, **options), Failures(_http_error)
        )
        return answer

    with (
        replaced_calls(faulty_aws),
        patch.object(delivery, "send", send_out),
        patch("maskline.wire.outbound.send", send_out),
        patch.object(table, "in_parallel", lambda *requests: [request() for request in requests]),
        patch("maskline.store.pauses._DICE.uniform", lambda *_: 0.0),
        patch("maskline.carriers.rest._PAUSES_SECONDS", (0.0, 0.0, 0.0)),
        patch("maskline.callbacks.queues._RECEIVE_WAIT_SECONDS", 0),
    ):
        yield


def _partly(perform: Callable[[Any], Any], name: str, parameters: Any) -> Any:
    """A batch of which one part is dealt with: the first of the keys, all but the last message."""
    if name == "BatchGetItem":
        [(table_name, wanted)] = parameters["RequestItems"].items()
        first, rest = ({**wanted, "Keys": some} for some in _split(wanted["Keys"]))
        answer = perform({**parameters, "RequestItems": {table_name: first}})
        return answer | {"UnprocessedKeys": {table_name: rest} if rest["Keys"] else {}}
    *accepted, refused = parameters["Entries"]
    failed = {"Id": refused["Id"], "Code": "InternalError", "SenderFault": False}
    answer = perform({**parameters, "Entries": accepted}) if accepted else {}
    return answer | {"Failed": [failed]}


def _split(keys: list[Any]) -> tuple[list[Any], list[Any]]:
    return keys[:1], keys[1:]


def _aws_error(name: str, parameters: Any, fault: Fault) -> Exception:
    if fault in {Fault.LOST_REQUEST, Fault.LOST_ANSWER}:
        return ReadTimeoutError(endpoint_url="https://aws.example.com")
    is_conflict = fault is Fault.CONFLICT
    if name == "TransactWriteItems":
        reason = "TransactionConflict" if is_conflict else "ThrottlingError"
        reasons = cancellation_reasons(reason, parameters["TransactItems"])
        return _client_error("TransactionCanceledException", name, CancellationReasons=reasons)
    code = "TransactionConflictException" if is_conflict else "ThrottlingException"
    return _client_error(code, name)


def _client_error(code: str, operation: str, **details: Any) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": 400},
        **details,
    }
    return ClientError(response, operation)


def _http_error(fault: Fault) -> Exception | HttpAnswer:
    match fault:
        case Fault.REFUSED:
            return ConnectionRefusedError()
        case Fault.SERVER_ERROR:
            return HttpAnswer(503, "1")
        case _:
            return TimeoutError()
