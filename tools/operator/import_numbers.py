"""Lists the numbers that an account rents at a carrier, and puts those that are asked for to use.

`make import-numbers`, on the local stack or on a deployed one. docs/numbers.md, "Import"

python -m tools.operator.import_numbers ACCOUNT=MA... CARRIER=... [ALL=1] [CONFIGURE=1]
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from local.phone.call import default_api
from maskline.domain.numbers.numbering_plan import parse_number
from tools.operator import operate
from tools.operator.import_words import TAKES, WordError, read_words
from tools.operator.local_stack import Ask, on_local_stack
from tools.operator.preflight import on_stack

# A number after the import, as the function answers it.
Row = Mapping[str, str]

_FUNCTION, _LOCALLY = "ProvisionAccountFunction", "provision_account"
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


def main(arguments: list[str] | None = None) -> int:
    """Print the table, or the refusal on standard error. Returns the exit code."""
    options = _options(arguments)
    try:
        order = read_words(options.words)
    except WordError as error:
        print(error, file=sys.stderr)
        return 1
    if options.stack:
        return on_stack(
            options,
            lambda session: told(partial(operate.run, session, options.stack, _FUNCTION), order),
        )
    return on_local_stack(options.api, _LOCALLY, lambda ask: told(ask, order))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.operator.import_numbers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", help=TAKES)
    parser.add_argument("--stack", default="", help="a deployed one")
    parser.add_argument("--region", help="else the environment's, or the profile's")
    parser.add_argument("--api", default=default_api(), metavar="URL", help="of the local stack")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
