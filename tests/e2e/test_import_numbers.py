"""`make import-numbers` on the local stack: every carrier's numbers are listed, added and set."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from maskline.carriers import NAMES
from tests.e2e.accounts import Account, seeded_account
from tests.e2e.service import ROOT, Service, bare_environment, started_service

UNRENTED = "+12025550199"


@pytest.fixture(scope="module")
def own_service() -> Iterator[Service]:
    """Its clock is moved, and its numbers are released."""
    with started_service() as running:
        yield running.wait_until_ready()


@pytest.fixture(scope="module")
def account(own_service: Service) -> Account:
    """The seeded account, which has given back the British number of each carrier."""
    seeded = seeded_account(own_service.info())
    for number in british(own_service.info()).values():
        seeded.client.send("POST", f"/Number/{number}/", {"status": "retired"})
    own_service.advance(300)
    for number in british(own_service.info()).values():
        assert seeded.client.send("DELETE", f"/Number/{number}/").status == 204
    return seeded


def british(info: dict[str, Any]) -> dict[str, str]:
    """The last number of each carrier."""
    return {name: here["numbers"][-1] for name, here in info["carriers"].items()}


def imported(service: Service, *arguments: str) -> tuple[list[list[str]], str]:
    """The rows of the table, and the last line."""
    done = run(service, *arguments)
    assert done.returncode == 0, done.stderr
    place, headings, *rows, summary = done.stdout.splitlines()
    assert place == f"The local stack at {service.url}"
    assert headings.split() == ["NUMBER", "COUNTRY", "POOL", "WEBHOOKS", "NOTE"]
    return [row.split(maxsplit=4) for row in rows], summary


def run(service: Service, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tools.operator.import_numbers", *arguments, "--api", service.url],
        cwd=ROOT,
        env={**bare_environment(), "PYTHONPATH": "layers/masking"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("carrier", NAMES)
def test_a_carriers_numbers_are_listed_added_and_set_and_then_left_alone(
    own_service: Service, account: Account, carrier: str
) -> None:
    info = own_service.info()
    numbers, back = info["carriers"][carrier]["numbers"], british(info)[carrier]
    named = (account.client.auth_id, carrier)

    rows, summary = imported(own_service, *named)
    assert [row[0] for row in rows] == numbers
    assert {tuple(row[2:]) for row in rows if row[0] != back} == {("in", "elsewhere")}
    assert [row for row in rows if row[0] == back] == [[back, "GB", "out", "elsewhere"]]
    assert summary.startswith(f"{len(numbers)} numbers at the carrier: 0 added, webhooks of 0 set")

    wanted = ("--numbers", f"{back},{UNRENTED}", "--configure")
    (*rows, unlisted), summary = imported(own_service, *named, *wanted)
    assert {tuple(row[2:]) for row in rows if row[0] != back} == {("in", "set")}
    assert [row for row in rows if row[0] == back] == [[back, "GB", "added", "set"]]
    assert " ".join(unlisted) == f"{UNRENTED} out the carrier does not list it"
    assert f"1 added, webhooks of {len(numbers)} set, 1 with a note" in summary
    shown = account.client.send("GET", f"/Number/{back}/").json
    assert (shown["carrier"], shown["status"]) == (carrier, "active")

    rows, summary = imported(own_service, *named, "--all", "--configure")
    assert {tuple(row[2:]) for row in rows} == {("in", "ours")}
    assert "0 added, webhooks of 0 set, 0 with a note" in summary


def test_a_refusal_ends_with_a_sentence(own_service: Service, account: Account) -> None:
    done = run(own_service, account.client.auth_id, "nobody")

    assert done.returncode == 1
    assert "carrier must be one that the account has credentials for" in done.stderr
