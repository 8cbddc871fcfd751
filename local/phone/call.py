"""Ring a number of the local stack: `python -m local.phone.call --from +1... --to +1...`."""

import argparse
import json
import os
import sys
import urllib.request
from typing import Any

from local.phone.plivo.steps import NotSimulatedError, SimulatedCall
from local.phone.plivo.xml import InvalidDocumentError
from local.phone.simulator import CarrierSimulator, Script
from local.stack.story import mask


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    try:
        carrier = CarrierSimulator.of(stack_info(options.api))
    except OSError as error:
        return _complain(f"No local stack at {options.api} ({error}). Start one with: make run")
    digits = tuple(filter(None, options.digits.split(",")))
    try:
        call = carrier.call(options.caller, options.dialled, Script(digits=digits))
    except (InvalidDocumentError, NotSimulatedError) as error:
        return _complain(f"The carrier cannot follow the answer: {error}")
    print("\n".join(describe(call)))
    return 0 if call.problem is None else 1


def describe(call: SimulatedCall) -> list[str]:
    """The call as a few lines for a terminal."""
    lines = [f"{mask(call.caller)} dials {call.dialled_number}"]
    lines += [f"  hears: {text}" for text in call.heard]
    for leg in call.legs:
        shown = leg.caller_id if leg.caller_id != call.caller else mask(leg.caller_id)
        lines.append(f"  {mask(leg.to)} rings, sees {shown}: {leg.status}, {leg.duration} s")
    if call.problem:
        lines.append(f"  problem: {call.problem}")
    if call.ended:
        cause = call.ended.cause
        lines.append(f"  over: {call.outcome} ({cause.code} {cause.name})")
    lines.append(f"  webhooks: {', '.join(_sent(call))}")
    return lines


def _sent(call: SimulatedCall) -> list[str]:
    return [f"{delivery.webhook.kind} {delivery.status}" for delivery in call.deliveries]


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.phone.call", description=__doc__)
    parser.add_argument("--from", dest="caller", required=True, metavar="NUMBER")
    parser.add_argument("--to", dest="dialled", required=True, metavar="NUMBER")
    parser.add_argument("--digits", default="", metavar="PIN[,PIN...]", help="one for each prompt")
    parser.add_argument("--api", default=default_api(), metavar="URL")
    return parser.parse_args(arguments)


def default_api() -> str:
    """Return the address on which `make run` listens."""
    return f"http://127.0.0.1:{os.environ.get('PORT') or 3000}"


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
