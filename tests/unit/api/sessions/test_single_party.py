"""Single-party sessions on the wire: as the official clients send them, as they are shown."""

from dataclasses import replace
from typing import Any

import pytest

from maskline.api.http import request_from
from maskline.api.sessions.request import session_change, session_request
from maskline.api.sessions.response import session_object
from maskline.domain.errors import InvalidParameterError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.request import SessionRequest
from maskline.domain.sessions.session import Terms
from tests.unit.api.samples import (
    CREATED_AT,
    DEPLOYMENT,
    FIRST,
    MAIN_CALLER,
    SECOND,
    get_account,
    load_event,
    make_session,
)

SINGLE = {"create_session_with_single_party": True}


def create(body: dict[str, Any]) -> SessionRequest:
    return session_request(body, MAIN_CALLER, deployment=DEPLOYMENT, get_account=get_account)


@pytest.mark.parametrize(
    "body",
    [
        {"first_party": FIRST, **SINGLE},
        {"first_party": FIRST, "second_party": None, **SINGLE},
        {"first_party": FIRST, "second_party": "", **SINGLE},
        {"first_party": FIRST, "create_session_with_single_Party": True, "session_expiry": 0},
        {"first_party": FIRST, "create_session_with_single_party": "true"},
        load_event("create_session_single_party"),
    ],
    ids=["python", "null", "java", "go", "string", "event"],
)
def test_one_party_is_enough(body: dict[str, Any]) -> None:
    if "requestContext" in body:
        body = dict(request_from(body, api_id="").json_object())

    request = create(body)

    assert (request.first_party, request.second_party) == (FIRST, "")
    assert request.terms.is_single_party


def test_it_may_be_the_second() -> None:
    request = create({"first_party": "", "second_party": SECOND, **SINGLE})

    assert (request.first_party, request.second_party) == ("", SECOND)


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        (SINGLE, "first_party"),
        ({"first_party": "", "second_party": "", **SINGLE}, "first_party"),
        ({"first_party": FIRST}, "second_party"),
        ({"first_party": FIRST, "create_session_with_single_party": False}, "second_party"),
        ({"second_party": SECOND, "create_session_with_single_party": "no idea"}, "first_party"),
    ],
)
def test_without_the_switch_or_without_any_party_one_is_missing(
    body: dict[str, Any], missing: str
) -> None:
    with pytest.raises(InvalidParameterError) as raised:
        create(body)

    assert raised.value.reason == f"Mandatory parameter missing. {missing} must be present"


def test_nobody_can_be_called_and_connected_to_nobody() -> None:
    with pytest.raises(InvalidParameterError, match="initiate_call_to_first_party"):
        create({"first_party": FIRST, "initiate_call_to_first_party": True, **SINGLE})


def test_the_missing_party_is_shown_empty() -> None:
    terms = Terms(is_single_party=True)
    session = replace(make_session(), second_party=E164(""), terms=terms)

    shown = session_object(session, (), now=CREATED_AT)

    assert (shown["first_party"], shown["second_party"]) == (FIRST[1:], "")
    assert shown["create_session_with_single_party"] is True


def test_an_update_brings_the_missing_party() -> None:
    session = replace(make_session(), second_party=E164(""), terms=Terms(is_single_party=True))
    request = request_from(load_event("update_session_add_party"), api_id="")

    change = session_change(request.json_object(), deployment=DEPLOYMENT)

    change.require_fixed_unchanged(session)
    assert change.party_to_add(session) == SECOND


@pytest.mark.parametrize("number", ["12", "sip:someone@example.com", 7])
def test_an_update_is_told_that_the_added_number_is_none(number: object) -> None:
    session = replace(make_session(), second_party=E164(""), terms=Terms(is_single_party=True))
    change = session_change({"second_party": number}, deployment=DEPLOYMENT)

    with pytest.raises(InvalidParameterError) as raised:
        change.require_fixed_unchanged(session)

    assert raised.value.reason == "Invalid parameter. second_party is not a valid phone number"
