"""Draws an account's id and tokens for an order of `make provision`: `make account`."""

import argparse
import json
import os
import secrets
import string
from pathlib import Path

from maskline.carriers import DEFAULT, NAMES, UnknownCarrierError, carrier
from maskline.carriers.adapter import Carrier

_ID_LETTERS = string.ascii_uppercase + string.digits


def draw_id(prefix: str) -> str:
    """An id as long as the compatible API's."""
    return prefix + "".join(secrets.choice(_ID_LETTERS) for _ in range(18))


def draw_token() -> str:
    """A token that no number of guesses finds."""
    return secrets.token_urlsafe(30)


def order(*names: str) -> dict[str, object]:
    """An order whose blanks, each carrier's id and secrets, are the operator's to fill in.

    Raises UnknownCarrierError.
    """
    return {
        "account": {"auth_id": draw_id("MA"), "auth_tokens": [draw_token()]},
        "subaccounts": [],
        "carriers": [_blank(carrier(name)) for name in names or (DEFAULT,)],
    }


def _blank(adapter: Carrier) -> dict[str, object]:
    """The account at a carrier, in the carrier's own words; its API where that has no one place."""
    secrets = {secret: [""] for secret in adapter.secrets}
    api_url = {} if adapter.api_url else {"api_url": ""}
    return {"carrier": adapter.name, adapter.account_name: "", "secrets": secrets, **api_url}


def write(path: Path, *names: str) -> None:
    """Write a new file that its owner alone can read. Raises as `order`, and FileExistsError."""
    text = json.dumps(order(*names), indent=2) + "\n"
    new = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(new, "w") as file:
        file.write(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("carriers", nargs="?", default=DEFAULT, help="with commas between them")
    options = parser.parse_args()
    path = options.file
    try:
        write(path, *options.carriers.split(","))
    except FileExistsError:
        parser.exit(1, f"{path} is there already: it is left as it is.\n")
    except UnknownCarrierError:
        parser.exit(1, f"The carriers are: {', '.join(NAMES)}\n")
    print(f"Fill in the carriers' ids and secrets in {path}, then: make provision EVENT={path}")
    print("It holds secrets: delete it afterwards, and give the account's token to its clients.")
