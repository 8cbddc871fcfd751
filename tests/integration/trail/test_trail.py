"""`make trail`: who did what to a session, in order."""

import pytest

from maskline.domain.numbers.pool import NumberHealth
from maskline.services.sessions.end import time_out_due_sessions
from maskline.store import keys
from tests.support import replacing
from tests.support.builders import MAIN_ID
from tests.support.manual_clock import ManualClock
from tests.support.service import Service
from tests.support.tampered import first_entry, remove, write
from tools.trail import __main__ as command


def test_the_trail_of_a_session_says_who_did_what(
    service: Service, time: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    other, session = service.create(0, 2), service.create(0, 1)
    for action in (
        lambda: service.view(session),
        lambda: service.view(other),
        lambda: service.update(session, ring_timeout_seconds=33),
        lambda: service.change_number(session.first_virtual_number, health=NumberHealth.UNHEALTHY),
        replacing.run,
    ):
        time.advance(seconds=10)
        action()
    time.advance(seconds=3600)
    time_out_due_sessions()

    assert command.main([session.session_uuid]) == 0

    lines = capsys.readouterr().out.splitlines()
    told = [line.split("  ")[1] for line in lines]
    assert told == [
        "created",
        "read",
        "changed (ring_timeout)",
        "replacement ordered",
        "number replaced",
        "ended by the clock",
    ]
    assert f"by {MAIN_ID} with a token that is valid no more" in lines[0]
    assert "by replace_numbers, ordered by request" in lines[4]


def test_an_altered_entry_is_marked(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    session = service.create()
    write(service, first_entry(service) | {"source_ip": "198.51.100.1"})

    assert command.main([session.session_uuid]) == 0

    assert capsys.readouterr().out.splitlines()[0].endswith("ALTERED")


@pytest.mark.usefixtures("short_retention")
def test_the_trail_of_a_session_outlives_the_session(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    session = service.create()
    service.view(session)
    remove(service, keys.session(session.session_uuid))

    assert command.main([session.session_uuid, "--days", "1"]) == 0
    assert capsys.readouterr().out.count(" read ") == 1
    assert command.main([session.session_uuid]) == 0
    assert capsys.readouterr().out.count(" read ") == 1


def test_of_a_session_that_never_was_nothing_is_known(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    service.create()

    assert command.main(["11111111-2222-4333-8444-555555555599", "--days", "1"]) == 0
    assert capsys.readouterr().out == "Nothing is known of that session.\n"
