"""One cold start, in a process of its own: what importing a handler and its first call take.

python bench/cold_start.py <answer|bare> <file>     ends with {"init": seconds, "invoke": seconds}

The file holds the webhook's event and the requests that its answer makes. The clock starts when
nothing but the interpreter is loaded. "bare" only makes a client for DynamoDB; it is then timed
making the same requests.
"""

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

Invocation = Callable[[Mapping[str, Any]], object]


def _answer() -> Invocation:
    from functions.answer_call.app import handler

    return lambda given: handler(given["event"], None)


def _bare() -> Invocation:
    import botocore.session

    client: Any = botocore.session.get_session().create_client("dynamodb")

    def invoke(given: Mapping[str, Any]) -> None:
        client.batch_get_item(**given["read"])
        client.transact_write_items(**given["write"])

    return invoke


def main(kind: str, path: str) -> None:
    start = time.perf_counter()
    invoke = {"answer": _answer, "bare": _bare}[kind]()
    ready = time.perf_counter()
    given = _read(path)
    called = time.perf_counter()
    invoke(given)
    done = time.perf_counter()
    _write({"init": ready - start, "invoke": done - called})


def _read(path: str) -> Mapping[str, Any]:
    import json

    with open(path) as file:  # noqa: PTH123 (the clock would count the import of pathlib)
        given: Mapping[str, Any] = json.load(file)
    return given


def _write(result: Mapping[str, Any]) -> None:
    import json

    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
