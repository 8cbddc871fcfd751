"""The credentials of `make run`: the same at every start, so that an application may keep them."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from local.stack.seed import Credentials
from maskline.services.accounts.provision import MIN_TOKEN_CHARACTERS

# `make clean` removes it, and git ignores it.
FILE = Path(".local") / "credentials.json"
_NAMES = ("AUTH_ID", "AUTH_TOKEN")


class UnusableCredentialsError(Exception):
    """Credentials that were given or kept are of no use; the text says what to do about it."""


@dataclass(frozen=True)
class Known:
    """Credentials, and the sentence that says where they come from."""

    credentials: Credentials
    source: str


def known_credentials(environment: Mapping[str, str], file: Path = FILE) -> Known:
    """Return those kept in the file, which is made if need be, with the account's as it is given.

    The environment gives the account's: AUTH_ID and AUTH_TOKEN. Raises UnusableCredentialsError.
    """
    given = [environment.get(name, "") for name in _NAMES]
    if any(given) and not all(given):
        raise UnusableCredentialsError("Give both AUTH_ID and AUTH_TOKEN, or neither.")
    kept = _kept(file)
    if not any(given) or given == [kept.auth_id, kept.auth_token]:
        return Known(kept, f"the same at every start: kept in {file}")
    account_id, token = given
    _require_account(account_id, token)
    credentials = replace(kept, auth_id=account_id, auth_token=token)
    return Known(credentials, "as AUTH_ID and AUTH_TOKEN give them")


def _require_account(account_id: str, token: str) -> None:
    drawn = Credentials()
    is_id = account_id.isascii() and account_id.isalnum() and account_id.startswith("MA")
    if not is_id or len(account_id) != len(drawn.auth_id):
        raise UnusableCredentialsError("AUTH_ID must be MA and 18 letters or digits.")
    if len(token) < MIN_TOKEN_CHARACTERS:
        raise UnusableCredentialsError(
            f"AUTH_TOKEN must have {MIN_TOKEN_CHARACTERS} characters or more."
        )


def _kept(file: Path) -> Credentials:
    if not file.exists():
        _keep(Credentials(), file)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        kept = Credentials.kept(content)
    except (ValueError, TypeError, AttributeError):
        raise UnusableCredentialsError(
            f"{file} cannot be read: remove it, and new credentials are drawn."
        ) from None
    if asdict(kept) != content:  # an earlier version's, which had fewer carriers
        file.unlink()
        _keep(kept, file)
    return kept


def _keep(credentials: Credentials, file: Path) -> None:
    """Write the file at once and whole, unless a stack that starts meanwhile was quicker."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # Such a file is for its owner alone.
    descriptor, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as new:
        json.dump(asdict(credentials), new, indent=2)
    try:
        os.link(name, file)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
