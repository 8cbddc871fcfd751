"""Drawn PINs get longer as a number fills, unless the client names their length."""

import secrets
from collections.abc import Collection
from functools import partial
from typing import Any

import pytest

from maskline.domain.call_plan import CollectPin
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Session, Strategy, Terms
from maskline.store import keys, table
from tests import builders
from tests.builders import MAIN_ID, party, virtual
from tests.integration.manual_clock import ManualClock
from tests.integration.pin_caller import PinCaller
from tests.integration.service import Service
from tests.integration.threads import together

LONG = builders.settings(session_expiry_seconds=86_400)
A_MOMENT = 61


def drawn(length: int = 0, **changes: Any) -> Terms:
    """By default nobody names the length."""
    wanted = {"first_pin": "", "second_pin": "", "is_generated": True, "generated_length": length}
    return builders.terms(pin=builders.pin_terms(**wanted | changes))


def create(service: Service, pair: int = 0, **changes: Any) -> Session:
    wanted = {"terms": drawn(), "settings": LONG} | changes
    return service.create(2 * pair, 2 * pair + 1, **wanted)


def lengths(session: Session) -> tuple[int, int, int]:
    """Of its PINs, and the one that the API shows."""
    pins = session.terms.pin
    assert pins is not None
    return len(pins.first_pin), len(pins.second_pin), pins.generated_length


def fill(number: E164, sessions: int, time: ManualClock) -> None:
    """What the index of greetings shows of so many further sessions with PINs."""
    entries = [
        {
            "PK": f"FILLED#{number}",
            "SK": str(index),
            "greeting_shard": keys.greeting_shard(MAIN_ID, number, index % keys.SHARDS),
            "session_uuid": f"filled-{index}",
            "created_at": time.now_ms(),
            "expires_at": time.now_ms() + 3_600_000,
            "asks_pin": True,
            "unknown_caller_play": "",
        }
        for index in range(sessions)
    ]
    for start in range(0, sessions, 100):
        table.transact([table.put_action(one) for one in entries[start : start + 100]])


def test_on_an_empty_number_four_digits_do(service: Service) -> None:
    assert lengths(create(service)) == (4, 4, 4)


def test_what_is_drawn_at_leisure_is_as_short_as_the_number_bears(
    service: Service, time: ManualClock
) -> None:
    create(service)
    time.advance(seconds=A_MOMENT)

    assert lengths(create(service, 1)) == (5, 5, 5)


def test_within_a_moment_there_is_room_for_others_who_draw(service: Service) -> None:
    create(service)

    assert lengths(create(service, 1)) == lengths(create(service, 2)) == (6, 6, 6)


@pytest.mark.parametrize(
    ("sessions", "length"), [(1, 5), (15, 5), (16, 6), (165, 6), (166, 7), (700, 7), (1400, 9)]
)
def test_the_fuller_the_number_the_longer(
    service: Service, time: ManualClock, sessions: int, length: int
) -> None:
    """Beyond what is counted it is as if 150,000 sessions were there."""
    fill(virtual(0), sessions, time)

    assert lengths(create(service)) == (length, length, length)


def test_sessions_that_are_over_do_not_count(service: Service, time: ManualClock) -> None:
    fill(virtual(0), 20, time)
    service.end(create(service))
    time.advance(seconds=3600)

    assert lengths(create(service, 1)) == (4, 4, 4)


def test_of_creates_at_the_same_moment_one_has_four_digits(service: Service) -> None:
    """None of them sees another in the index, yet they are not many short ones."""
    sessions = together([partial(create, service, pair) for pair in range(12)])

    assert {session.first_virtual_number for session in sessions} == {virtual(0)}
    assert sorted(lengths(session)[2] for session in sessions) == [4, *[6] * 11]


def test_who_meets_another_draw_draws_longer_and_does_not_wait(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB cancels a transaction whose mark another one is writing."""
    transact = table.transact

    def meeting(actions: list[table.Item]) -> None:
        marks = [
            position
            for position, action in enumerate(actions)
            if action.get("Put", {}).get("Item", {}).get("SK") == {"S": "TIGHT"}
        ]
        if marks:
            raise table.ConflictError("transaction cancelled", marks)
        transact(actions)

    def waiting(_: int) -> None:
        raise AssertionError("nobody has to wait")

    monkeypatch.setattr(table, "transact", meeting)
    monkeypatch.setattr("maskline.services.create_session.pause_before_retry", waiting)

    assert lengths(create(service)) == (6, 6, 6)


def test_a_length_that_is_named_is_kept_and_nothing_is_looked_at(
    service: Service, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(virtual(0), 100, time)

    def counting(account_id: str, numbers: Collection[E164], now: int) -> None:
        raise AssertionError("not where the length is named")

    monkeypatch.setattr("maskline.services.draw_pins.read_crowds", counting)

    assert lengths(create(service, terms=drawn(4))) == (4, 4, 4)
    given = builders.terms(pin=builders.pin_terms())
    assert lengths(create(service, 1, terms=given)) == (4, 4, 4)


def test_only_the_pin_that_is_not_given_is_drawn(service: Service, time: ManualClock) -> None:
    fill(virtual(0), 100, time)

    assert lengths(create(service, terms=drawn(second_pin="7390"))) == (6, 4, 6)


def test_the_length_is_that_of_the_number_which_the_session_gets(
    service: Service, time: ManualClock
) -> None:
    """Its first party has another session on the crowded number."""
    fill(virtual(0), 20, time)
    service.create(0, 9)

    session = create(service)

    assert session.first_virtual_number == virtual(1)
    assert lengths(session) == (4, 4, 4)


def test_also_where_it_moves_on_since_what_was_drawn_is_taken(
    service: Service, time: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = builders.pin_terms(first_pin="00000", second_pin="00001")
    service.create(8, 9, terms=builders.terms(pin=taken))
    fill(virtual(0), 10, time)
    draw = secrets.randbelow
    monkeypatch.setattr(secrets, "randbelow", lambda _: draw(2))

    session = create(service)

    assert session.first_virtual_number == virtual(1)
    assert lengths(session) == (4, 4, 4)


def test_under_per_party_the_fuller_number_decides(service: Service, time: ManualClock) -> None:
    fill(virtual(1), 20, time)
    service.create(9, 1)

    session = create(service, strategy=Strategy.PER_PARTY)

    assert session.first_virtual_number == virtual(0)
    assert session.second_virtual_number == virtual(1)
    assert lengths(session) == (6, 6, 6)


@pytest.mark.parametrize(
    ("sessions", "digits", "billionths"),
    [(20, 6, 42_000), (240, 8, 4_820), (1400, 9, 300_000), (1400, 8, 333_334)],
)
def test_a_guess_is_charged_for_all_pins_that_are_live_when_it_is_made(
    service: Service, time: ManualClock, sessions: int, digits: int, billionths: int
) -> None:
    """Also for those that came while the caller was on the line."""
    create(service)
    call = PinCaller(party(50), virtual(0))
    assert isinstance(call.dial(), CollectPin)
    fill(virtual(0), sessions, time)

    call.enter("0" * digits)

    [risk] = [item["risk"] for item in service.items() if item["SK"] == "RISK"]
    assert risk == billionths
