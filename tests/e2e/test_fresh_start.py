"""A newcomer's first five minutes: start it, read what it prints, type that, stop it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from local.phone.simulator import CarrierSimulator
from tests.e2e.accounts import seeded_account
from tests.e2e.people import pair
from tests.e2e.service import ROOT, Service, bare_environment, free_port, started_service
from tests.e2e.wire import exchange

FIRST, SECOND = "+12025550101", "+12025550102"
E164 = re.compile(r"\+[1-9]\d{6,14}")

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
needs_ps = pytest.mark.skipif(shutil.which("ps") is None, reason="there is no ps here")


@pytest.fixture(scope="module")
def fresh() -> Iterator[Service]:
    with started_service() as service:
        yield service.wait_until_ready()


def typed(command: str) -> str:
    """What a shell prints for it."""
    shell = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert shell.returncode == 0, shell.stderr
    return shell.stdout


def printed_curls(service: Service) -> list[str]:
    """The curl commands in what the service has printed, continued lines joined."""
    joined = service.output.replace("\\\n", " ")
    return re.findall(r"^(?:.*? {2,})?(curl .*)$", joined, re.MULTILINE)


@needs_curl
def test_every_curl_that_it_prints_works(fresh: Service) -> None:
    of_info, of_session, skips, resets = printed_curls(fresh)

    assert fresh.info()["api"] in typed(of_info)
    created = typed(f"{of_session} 2>/dev/null")
    assert '"message": "Session created"' in created
    assert '"ahead_seconds": 3600.0' in typed(skips)
    assert '"ahead_seconds": 0.0' in typed(resets)


def test_the_info_is_what_a_test_or_a_tool_needs(fresh: Service) -> None:
    info = fresh.info()

    assert info["api"] == fresh.url
    assert re.fullmatch(r"MA[A-Z0-9]{18}", info["auth_id"])
    assert len(info["auth_token"]) >= 32
    assert all(E164.fullmatch(number) for number in info["numbers"])
    american = [number for number in info["numbers"] if number.startswith("+1")]
    british = [number for number in info["numbers"] if number.startswith("+44")]
    assert len(american) >= 6
    assert len(british) >= 4
    plivo = info["carriers"]["plivo"]
    assert plivo["auth_token"] != info["auth_token"]
    ours = f"{fresh.url}/carriers/plivo"
    assert plivo["answer_url"].startswith(f"{ours}/call/answer/{info['auth_id']}/")
    assert plivo["hangup_url"].startswith(f"{ours}/event/hangup/{info['auth_id']}/")
    assert plivo["api_url"] == f"{fresh.url}/local/carriers/plivo"


def test_the_pool_holds_what_the_info_says(fresh: Service) -> None:
    account = seeded_account(fresh.info())

    pages = (f"/Number/?limit=20&offset={offset}" for offset in (0, 20))
    listed = [one for page in pages for one in account.client.send("GET", page).json["objects"]]

    assert [f"+{entry['number']}" for entry in listed] == list(account.numbers)
    assert {entry["country"] for entry in listed} == {"US", "GB"}


def call_from_the_command_line(service: Service, *arguments: str) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "local.phone.call", *arguments],
        cwd=ROOT,
        env={**bare_environment(), "PORT": str(service.port)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_call_from_the_command_line_and_the_line_that_tells_of_it(fresh: Service) -> None:
    account = seeded_account(fresh.info())
    first, second = pair()
    number = f"+{account.client.create(first, second)['virtual_number']}"

    call = call_from_the_command_line(fresh, f"FROM={second}", f"TO={number}")

    assert (call.returncode, call.stderr) == (0, "")
    assert "connected" in call.stdout
    assert number in call.stdout
    output = fresh.wait_for_output("ringing").splitlines()
    assert any("ringing" in line and f"dials {number}" in line for line in output)
    for text in (call.stdout, fresh.output):
        assert first.removeprefix("+") not in text
        assert second.removeprefix("+") not in text


def test_a_call_says_what_is_wrong_when_nothing_runs() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"

    words = [f"FROM={FIRST}", f"TO={SECOND}", f"API={nowhere}"]
    call = subprocess.run(
        [sys.executable, "-m", "local.phone.call", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (call.returncode, call.stdout) == (1, "")
    assert "make run" in call.stderr
    assert "Traceback" not in call.stderr


def test_a_second_one_on_the_same_port_says_so(fresh: Service) -> None:
    with started_service(fresh.port) as second:
        assert second.wait() == 1

        assert f"Port {fresh.port} is taken" in second.output
        assert "Traceback" not in second.output
    assert fresh.info()["api"] == fresh.url


@needs_ps
def test_who_asks_early_may_use_all_that_it_says_and_ctrl_c_leaves_nothing_of_it() -> None:
    """A script waits for /local/info, calls, and stops the service and all that it started."""
    with started_service() as service:
        info = _first_info(service)
        first, second = pair()

        answer = seeded_account(info).client.send(
            "POST", "/Masking/Session/", {"first_party": first, "second_party": second}
        )

        assert answer.status == 201, answer.text
        called = CarrierSimulator.of(info).call(first, answer.json["virtual_number"])
        assert called.is_connected

        service.wait_until_ready()
        children = _descendants(service.pid)
        assert children
        assert service.interrupt() == 0
        assert "Traceback" not in service.output
        assert service.output.rstrip().endswith("Stopping ...")
        assert not [pid for pid in children if _is_running(pid)]


def _first_info(service: Service) -> Any:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urlopen(f"{service.url}/local/info", timeout=5).close()
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.002)
        else:
            return exchange("GET", f"{service.url}/local/info").json
    raise AssertionError(service.output)


@needs_ps
def test_it_ends_with_a_sentence_when_its_engine_dies() -> None:
    with started_service() as service:
        told = service.wait_until_ready().output
        [engine] = _descendants(service.pid)
        os.kill(engine, signal.SIGKILL)

        assert service.wait() == 1

        said = service.output.removeprefix(told).splitlines()
        assert said.count("The local AWS has ended, and all data with it: start again.") == 1
        assert "Traceback" not in service.output
        with pytest.raises(ConnectionRefusedError):
            service.info()


def _descendants(pid: int) -> list[int]:
    listing = typed("ps -A -o pid=,ppid=")
    parents = {int(child): int(parent) for child, parent in map(str.split, listing.splitlines())}
    direct = [child for child, parent in parents.items() if parent == pid]
    return direct + [one for child in direct for one in _descendants(child)]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
