"""The credentials of `make run`: kept in a file, or given."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from local.stack.credentials import UnusableCredentialsError, known_credentials

ACCOUNT = "MA" + "X7" * 9
TOKEN = "a-token-of-somebodys-own-that-is-long-enough"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".local" / "credentials.json"


def test_they_are_drawn_once_and_kept_for_their_owner_alone(file: Path) -> None:
    first = known_credentials({}, file)
    again = known_credentials({}, file)

    assert again == first
    assert first.source == f"the same at every start: kept in {file}"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_what_an_earlier_version_did_not_draw_is_drawn_once(file: Path) -> None:
    kept = known_credentials({}, file).credentials
    earlier = json.loads(file.read_text())
    del earlier["carriers"]
    file.write_text(json.dumps(earlier))

    first = known_credentials({}, file).credentials
    again = known_credentials({}, file).credentials

    assert replace(first, carriers={}) == replace(kept, carriers={})
    assert again == first
    assert json.loads(file.read_text())["carriers"] == first.carriers
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_carrier_that_is_no_longer_there_keeps_its_credentials(file: Path) -> None:
    known_credentials({}, file)
    later = json.loads(file.read_text())
    later["carriers"]["another"] = {"key": "k"}
    file.write_text(json.dumps(later))

    assert known_credentials({}, file).credentials.carriers["another"] == {"key": "k"}


def test_those_of_the_environment_are_taken_and_not_kept(file: Path) -> None:
    kept = known_credentials({}, file).credentials

    given = known_credentials({"AUTH_ID": ACCOUNT, "AUTH_TOKEN": TOKEN}, file)

    assert (given.credentials.auth_id, given.credentials.auth_token) == (ACCOUNT, TOKEN)
    assert given.credentials.carrier_auth_token == kept.carrier_auth_token
    assert given.source == "as AUTH_ID and AUTH_TOKEN give them"
    assert known_credentials({}, file).credentials == kept


def test_a_shell_that_has_read_the_kept_ones_gives_nothing_new(file: Path) -> None:
    kept = known_credentials({}, file)
    shell = {"AUTH_ID": kept.credentials.auth_id, "AUTH_TOKEN": kept.credentials.auth_token}

    assert known_credentials(shell, file) == kept


@pytest.mark.parametrize(
    ("environment", "refused"),
    [
        ({"AUTH_ID": ACCOUNT}, "Give both AUTH_ID and AUTH_TOKEN, or neither."),
        ({"AUTH_TOKEN": TOKEN}, "Give both AUTH_ID and AUTH_TOKEN, or neither."),
        ({"AUTH_ID": "MA1", "AUTH_TOKEN": TOKEN}, "AUTH_ID must be MA and 18 letters or digits."),
        ({"AUTH_ID": ACCOUNT, "AUTH_TOKEN": "short"}, "AUTH_TOKEN must have 32 characters or more"),
    ],
)
def test_what_cannot_be_an_account_is_refused(
    environment: dict[str, str], refused: str, file: Path
) -> None:
    with pytest.raises(UnusableCredentialsError, match=refused):
        known_credentials(environment, file)


@pytest.mark.parametrize("content", ["", "[]", "{", json.dumps({"auth_id": ACCOUNT, "more": 1})])
def test_a_file_that_says_something_else_is_to_be_removed(content: str, file: Path) -> None:
    file.parent.mkdir()
    file.write_text(content)

    with pytest.raises(UnusableCredentialsError, match="remove it, and new credentials are drawn"):
        known_credentials({}, file)
