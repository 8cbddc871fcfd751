"""Lists the numbers that an account rents at a carrier, and puts those that are asked for to use.

`make import-numbers`, on the local stack or on a deployed one. docs/numbers.md, "Import"

python -m tools.operator.import_numbers ACCOUNT CARRIER [--all] [--configure]
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from local.phone.call import default_api
from maskline.domain.numbers.numbering_plan import parse_number
from tools.operator import operate
from tools.operator.preflight import NotReadyError, on_stack
from tools.smoke.client import exchange

# A number after the import, as the function answers it.
Row = Mapping[str, str]
# Carries out an order for as long as it takes, and answers with JSON.
Ask = Callable[[bytes], str]

_FUNCTION = "ProvisionAccountFunction"
_COLUMNS = ("number", "country", "pool", "webhooks", "note")


def imported(ask: Ask, order: Mapping[str, Any]) -> Iterator[Row]:
    """Each number of the carrier's list, over as many runs of the function as they take."""
    start: int | None = 0
    while start is not None:
        answer = json.loads(ask(json.dumps({"import": {**order, "start": start}}).encode()))
        yield from answer["numbers"]
        start = answer["next"]


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Lines of a table, with its headings."""
    lines = [
        [name.upper() for name in _COLUMNS],
        *([row[name] for name in _COLUMNS] for row in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        yield "  ".join(cells).rstrip()


def told(ask: Ask, order: Mapping[str, Any]) -> Iterator[str]:
    """The table, and in a sentence what was done and what could not be."""
    rows = list(imported(ask, order))
    listed = {row["number"] for row in rows}
    named = {str(parse_number(number) or number) for number in order["numbers"]}
    rows += [_unlisted(number) for number in sorted(named - listed)]
    yield from table(rows)
    added = sum(row["pool"] == "added" for row in rows)
    is_set = sum(row["webhooks"] == "set" for row in rows)
    noted = sum(bool(row["note"]) for row in rows)
    yield (
        f"{len(listed)} numbers at the carrier: {added} added, "
        f"webhooks of {is_set} set, {noted} with a note"
    )


def _unlisted(number: str) -> Row:
    note = "the carrier does not list it"
    return {"number": number, "country": "", "pool": "out", "webhooks": "", "note": note}


def _on_local_stack(api: str, order: bytes) -> str:
    try:
        answer = exchange("POST", f"{api}/local/functions/provision_account", json.loads(order))
    except OSError as error:
        raise NotReadyError(
            f"No local stack at {api} ({error}). Start one with: make run"
        ) from None
    if answer.status != 200:
        raise NotReadyError(f"The order was refused: {answer.content}")
    return json.dumps(answer.content)


def main(arguments: list[str] | None = None) -> int:
    """Print the table, or the refusal on standard error. Returns the exit code."""
    options = _options(arguments)
    order = {
        "account": options.account,
        "carrier": options.carrier,
        "numbers": _listed(options.numbers),
        "countries": _listed(options.countries),
        "all": options.all,
        "configure": options.configure,
    }
    if options.stack:
        return on_stack(
            options,
            lambda session: told(partial(operate.run, session, options.stack, _FUNCTION), order),
        )
    try:
        print(f"The local stack at {options.api}")
        for line in told(partial(_on_local_stack, options.api), order):
            print(line)
    except NotReadyError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.operator.import_numbers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("account", help="its auth_id")
    parser.add_argument("carrier")
    parser.add_argument("--numbers", default="", help="add these, with commas between them")
    parser.add_argument("--countries", default="", help="add those of these (ISO alpha-2)")
    parser.add_argument("--all", action="store_true", help="add all")
    parser.add_argument("--configure", action="store_true", help="set webhooks at the carrier")
    parser.add_argument("--stack", default="", help="a deployed one")
    parser.add_argument("--region", help="else the environment's, or the profile's")
    parser.add_argument("--api", default=default_api(), metavar="URL", help="of the local stack")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
