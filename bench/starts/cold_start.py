"""One cold start, in a process of its own: what importing a handler and its first call take.

python bench/starts/cold_start.py <folder of a function|bare> [file]

Its last line is {"init": [wall, processor], "invoke": [wall, processor]}, in seconds; without a
file there is no call. The file holds the webhook's event and the requests that its answer makes.
The clocks start when nothing but the interpreter is loaded. "bare" only makes a client for
DynamoDB; it is then timed making the same requests.
"""

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

Invocation = Callable[[Mapping[str, Any]], object]

# On standard error, around what the interpreter traces there when it is asked to.
INIT_BEGINS = "INIT begins\n"
INIT_ENDS = "INIT ends\n"


def _handler(folder: str) -> Invocation:
    # As the import statement would, without another module.
    app: Any = __import__(f"functions.{folder}.app", fromlist=["handler"])
    return lambda given: app.handler(given["event"], None)


def _bare() -> Invocation:
    import botocore.session

    client: Any = botocore.session.get_session().create_client("dynamodb")

    def invoke(given: Mapping[str, Any]) -> None:
        client.batch_get_item(**given["read"])
        client.transact_write_items(**given["write"])

    return invoke


def main(kind: str, path: str = "") -> None:
    sys.stderr.write(INIT_BEGINS)
    start = _clocks()
    invoke = _bare() if kind == "bare" else _handler(kind)
    init = _since(start)
    sys.stderr.write(INIT_ENDS)
    if not path:
        _write({"init": init})
        return
    given = _read(path)
    called = _clocks()
    invoke(given)
    _write({"init": init, "invoke": _since(called)})


def _since(start: tuple[float, float]) -> list[float]:
    return [after - before for before, after in zip(start, _clocks(), strict=True)]


def _clocks() -> tuple[float, float]:
    """Read the clock of the wall and that of this process's share of the processors."""
    return time.perf_counter(), time.process_time()


def _read(path: str) -> Mapping[str, Any]:
    import json

    with open(path) as file:  # noqa: PTH123 (the clock would count the import of pathlib)
        given: Mapping[str, Any] = json.load(file, object_hook=_with_bytes)
    return given


def _with_bytes(part: dict[str, Any]) -> dict[str, Any]:
    """Bytes are in hexadecimal in the file; what runs beside the clock imports nothing of ours."""
    return {"B": bytes.fromhex(part["B"])} if part.keys() == {"B"} else part


def _write(result: Mapping[str, Any]) -> None:
    import json

    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
