"""What is somebody else's cannot be told from what does not exist: not by answer, not by effort.

Every request is sent twice, for a thing of another's and for one that nobody has; the answers may
differ in the id of the request only, and both must have led to the same operations of AWS.
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws.engine import Engine
from tests.support.attacked import STRANGERS_NUMBER, Answered, Attacked, attacked
from tests.support.scenario import POOL, STRANGER, SUBACCOUNT_NUMBER, basic

NOBODYS_NUMBER = "+12025550140"
METHODS = ("GET", "POST", "DELETE")
CHANGE = json.dumps({"session_expiry": 7200, "status": "retired", "health": "unhealthy"}).encode()


@pytest.fixture(scope="module")
def both(running_engine: Engine) -> Iterator[Attacked]:
    with attacked(running_engine) as made:
        yield made


def _told(answered: Answered) -> tuple[int, Any, list[tuple[str, str]], tuple[str, ...]]:
    """All that a client could compare, and what the answer took."""
    response = answered.response
    content = json.loads(response.body)
    assert uuid.UUID(content.pop("api_id"))
    return response.status, content, sorted(response.headers), answered.calls


def _compared(
    both: Attacked, method: str, credentials: tuple[str, str], paths: tuple[str, str]
) -> tuple[int, Any]:
    """What is told of both paths, which must be the same."""
    body = CHANGE if method == "POST" else b""
    first, second = (
        _told(both.send(method, path, body, headers=basic(*credentials))) for path in paths
    )
    assert first == second
    return first[:2]


NOT_FOUND = (404, {"error": "not found", "error_code": "not_found"})


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_another_accounts_session(method: str, slash: str, both: Attacked) -> None:
    own = f"/v1/Account/{both.stranger[0]}/Masking/Session"
    theirs = both.day.created["call"]["session_uuid"]

    told = _compared(
        both, method, both.stranger, (f"{own}/{theirs}{slash}", f"{own}/{uuid.uuid4()}{slash}")
    )

    assert told == NOT_FOUND


@pytest.mark.parametrize("method", METHODS)
def test_the_main_accounts_session_to_a_subaccount(method: str, both: Attacked) -> None:
    own = f"/v1/Account/{both.subaccount[0]}/Masking/Session"
    mains = both.day.created["call"]["session_uuid"]

    told = _compared(both, method, both.subaccount, (f"{own}/{mains}/", f"{own}/{uuid.uuid4()}/"))

    assert told == NOT_FOUND


@pytest.mark.parametrize("slash", ["", "/"])
def test_another_accounts_call(slash: str, both: Attacked) -> None:
    """Connected or not, by either leg; at its session, at one's own, and alone."""
    own, theirs = f"/v1/Account/{both.stranger[0]}/Masking", both.day.created["call"]
    sessions = (theirs["session_uuid"], both.strangers_session)
    places = ("Call", *(f"Session/{session}/Interaction" for session in sessions))

    for place in places:
        nobodys = f"{own}/{place}/{uuid.uuid4()}{slash}"
        for call in both.calls:
            paths = (f"{own}/{place}/{call}{slash}", nobodys)
            assert _compared(both, "GET", both.stranger, paths) == NOT_FOUND


def test_the_main_accounts_call_to_a_subaccount(both: Attacked) -> None:
    own = f"/v1/Account/{both.subaccount[0]}/Masking/Call"

    for call in both.calls:
        paths = (f"{own}/{call}/", f"{own}/{uuid.uuid4()}/")
        assert _compared(both, "GET", both.subaccount, paths) == NOT_FOUND


def test_another_accounts_calls_to_a_number(both: Attacked) -> None:
    """Not how many there are either: the main account's numbers tell a subaccount nothing."""
    busy = both.day.virtual_number("call").removeprefix("+")
    for client in (both.stranger, both.subaccount):
        own = f"/v1/Account/{client[0]}/Masking/Call/?limit=1&virtual_number="
        paths = (own + busy, own + NOBODYS_NUMBER.removeprefix("+"))

        status, answer = _compared(both, "GET", client, paths)

        assert status == 200
        assert answer["response"] == {"meta": {"limit": 1, "next": None}, "objects": []}


def test_a_call_that_leads_nowhere_is_the_owners_of_its_number(both: Attacked) -> None:
    call = both.day.ring(STRANGER, SUBACCOUNT_NUMBER)

    for owner in (both.subaccount, both.victim):
        path = f"/v1/Account/{owner[0]}/Masking/Call/{call.call_uuid}/"
        response = both.send("GET", path, headers=basic(*owner)).response
        assert json.loads(response.body)["rule"] == "no_session"


@pytest.mark.parametrize("method", METHODS)
def test_another_accounts_number(method: str, both: Attacked) -> None:
    own = f"/v1/Account/{both.stranger[0]}/Number"

    told = _compared(
        both, method, both.stranger, (f"{own}/{POOL[0][1:]}/", f"{own}/{NOBODYS_NUMBER[1:]}/")
    )

    assert told == NOT_FOUND


