"""Has the stack of `make run` carry out an operator's order, as a deployed one does."""

import json
import sys
from collections.abc import Callable, Iterable

from tools.operator.preflight import NotReadyError
from tools.smoke.client import exchange

# Carries out an order for as long as it takes, and answers with JSON.
Ask = Callable[[bytes], str]


def run(api: str, folder: str, order: bytes) -> str:
    """Invoke the function of that folder; its answer as JSON. Raises NotReadyError as operate."""
    try:
        answer = exchange("POST", f"{api}/local/functions/{folder}", json.loads(order))
    except OSError as error:
        raise NotReadyError(
            f"No local stack at {api} ({error}). Start one with: make run"
        ) from None
    if answer.status != 200:
        told = answer.content if isinstance(answer.content, dict) else {}
        raise NotReadyError(f"The order was refused: {told.get('errorMessage', answer.status)}")
    return json.dumps(answer.content)


def on_local_stack(api: str, folder: str, work: Callable[[Ask], Iterable[str]]) -> int:
    """Print the place and what the work there says, or why not on standard error: the exit code."""
    try:
        print(f"The local stack at {api}")
        for line in work(lambda order: run(api, folder, order)):
            print(line)
    except NotReadyError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
