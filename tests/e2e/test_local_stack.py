"""`make run` and `make call` do what docs/local.md says, on a stack that is started so."""

import base64
import io
import json
import re
import subprocess
import time
import wave
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.accounts import Account, seeded_account
from tests.e2e.customer import Customer, Mailbox, Received
from tests.e2e.people import pair
from tests.e2e.service import ROOT, Service, bare_environment, free_port, started_service
from tests.e2e.signatures import is_standard_signed, is_v3_signed
from tests.e2e.wire import Answer, exchange

# What a receiver's library lets the timestamp differ from its own clock.
# Source: github.com/standard-webhooks/standard-webhooks, spec: five minutes in its libraries.
TOLERANCE_SECONDS = 300
HOUR = 3600


@pytest.fixture(scope="module")
def stack() -> Iterator[Service]:
    with started_service() as running:
        yield running.wait_until_ready()


@pytest.fixture(scope="module")
def local_account(stack: Service) -> Account:
    return seeded_account(stack.info())


@pytest.fixture
def real_time(stack: Service) -> Iterator[None]:
    """Undo each test's changes of the clock."""
    yield
    moved(stack, {"reset": True})


def typed(stack: Service, command: str) -> Any:
    """A command in a shell that has read the stack's environment, on a port that is not 3000."""
    script = f'eval "$(curl -s {stack.url}/local/env)"; {command}'
    return subprocess.run(
        ["bash", "-euc", script],
        cwd=ROOT,
        env=bare_environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def moved(stack: Service, order: object) -> Answer:
    body = json.dumps(order).encode()
    return exchange("POST", f"{stack.url}/local/clock", body=body)


def is_fresh(request: Received) -> bool:
    return abs(int(request.headers["webhook-timestamp"]) - time.time()) < TOLERANCE_SECONDS


def test_a_shell_that_has_read_the_environment_names_no_port(
    stack: Service, local_account: Account
) -> None:
    first, second = pair()
    number = local_account.client.create(first, second)["virtual_number"]

    call = typed(stack, f"make -s call FROM={second} TO=+{number} ANSWER=busy")
    port = typed(stack, "echo $PORT $API")

    assert (call.returncode, call.stderr) == (0, "")
    assert "rings, sees" in call.stdout
    assert "over: busy (" in call.stdout
    assert port.stdout.split() == [str(stack.port), stack.url]


def test_a_typed_port_comes_before_the_address_in_the_environment(stack: Service) -> None:
    nowhere = free_port()

    call = typed(stack, f"make -s call FROM=+12025550101 TO=+12025550110 PORT={nowhere}")

    assert call.returncode != 0
    assert f"No local stack at http://127.0.0.1:{nowhere}" in call.stderr


def test_people_talk_and_hang_up_as_they_are_told_and_the_call_is_found_by_its_id(
    stack: Service, local_account: Account
) -> None:
    first, second = pair()
    session = local_account.client.create(first, second)
    number = f"+{session['virtual_number']}"

    call = typed(stack, f"make -s call FROM={first} TO={number} TALK=33 HANGUP=callee")

    assert "completed, 33 s" in call.stdout
    [call_id] = re.findall(r"^\+4477.* \(call (\S+)\)$", call.stdout, re.MULTILINE)
    why = typed(stack, f"make -s why CALL={call_id}")
    assert json.loads(why.stdout)["session_uuid"] == session["session_uuid"]
    assert f"dials {number} → " in stack.output
    assert f"(call {call_id})" in stack.output


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ("TO=+12025550110", "FROM is missing."),
        ("FROM=+12025550101", "TO is missing."),
        ("FROM=abc TO=+12025550110", "FROM must be a number with +"),
        ("FROM=2025550101 TO=+12025550110", "FROM must be a number with +"),
        ("FROM=+12025550101 TO=+12025550110 ANSWR=busy", "There is no ANSWR."),
        ("FROM=+12025550101 TO=+12025550110 ARGS='--answer busy'", "There is no ARGS."),
    ],
)
def test_a_word_that_no_call_takes_is_refused(words: str, refused: str, stack: Service) -> None:
    before = stack.output

    call = typed(stack, f"make -s call {words}")

    assert call.returncode != 0
    assert call.stderr.startswith(f"{refused}")
    assert "make call takes FROM (" in call.stderr
    assert stack.output == before


def test_a_caller_withholds_their_number_when_that_is_asked_for(
    stack: Service, local_account: Account
) -> None:
    call = typed(stack, f"make -s call FROM=anonymous TO={local_account.numbers[0]}")

    assert call.stdout.startswith("a withheld number dials ")


@pytest.mark.usefixtures("real_time")
def test_a_callback_is_fresh_whatever_the_clock_says(
    stack: Service, local_account: Account, customer: Customer
) -> None:
    mailbox = customer.mailbox()
    stack.advance(HOUR)
    first, second = pair()
    session = local_account.client.create(first, second, callback_url=mailbox.url)

    local_account.carrier.call(first, session["virtual_number"])

    for request in mailbox.wait_for(7):
        assert is_fresh(request)
        assert is_standard_signed(request, local_account.token)
        assert is_v3_signed(request, local_account.token)


