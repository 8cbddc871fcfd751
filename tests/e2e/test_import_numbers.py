"""`make import-numbers` on the local stack: every carrier's numbers are listed, added and set."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.stack.carriers import seeded
from maskline.carriers import NAMES
from tests.e2e.accounts import Account, seeded_account
from tests.e2e.service import ROOT, Service, bare_environment, started_service
from tools.operator import new_account
from tools.operator.new_account import draw_token

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
    return run_module(service, "tools.operator.import_numbers", *arguments)


def run_module(service: Service, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run it as `make` does, on the stack's port."""
    port = {"PORT": str(urlsplit(service.url).port)}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**bare_environment(), "PYTHONPATH": "layers/masking", **port},
        capture_output=True,
        text=True,
        check=False,
    )


FURTHER = {row.name: row.further for row in seeded()}


@pytest.mark.parametrize("carrier", NAMES)
def test_a_carriers_numbers_are_listed_added_and_set_and_then_left_alone(
    own_service: Service, account: Account, carrier: str
) -> None:
    info = own_service.info()
    numbers, back = info["carriers"][carrier]["numbers"], british(info)[carrier]
    further = FURTHER[carrier]
    named = (f"ACCOUNT={account.client.auth_id}", f"CARRIER={carrier}")

    rows, summary = imported(own_service, *named)
    assert [row[0] for row in rows] == [*numbers, *further]
    assert {tuple(row[2:]) for row in rows if row[0] in numbers[:-1]} == {("in", "ours")}
    assert [row for row in rows if row[0] == back] == [[back, "GB", "out", "ours"]]
    assert [row for row in rows if row[0] in further] == [
        [number, "GB", "out", "elsewhere"] for number in further
    ]
    assert summary.startswith(f"{len(rows)} numbers at the carrier: 0 added, webhooks of 0 set")

    wanted = (f"NUMBERS={','.join((back, *further, UNRENTED))}", "CONFIGURE=1")
    (*rows, unlisted), summary = imported(own_service, *named, *wanted)
    assert {tuple(row[2:]) for row in rows if row[0] in numbers[:-1]} == {("in", "ours")}
    assert [row for row in rows if row[0] == back] == [[back, "GB", "added", "ours"]]
    assert [row for row in rows if row[0] in further] == [
        [number, "GB", "added", "set"] for number in further
    ]
    assert " ".join(unlisted) == f"{UNRENTED} out the carrier does not list it"
    told = f"{1 + len(further)} added, webhooks of {len(further)} set, 1 with a note"
    assert told in summary
    for number in (back, *further):
        shown = account.client.send("GET", f"/Number/{number}/").json
        assert (shown["carrier"], shown["status"]) == (carrier, "active")

    rows, summary = imported(own_service, *named, "ALL=1", "CONFIGURE=1")
    assert {tuple(row[2:]) for row in rows} == {("in", "ours")}
    assert "0 added, webhooks of 0 set, 0 with a note" in summary


def test_a_refusal_ends_with_a_sentence(own_service: Service, account: Account) -> None:
    done = run(own_service, f"ACCOUNT={account.client.auth_id}", "CARRIER=nobody")

    assert done.returncode == 1
    assert "carrier must be one that the account has credentials for" in done.stderr


def test_a_slip_lists_nothing(own_service: Service, account: Account) -> None:
    done = run(own_service, f"ACCOUNT={account.client.auth_id}", "CARRIER=plivo", "COUNTRI=GB")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("There is no COUNTRI. make import-numbers takes ACCOUNT ")


def test_an_account_file_is_tried_on_the_local_stack(own_service: Service, tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    new_account.write(path, "twilio")
    order = json.loads(path.read_text())
    order["carriers"][0] |= {"account_sid": "AC01", "secrets": {"auth_token": [draw_token()]}}
    command = ("tools.operator.operate", "maskline", "ProvisionAccountFunction")
    locally = (*command, "--order", str(path), "--local", "provision_account")

    path.write_text(json.dumps({**order, "carrier": []}))
    refused = run_module(own_service, *locally)
    path.write_text(json.dumps(order))
    done = run_module(own_service, *locally)

    assert refused.returncode == 1
    assert "carrier is no name of the order" in refused.stderr
    place, answer = done.stdout.splitlines()
    assert place == f"The local stack at {own_service.url}"
    assert json.loads(answer)["auth_id"] == order["account"]["auth_id"]
    assert {*json.loads(answer)["carriers"]} == {"twilio"}