def test_the_main_accounts_number_to_a_subaccount(both: Attacked) -> None:
    own = f"/v1/Account/{both.subaccount[0]}/Number"

    told = _compared(
        both, "GET", both.subaccount, (f"{own}/{POOL[0][1:]}/", f"{own}/{NOBODYS_NUMBER[1:]}/")
    )

    assert told == NOT_FOUND


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("collection", ["Masking/Session/", "Number/"])
def test_another_accounts_path(method: str, collection: str, both: Attacked) -> None:
    paths = (
        f"/v1/Account/{both.victim[0]}/{collection}",
        f"/v1/Account/MA{uuid.uuid4().hex[:18].upper()}/{collection}",
    )

    assert _compared(both, method, both.stranger, paths) == NOT_FOUND


def test_another_accounts_subaccount(both: Attacked) -> None:
    paths = (
        f"/v1/Account/{both.subaccount[0]}/Masking/Session/{both.subaccounts_session}/",
        f"/v1/Account/SA{uuid.uuid4().hex[:18].upper()}/Masking/Session/{both.subaccounts_session}/",
    )

    for method in METHODS:
        assert _compared(both, method, both.stranger, paths) == NOT_FOUND


def test_another_accounts_subaccount_as_a_parameter(both: Attacked) -> None:
    """To create for, or to filter by."""
    path = f"/v1/Account/{both.stranger[0]}/Masking/Session/"
    named = (both.subaccount[0], f"SA{uuid.uuid4().hex[:18].upper()}")
    bodies = (
        json.dumps({"first_party": "12025550101", "second_party": "12025550102", "subaccount": one})
        for one in named
    )

    created = [
        _told(both.send("POST", path, body.encode(), headers=basic(*both.stranger)))
        for body in bodies
    ]
    listed = [
        _told(both.send("GET", f"{path}?subaccount={one}", headers=basic(*both.stranger)))
        for one in named
    ]

    assert created[0] == created[1]
    assert created[0][:2] == (
        400,
        {
            "error": "Invalid parameter. subaccount is not a subaccount of this account",
            "error_code": "invalid_parameter",
            "field": "subaccount",
        },
    )
    assert listed[0][1]["response"]["objects"] == []
    assert listed[0][1]["response"]["meta"]["total_count"] == 0
    assert (listed[0][0], listed[0][3]) == (listed[1][0], listed[1][3])


@pytest.mark.parametrize("token", ["", "x", "x" * 40])
def test_an_account_that_exists_looks_like_one_that_does_not(token: str, both: Attacked) -> None:
    """To somebody who guesses at ids: one read, one comparison, one answer."""
    known, unknown = both.victim[0], f"MA{uuid.uuid4().hex[:18].upper()}"

    told = [
        _told(both.send("GET", f"/v1/Account/{one}/Masking/Session/", headers=basic(one, token)))
        for one in (known, unknown)
    ]

    assert told[0] == told[1]
    assert told[0][0] == 401


def test_every_guess_at_a_token_gets_the_same_no(both: Attacked) -> None:
    """No answer is nearer than another, and nobody is locked out by who guesses at their token."""
    auth_id, token = both.victim
    path = f"/v1/Account/{auth_id}/Masking/Session/?limit=1"
    guesses = {token[:count] for count in range(len(token))} | {
        token[:place] + "!" + token[place + 1 :] for place in range(len(token))
    }
    guesses |= {token + "x", token.swapcase(), token[::-1], f" {token}", f"{token}\n"}

    told = {
        json.dumps(_told(both.send("GET", path, headers=basic(auth_id, guess))))
        for guess in guesses
    }

    assert len(told) == 1
    assert json.loads(told.pop())[0] == 401
    assert both.send("GET", path, headers=basic(auth_id, token)).response.status == 200


def test_the_owners_still_have_all_that_was_asked_for(both: Attacked) -> None:
    call = both.day.api("GET", both.day.session_path("call"))["response"]
    strangers = f"/v1/Account/{both.stranger[0]}"
    session = both.send(
        "GET",
        f"{strangers}/Masking/Session/{both.strangers_session}/",
        headers=basic(*both.stranger),
    )
    number = both.send(
        "GET", f"{strangers}/Number/{STRANGERS_NUMBER[1:]}/", headers=basic(*both.stranger)
    )

    assert (call["status"], call["modified_time"]) == ("active", call["created_time"])
    assert session.response.status == number.response.status == 200
    caller_leg, callee_leg, *others = both.calls
    places = [f"Masking/Call/{called}/" for called in (caller_leg, *others)]
    for place in (*places, f"{both.day.session_path('call')}Interaction/{callee_leg}/"):
        assert both.day.api("GET", place)["rule"]
