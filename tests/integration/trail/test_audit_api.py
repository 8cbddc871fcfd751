"""A request of the API that touches sessions leaves one entry, and a refused one leaves none."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from local.aws.engine import Engine
from local.stack.carriers import US_NUMBERS
from maskline import clock
from maskline.api.authentication import fingerprint
from maskline.domain.trail import Entry
from tests.support.audit_items import entries, entry_items
from tests.support.disturbances import aws_fails, nothing_remembered
from tests.support.in_process import Service
from tests.support.scenario import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    ERIN,
    FRANK,
    GRACE,
    POOL,
    UNKNOWN_UUID,
    Json,
    Scenario,
    basic,
    number_path,
    parties,
)

_KEY = {"Idempotency-Key": "order-4711"}
_WHAT_AN_ENTRY_HOLDS = {
    *("PK", "SK", "item", "ttl", "code", "action", "sessions", "fields", "expires_at"),
    *("source_ip", "credential", "credential_of", "subaccount_id"),
}


@pytest.fixture(scope="module")
def day(running_engine: Engine) -> Iterator[Scenario]:
    """An account with numbers and, by name, sessions that the requests are about."""
    running_engine.set_environment(dict(running_engine.environment))
    running_engine.reset()
    with Service(running_engine) as service:
        scenario = Scenario(service)
        scenario.provision()
        scenario.api("POST", "Number/", {"numbers": ",".join(US_NUMBERS)}, expected=202)
        for name, second in (("read", BOB), ("changed", CAROL), ("ended", DAVE)):
            scenario.create(name, ALICE, second)
        scenario.create("alone", ERIN, "", create_session_with_single_party=True)
        scenario.created["first"] = scenario.api(
            "POST", "Masking/Session/", parties(BOB, CAROL), headers=_KEY, expected=201
        )
        yield scenario


@dataclass(frozen=True)
class Left:
    """What a request left behind: its answer, and the entries that are new."""

    answer: Json
    new: list[Entry]


def left_by(day: Scenario, request: Callable[[], Json]) -> Left:
    known = entries(day.service.engine)
    answer = request()
    assert_nothing_but_what_is_known(day)
    return Left(answer, [entry for entry in entries(day.service.engine) if entry not in known])


def uuid_of(day: Scenario, name: str) -> str:
    return str(day.created[name]["session_uuid"])


def post(path: str, body: Json, **options: Any) -> Callable[[Scenario], Json]:
    return lambda day: day.api("POST", path, body, **options)


def of(method: str, name: str, body: Json | None = None) -> Callable[[Scenario], Json]:
    return lambda day: day.api(method, day.session_path(name), body)


@dataclass(frozen=True)
class Operation:
    """A request, and what its entry says. `about` names the session, "" is the answer's own."""

    request: Callable[[Scenario], Json]
    action: str
    about: str | None = ""
    fields: tuple[str, ...] = ()


