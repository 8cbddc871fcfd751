"""Runs one of the operator's functions of a stack, says what it answered, and exits so.

`make provision`, `make replay` and `make rotate-keys`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.config import Config

from local.phone.call import default_api
from tools.operator.local_stack import on_local_stack
from tools.operator.preflight import NotReadyError, on_stack, stack_parser

# None of those that are waited for takes longer (Timeout in template.yaml). Asking again would do
# the work again.
READ_SECONDS = 70
_CONFIG = Config(read_timeout=READ_SECONDS, retries={"total_max_attempts": 1})


def run(session: Any, stack: str, function: str, order: bytes) -> str:
    """Invoke the function that an output of the stack names; its answer as JSON.

    Raises NotReadyError with what it refused, or with what keeps it from being asked.
    """
    answer = session.client("lambda", config=_CONFIG).invoke(
        FunctionName=_name(session, stack, function), Payload=order
    )
    told: str = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise NotReadyError(json.loads(told).get("errorMessage", told))
    return told


def start(session: Any, stack: str, function: str) -> str:
    """Invoke a function without waiting for it; the sentence says where to look for its result."""
    client, name = session.client("lambda", config=_CONFIG), _name(session, stack, function)
    client.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    log = client.get_function_configuration(FunctionName=name)["LoggingConfig"]["LogGroup"]
    return f"Started. Its log lines: group {log}, the streams with {name} in their names."


def described(session: Any, stack: str) -> Any:
    """Ask CloudFormation about the stack."""
    [found] = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return found


def outputs_of(found: Any) -> dict[str, str]:
    """The outputs of a stack that was described, by name."""
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def _name(session: Any, stack: str, function: str) -> str:
    outputs = outputs_of(described(session, stack))
    if f"{function}Name" not in outputs:
        raise NotReadyError(f"The stack {stack} names no {function}: deploy it first.")
    return outputs[f"{function}Name"]


def main(arguments: list[str] | None = None) -> int:
    """Print the place and the answer, or the refusal on standard error. Returns the exit code."""
    parser = stack_parser(__doc__)
    parser.add_argument("function", help="as the template calls it")
    parser.add_argument("--order", help="a file of JSON, - for standard input")
    parser.add_argument("--start", action="store_true", help="do not wait for the answer")
    parser.add_argument("--local", metavar="FOLDER", help="its folder, on the stack of `make run`")
    options = parser.parse_args(arguments)

    def order() -> bytes:
        return _read(options.order) if options.order else b"{}"

    def answer(session: Any) -> Iterator[str]:
        content = order()
        if options.start:
            yield start(session, options.stack, options.function)
        else:
            yield run(session, options.stack, options.function, content)

    if options.local:
        return on_local_stack(default_api(), options.local, lambda ask: [ask(order())])
    return on_stack(options, answer)


def _read(source: str) -> bytes:
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text()
        json.loads(text)
    except (OSError, ValueError) as error:
        raise NotReadyError(f"The order cannot be read: {error}") from None
    return text.encode()


if __name__ == "__main__":
    sys.exit(main())