@pytest.mark.usefixtures("real_time")
def test_a_reset_brings_nothing_back_that_is_over(
    stack: Service, local_account: Account, customer: Customer
) -> None:
    client, carrier, mailbox = local_account.client, local_account.carrier, customer.mailbox()
    first, second = pair()
    wish = {"session_expiry": 1800, "callback_url": mailbox.url}
    over = client.create(first, second, **wish)
    kept = client.create(first, second, session_expiry=2 * HOUR)
    cooling = client.create(first, second, **wish, virtual_number_cooloff_period=HOUR)
    stack.advance(1900)
    mailbox.wait_for(2)

    answer = moved(stack, {"reset": True})

    assert answer.json["ahead_seconds"] == 0
    assert exchange("GET", f"{stack.url}/local/clock").json["ahead_seconds"] == 0
    for session in (over, cooling):
        assert client.session(session["session_uuid"])["status"] == "expired"
        assert not carrier.call(first, session["virtual_number"]).is_connected
        ended = client.send("DELETE", f"/Masking/Session/{session['session_uuid']}/")
        assert (ended.status, ended.error) == (400, "Session already expired")
    assert client.session(kept["session_uuid"])["status"] == "active"
    assert carrier.call(first, kept["virtual_number"]).is_connected
    # The number of the first is free again; that of the one that cools off is not.
    new = client.create(first, second, session_expiry=1800)
    assert new["virtual_number"] == over["virtual_number"]
    assert carrier.call(second, new["virtual_number"]).is_connected
    stack.advance(HOUR)
    assert mailbox.expect_no_more(2, seconds=0.5)
    assert set(mailbox.events) == {"SessionTimeout"}
    assert client.session(new["session_uuid"])["status"] == "expired"


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"advance_seconds": -1},
        {"advance_seconds": "60"},
        {"advance_seconds": True},
        {"advance_seconds": float("nan")},
        {"advance_seconds": 1e300},
        {"reset": False},
        {"reset": True, "advance_seconds": 60},
        ["reset"],
    ],
)
def test_the_clock_takes_nothing_else(order: object, stack: Service) -> None:
    answer = moved(stack, order)

    assert (answer.status, "advance_seconds" in answer.error) == (400, True)


def test_the_story_tells_of_each_attempt_of_a_callback_and_no_secret_of_its_url(
    stack: Service, local_account: Account, mailbox: Mailbox
) -> None:
    first, second = pair()
    dead = f"http://shop:pa55word@127.0.0.1:9/{first}?to={second}"
    for url in (dead, mailbox.url):
        session = local_account.client.create(first, second, callback_url=url)
        local_account.carrier.call(first, session["virtual_number"])

    refused = "→ 127.0.0.1:9: ConnectionRefusedError, attempt 1 of 10; the next one in 5 s"
    told = stack.wait_for_output(refused)
    mailbox.wait_for(7)
    stack.wait_for_output("callback SessionPartiesHangup #7 of session")

    assert "callback SessionVirtualNumberAnswer #1 of session" in told
    for secret in ("pa55word", first.removeprefix("+"), second.removeprefix("+"), mailbox.url):
        assert secret not in stack.output


@pytest.mark.parametrize("file_format", ["wav", "mp3"])
def test_a_recording_can_be_fetched(
    file_format: str, stack: Service, local_account: Account, mailbox: Mailbox
) -> None:
    first, second = pair()
    order = {"record": True, "record_file_format": file_format}
    session = local_account.client.create(
        first, second, **order, recording_callback_url=mailbox.url
    )
    typed(stack, f"make -s call FROM={first} TO=+{session['virtual_number']}")
    _, completed = mailbox.wait_for(2)
    media_url = completed.fields["RecordingURL"]
    resource_url = completed.fields["RecordingResourceURL"]
    carrier = stack.info()["carriers"]["plivo"]
    login = base64.b64encode(f"{carrier['auth_id']}:{carrier['auth_token']}".encode()).decode()

    media = exchange("GET", media_url)
    unknown = exchange("GET", media_url.replace(f".{file_format}", ".ogg"))
    anonymous = exchange("GET", resource_url)
    record = exchange("GET", resource_url, headers={"Authorization": f"Basic {login}"})

    assert media.status == 200
    if file_format == "wav":
        with wave.open(io.BytesIO(media.body)) as audio:
            assert audio.getnframes() == 2 * audio.getframerate()
    else:
        assert media.body.startswith(b"\xff\xfb")
    assert unknown.status == 404
    assert anonymous.status == 401
    assert (record.status, record.json["recording_url"]) == (200, media_url)
    assert record.json["recording_format"] == file_format
    [conversation] = local_account.client.session(session["session_uuid"])["interaction"]
    assert conversation["recording_resource_url"] == resource_url


def test_two_at_once_have_the_credentials_that_are_kept(
    stack: Service, local_account: Account
) -> None:
    kept = stack.folder / ".local" / "credentials.json"
    known = stack.info()
    number = local_account.client.create(*pair())["virtual_number"]

    with started_service(folder=stack.folder) as second:
        info = second.wait_until_ready().info()
        elsewhere = seeded_account(info)

        names = ("auth_id", "auth_token", "subaccount")
        assert {name: info[name] for name in names} == {name: known[name] for name in names}
        assert json.loads(kept.read_text())["auth_token"] == info["auth_token"]
        assert "the same at every start: kept in .local/credentials.json" in second.output
        assert (
            elsewhere.client.send("GET", "/Masking/Session/").json["response"]["meta"][
                "total_count"
            ]
            == 0
        )
        assert elsewhere.client.create(*pair())["virtual_number"] == number