OPERATIONS = {
    "create": Operation(post("Masking/Session/", parties(BOB, DAVE), expected=201), "created"),
    "get": Operation(of("GET", "read"), "read", "read"),
    "update": Operation(
        of("POST", "changed", {"session_expiry": 7200, "ring_timeout": 33, "record": False}),
        "changed",
        "changed",
        ("ring_timeout", "session_expiry"),
    ),
    "update nothing": Operation(of("POST", "changed", {}), "changed", "changed"),
    "add a party": Operation(
        of("POST", "alone", {"second_party": FRANK}), "changed", "alone", ("second_party",)
    ),
    "end": Operation(of("DELETE", "ended"), "ended", "ended"),
    "repeat a create": Operation(
        post("Masking/Session/", parties(BOB, CAROL), headers=_KEY, expected=201),
        "repeated",
        "first",
    ),
    "call a number unhealthy": Operation(
        post(number_path(POOL[3]), {"health": "unhealthy"}, expected=202),
        "replacement_ordered",
        None,
    ),
    "erase a person": Operation(
        post("Masking/Erasure/", {"number": ALICE}, expected=202), "erasure_ordered", None
    ),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_a_request_leaves_one_entry_that_says_who_did_what(
    operation: Operation, day: Scenario
) -> None:
    before = clock.now_ms()
    left = left_by(day, lambda: operation.request(day))

    [entry] = left.new
    known = day.service.credentials
    named = left.answer.get("session_uuid") or (operation.about and uuid_of(day, operation.about))
    assert entry.action == operation.action
    assert entry.sessions == ((named,) if operation.about is not None else ())
    assert entry.fields == operation.fields
    assert (entry.account_id, entry.subaccount_id) == (known.auth_id, "")
    assert entry.origin.credential_of == known.auth_id
    assert entry.origin.credential == fingerprint(known.auth_id, known.auth_token)
    assert entry.origin.source_ip == "127.0.0.1"
    assert before <= entry.at <= clock.now_ms()
    # The answer to a repeated create is the first one's, and has its id.
    is_own = entry.origin.request_id == left.answer["api_id"]
    assert is_own is (operation.action != "repeated")


def assert_nothing_but_what_is_known(day: Scenario) -> None:
    """A new attribute is for somebody to think about: no number, no PIN, no token, no URL."""
    attributes = [entry.keys() for entry in entry_items(day.service.engine)]

    assert attributes
    assert set().union(*attributes) <= _WHAT_AN_ENTRY_HOLDS


def test_a_list_names_the_sessions_that_it_shows(day: Scenario) -> None:
    left = left_by(day, lambda: day.api("GET", "Masking/Session/?limit=2"))

    [entry] = left.new
    shown = [one["session_uuid"] for one in left.answer["response"]["objects"]]
    assert (entry.action, entry.sessions) == ("listed", tuple(shown))
    assert len(shown) == 2


def test_a_list_that_shows_nothing_was_asked_for_all_the_same(day: Scenario) -> None:
    left = left_by(day, lambda: day.api("GET", "Masking/Session/?status=in-progress"))

    [entry] = left.new
    assert (entry.action, entry.sessions) == ("listed", ())


def test_who_asks_why_a_call_went_where_it_went_has_read_of_its_session(day: Scenario) -> None:
    call = day.ring(ALICE, day.virtual_number("read")).answer().hangup()
    stranger = day.ring(GRACE, US_NUMBERS[-1])
    day.service.carry_on()
    of_session = f"{day.session_path('read')}Interaction/{call.call_uuid}/"
    paths = [of_session, f"Masking/Call/{call.call_uuid}/", f"Masking/Call/{stranger.call_uuid}/"]

    new = [left_by(day, partial(day.api, "GET", path)).new for path in paths]

    named = (uuid_of(day, "read"),)
    assert [[(one.action, one.sessions) for one in entries] for entries in new] == [
        [("explained", named)],
        [("explained", named)],
        [("explained", ())],
    ]


def test_a_subaccounts_token_is_told_from_its_main_accounts(day: Scenario) -> None:
    known = day.service.credentials
    own = left_by(day, lambda: day.api("GET", "Masking/Session/", as_subaccount=True))
    path = f"/v1/Account/{known.subaccount_id}/Masking/Session/"
    headers = basic(known.auth_id, known.auth_token)
    parents = left_by(
        day, lambda: json.loads(day.service.request("GET", path, headers=headers).body)
    )

    tokens = (known.subaccount_id, known.subaccount_token), (known.auth_id, known.auth_token)
    for left, (auth_id, token) in zip((own, parents), tokens, strict=True):
        [entry] = left.new
        assert (entry.account_id, entry.subaccount_id) == (known.auth_id, known.subaccount_id)
        assert entry.origin.credential_of == auth_id
        assert entry.origin.credential == fingerprint(auth_id, token)


REFUSED: dict[str, Callable[[Scenario], Json]] = {
    "no such session": lambda day: day.api("GET", f"Masking/Session/{UNKNOWN_UUID}/", expected=404),
    "another's session": lambda day: day.api(
        "GET", day.session_path("read"), as_subaccount=True, expected=404
    ),
    "a create that makes no sense": post("Masking/Session/", parties("12", BOB), expected=400),
    "a list that makes no sense": lambda day: day.api(
        "GET", "Masking/Session/?status=odd", expected=400
    ),
    "a key for another request": post(
        "Masking/Session/", parties(ALICE, DAVE), headers=_KEY, expected=409
    ),
    "a field that is fixed": lambda day: day.api(
        "POST", day.session_path("read"), {"first_party": ERIN}, expected=400
    ),
    "an erasure by a subaccount": post(
        "Masking/Erasure/", {"number": ALICE}, as_subaccount=True, expected=400
    ),
}


@pytest.mark.parametrize("request_", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_leaves_no_entry(
    request_: Callable[[Scenario], Json], day: Scenario
) -> None:
    assert left_by(day, lambda: request_(day)).new == []


def test_a_wrong_token_leaves_no_entry(day: Scenario) -> None:
    known = day.service.credentials
    path = f"/v1/Account/{known.auth_id}/Masking/Session/"
    headers = basic(known.auth_id, "wrong")

    def request() -> Json:
        assert day.service.request("GET", path, headers=headers).status == 401
        return {}

    assert left_by(day, request).new == []


READS: dict[str, Callable[[Scenario], str]] = {
    "get": lambda day: day.session_path("read"),
    "list": lambda day: "Masking/Session/",
}


@pytest.mark.parametrize("path", READS.values(), ids=READS.keys())
def test_a_read_that_cannot_be_written_down_is_not_answered(
    path: Callable[[Scenario], str], day: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.store.pauses.time.sleep", lambda _: None)
    failure = ReadTimeoutError(endpoint_url="the table")

    with aws_fails(failure, operation="PutItem"):
        answer = day.api("GET", path(day), expected=500)

    assert answer.keys() == {"api_id", "error", "error_code"}
    assert answer["error_code"] == "internal_error"


def test_a_repetition_that_cannot_be_written_down_is_not_answered(
    day: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maskline.store.pauses.time.sleep", lambda _: None)
    repeated, failure = parties(BOB, CAROL), ReadTimeoutError(endpoint_url="the table")

    with aws_fails(failure, operation="PutItem"):
        answer = day.api("POST", "Masking/Session/", repeated, headers=_KEY, expected=500)

    assert answer.keys() == {"api_id", "error", "error_code"}
    assert answer["error_code"] == "internal_error"


def test_a_repetition_that_meets_the_first_request_leaves_one_entry(day: Scenario) -> None:
    """It learns of the first only from the refusal of its own transaction."""
    with nothing_remembered():
        left = left_by(day, lambda: OPERATIONS["repeat a create"].request(day))

    [entry] = left.new
    assert (entry.action, entry.sessions) == ("repeated", (uuid_of(day, "first"),))
