"""Invocations of the local stack: what Lambda hands over, takes back, refuses and ends.

docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html has the limits.
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from local.aws import template
from local.aws.declarations import Function
from local.aws.deployment import Deployment
from local.aws.limits import INVOCATION_BYTES
from local.aws.runtime import HandlerError, LimitError, Runtime, current_function
from maskline import config

# How much JSON needs around a text: its two quotation marks.
QUOTES = 2
# Lambda's, for all variables of a function together.
ENVIRONMENT_BYTES = 4 * 1024
# Longer than any name that CloudFormation makes of ours, in the Region with the longest name.
LONGEST_NUMBER = "9" * 10
LONGEST_REFERENCE = "arn:aws-us-gov:secretsmanager:ap-northeast-1:123456789012:secret:" + "x" * 80


def runtime_of(handler: Callable[[Any, Any], Any]) -> Runtime:
    function = Function("Only", "only", "app.handler", 1, {}, ())
    return Runtime(
        Deployment(
            functions={"Only": function},
            routes=(),
            gateway_responses={},
            mappings=(),
            schedules=(),
            queues=(),
            secrets={},
            kms_keys={},
            table_id="Table",
            table={},
            ttl_attribute="ttl",
            load=lambda _: handler,
        )
    )


def cause(runtime: Runtime, event: Any) -> BaseException | None:
    with pytest.raises(HandlerError, match="only") as failure:
        runtime.invoke("Only", event)
    return failure.value.__cause__


def test_a_function_gets_and_gives_json() -> None:
    """docs.aws.amazon.com/lambda/latest/dg/python-handler.html: objects are converted."""
    seen: list[Any] = []

    def handler(event: Any, _context: Any) -> Any:
        seen.append(event)
        event["parts"].append("changed")
        return {"statusCode": 200, "parts": (1, 2)}

    event = {"parts": ["kept"]}

    assert runtime_of(handler).invoke("Only", event) == {"statusCode": 200, "parts": [1, 2]}
    assert event == {"parts": ["kept"]}
    assert seen == [{"parts": ["kept", "changed"]}]


def test_an_answer_that_is_no_json_is_a_failure() -> None:
    """docs.aws.amazon.com/lambda/latest/dg/python-handler.html: it is a runtime error."""
    assert isinstance(cause(runtime_of(lambda *_: {"body": b"bytes"}), {}), TypeError)


def test_an_answer_above_six_megabytes_is_refused() -> None:
    runtime = runtime_of(lambda size, _context: "x" * size)

    assert len(runtime.invoke("Only", INVOCATION_BYTES - QUOTES)) == INVOCATION_BYTES - QUOTES
    assert isinstance(cause(runtime, INVOCATION_BYTES - QUOTES + 1), LimitError)


def test_an_event_above_six_megabytes_never_reaches_its_function() -> None:
    invoked: list[int] = []
    runtime = runtime_of(lambda event, _context: invoked.append(len(event)))

    runtime.invoke("Only", "x" * (INVOCATION_BYTES - QUOTES))

    assert isinstance(cause(runtime, "x" * INVOCATION_BYTES), LimitError)
    assert invoked == [INVOCATION_BYTES - QUOTES]


def test_a_function_is_ended_at_its_timeout_and_does_nothing_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html: it is stopped."""
    threads: list[threading.Thread] = []
    went_on: list[bool] = []

    def handler(_event: Any, context: Any) -> None:
        threads.append(threading.current_thread())
        # Not Event.wait, which would not notice before its own end.
        while context.get_remaining_time_in_millis() > -1:
            time.sleep(0.01)
            if context.get_remaining_time_in_millis() == 0:
                time.sleep(0.3)
                went_on.append(True)

    with caplog.at_level(logging.ERROR):
        error = cause(runtime_of(handler), {})

    threads[0].join(5)
    assert str(error) == "Task timed out after 1.00 seconds"
    assert caplog.messages == ["only failed: Task timed out after 1.00 seconds"]
    assert not threads[0].is_alive()
    assert went_on == []


def test_after_a_timeout_nothing_is_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: it is reset."""
    drawn: list[int] = []

    @cache
    def remembered() -> None:
        drawn.append(1)

    monkeypatch.setattr(config, "remembered", remembered, raising=False)

    def handler(seconds: float, _context: Any) -> None:
        remembered()
        time.sleep(seconds)

    runtime = runtime_of(handler)

    runtime.invoke("Only", 0)
    runtime.invoke("Only", 0)
    cause(runtime, 1.2)
    runtime.invoke("Only", 0)

    assert len(drawn) == 2


def test_a_function_knows_its_name_in_the_thread_that_runs_it() -> None:
    runtime = runtime_of(lambda *_: current_function.get())

    assert runtime.invoke("Only", {}) == "only"
    assert current_function.get() is None


def test_no_api_gives_up_on_a_function_before_the_function_is_ended() -> None:
    """docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html and
    api-gateway-execution-service-limits-table.html: an API waits 30 or 29 seconds."""
    functions = template.functions()

    longest = max(functions[route.function].timeout for route in template.routes())

    assert longest < 29


@pytest.mark.parametrize("function", template.functions().values(), ids=lambda one: one.folder)
def test_variables_fit_what_lambda_takes(function: Function) -> None:
    sizes = [len(name) + len(_at_most(value)) for name, value in function.environment.items()]

    assert sum(sizes) < ENVIRONMENT_BYTES


def _at_most(value: Any) -> str:
    if isinstance(value, str):
        return value
    numbers = {
        name
        for name, parameter in template.load_template()["Parameters"].items()
        if parameter["Type"] == "Number"
    }
    return LONGEST_NUMBER if value.get("Ref") in numbers else LONGEST_REFERENCE
