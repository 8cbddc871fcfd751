"""Draws an account's id and tokens for an order of `make provision`: `make account`."""

import argparse
import json
import os
import secrets
import string
from pathlib import Path

from maskline.carriers import DEFAULT, carrier

_ID_LETTERS = string.ascii_uppercase + string.digits


def draw_id(prefix: str) -> str:
    """An id as long as the compatible API's."""
    return prefix + "".join(secrets.choice(_ID_LETTERS) for _ in range(18))


def draw_token() -> str:
    """A token that no number of guesses finds."""
    return secrets.token_urlsafe(30)


def order() -> dict[str, object]:
    """An order whose blanks, the carrier's id and secrets, are the operator's to fill in."""
    return {
        "account": {"auth_id": draw_id("MA"), "auth_tokens": [draw_token()]},
        "subaccounts": [],
        "carriers": [
            {
                "carrier": DEFAULT,
                "auth_id": "",
                "secrets": {name: [""] for name in carrier(DEFAULT).secrets},
            }
        ],
    }


def write(path: Path) -> None:
    """Write a new file that its owner alone can read. Raises FileExistsError."""
    new = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(new, "w") as file:
        file.write(json.dumps(order(), indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    path = parser.parse_args().file
    try:
        write(path)
    except FileExistsError:
        parser.exit(1, f"{path} is there already: it is left as it is.\n")
    print(f"Fill in the carrier's auth_id and secrets in {path}, then: make provision EVENT={path}")
    print("It holds secrets: delete it afterwards, and give the account's token to its clients.")
