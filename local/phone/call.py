"""Ring a number of the local stack: `python -m local.phone.call FROM=+1... TO=+1...`."""

import http.client
import json
import os
import sys
import urllib.request
from typing import Any

from local.phone.instructions import InvalidDocumentError, NotSimulatedError
from local.phone.simulator import CarrierSimulator
from local.phone.steps import SimulatedCall
from local.phone.words import WordError, local_api, read_words
from local.stack.story import mask


def main(arguments: list[str] | None = None) -> int:
    try:
        wanted = read_words(sys.argv[1:] if arguments is None else arguments, os.environ)
    except WordError as error:
        return _complain(str(error))
    try:
        carrier = CarrierSimulator.of(stack_info(wanted.api), number=wanted.dialled)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return _complain(f"No local stack at {wanted.api} ({error}). Start one with: make run")
    try:
        call = carrier.call(wanted.caller, wanted.dialled, wanted.script)
    except (InvalidDocumentError, NotSimulatedError) as error:
        return _complain(f"The carrier cannot follow the answer: {error}")
    print("\n".join(describe(call)))
    return 0 if call.problem is None else 1


def describe(call: SimulatedCall) -> list[str]:
    """The call as a few lines for a terminal."""
    lines = [f"{mask(call.caller)} dials {call.dialled_number} (call {call.call_uuid})"]
    lines += [f"  hears: {text}" for text in call.heard]
    for leg in call.legs:
        shown = leg.caller_id if leg.caller_id != call.caller else mask(leg.caller_id)
        lines.append(f"  {mask(leg.to)} rings, sees {shown}: {leg.status}, {leg.duration} s")
    if call.problem:
        lines.append(f"  problem: {call.problem}")
    if call.ended:
        cause = call.carrier.dialect.cause(call.ended)
        lines.append(f"  over: {call.outcome} ({cause})")
    lines.append(f"  webhooks: {', '.join(_sent(call))}")
    return lines


def _sent(call: SimulatedCall) -> list[str]:
    return [f"{delivery.webhook.kind} {delivery.status}" for delivery in call.deliveries]


def default_api() -> str:
    """Return the address on which `make run` listens."""
    return local_api(os.environ.get("PORT", ""))


def stack_info(api: str) -> dict[str, Any]:
    """Read what the stack there says of itself. Raises OSError."""
    with urllib.request.urlopen(f"{api.rstrip('/')}/local/info", timeout=10) as answer:
        info: dict[str, Any] = json.load(answer)
    return info


def _complain(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
