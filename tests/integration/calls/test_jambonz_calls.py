"""A call over a company's own jambonz, through the functions: one URL tells of both legs."""

import json
from collections.abc import Iterator
from itertools import permutations
from typing import Any
from urllib.parse import parse_qs

import pytest

from local.aws.engine import Engine
from local.phone.webhooks import Webhook
from tests.support.company import ALICE, BOB, Company, Json, opened
from tests.unit.carriers.jambonz.jambonz_webhooks import (
    CALL_SID,
    dial_over,
    new_call,
    of_callee,
    of_caller,
    of_placed,
)


@pytest.fixture
def company(engine: Engine) -> Iterator[Company]:
    with opened(engine, "jambonz") as made:
        yield made


@pytest.fixture
def session(company: Company) -> Json:
    taken = f"{company.service.outside.url}/taken"
    return company.session(record=True, callback_url=taken, recording_callback_url=taken)


def post(company: Company, url: str, body: Json) -> tuple[int, Any]:
    """The requests of jambonz to one of our URLs, and the answers."""
    courier = company.phone().carrier.courier
    answer = courier.send(Webhook("status", "POST", url, body, is_json=True))
    return answer.status, json.loads(answer.body or b"null")


def answered(company: Company) -> Json:
    """A call from the first party, and the dial that it is answered with."""
    said = new_call(**{"from": ALICE, "to": company.number})
    status, [dial] = post(company, company.urls["call_hook"], said)
    assert status == 200
    found: Json = dial
    return found


def events(company: Company) -> list[str]:
    """The names of all that the customer was told, in this order."""
    company.service.carry_on()
    forms = [parse_qs(one) for one in company.service.outside.callbacks]
    return [name for form in forms for name in form["EventName"]]


def items(company: Company) -> list[Json]:
    engine = company.service.engine
    pages = engine.client("dynamodb").get_paginator("scan").paginate(TableName=engine.table_name)
    return [item for page in pages for item in page["Items"]]


def tell(company: Company, *bodies: Json) -> None:
    for body in bodies:
        assert post(company, company.urls["call_status_hook"], body) == (200, None)


def test_a_conversation(company: Company, session: Json) -> None:
    dial = answered(company)
    assert dial["target"] == [{"type": "phone", "number": BOB}]
    assert (dial["callerId"], dial["forwardPAI"]) == (company.number, False)

    tell(
        company,
        of_caller("trying", 100),
        of_callee("trying", 100, customerData=dial["tag"]),
        of_callee("ringing", 180),
        of_callee("in-progress", 200),
        of_caller("in-progress", 200),
        of_callee("completed", 200, duration=12),
    )
    over = post(company, dial["actionHook"], dial_over("completed", 200))
    assert over[1][0] == {"verb": "hangup"}
    tell(company, of_caller("completed", 200, duration=12))

    shown = company.shown(session)
    [talk] = shown["interaction"]
    assert talk["first_party_status"] == talk["second_party_status"] == "completed"
    assert talk["duration"] == 24
    assert shown["total_session_amount"] is None
    assert events(company) == [
        "SessionVirtualNumberAnswer",
        "SessionFirstPartyAnswer",
        "SessionSecondPartyRing",
        "SessionSecondPartyAnswer",
        "SessionRecordingInitiated",
        "SessionRecordingFailed",
        "SessionSecondPartyHangup",
        "SessionFirstPartyHangup",
        "SessionPartiesHangup",
    ]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_status_url_tells_of_both_legs_in_any_order(
    company: Company, session: Json, order: tuple[int, ...]
) -> None:
    words = [
        of_callee("trying", 100, customerData=answered(company)["tag"]),
        of_callee("in-progress", 200),
        of_callee("completed", 200, duration=12),
        of_caller("completed", 200, duration=13),
    ]

    tell(company, *(words[place] for place in order), *words)

    [talk] = company.shown(session)["interaction"]
    assert talk["duration"] == 25
    assert talk["second_party_status"] == "completed"
    told = events(company)
    assert len(told) == len(set(told)) == 9


def test_nobody_home_is_told(company: Company, session: Json) -> None:
    dial = answered(company)

    tell(company, of_callee("ringing", 180))
    _, [say, hangup] = post(company, dial["actionHook"], dial_over("ringing", 180))

    assert (say["verb"], hangup["verb"]) == ("say", "hangup")
    [talk] = company.shown(session)["interaction"]
    assert talk["second_party_status"] == "no-answer"


def test_what_is_told_of_an_unknown_call_changes_nothing(company: Company, session: Json) -> None:
    before = items(company)

    tell(company, of_callee("trying", 100), of_callee("completed", 200, duration=3))

    assert items(company) == before


def test_a_webhook_of_another_call_is_forged(company: Company, session: Json) -> None:
    dial = answered(company)
    other = dial_over("completed", 200) | {"call_sid": "another"}

    status, _ = post(company, dial["actionHook"], other)

    assert status == 403


def test_a_call_that_we_placed(company: Company) -> None:
    """One URL tells of the first party's leg, and of the leg that is dialled for them."""
    taken = f"{company.service.outside.url}/taken"
    session = company.session(initiate_call_to_first_party=True, callback_url=taken)
    company.service.carry_on()
    [order] = company.service.outside.call_orders

    for body in (
        of_placed("trying", 100),
        of_placed("ringing", 180),
        of_placed("in-progress", 200),
    ):
        assert post(company, order["call_status_hook"], body) == (200, None)
    _, [dial] = post(company, order["call_hook"], of_placed("in-progress", 200))
    for body in (
        of_callee("trying", 100),
        of_callee("in-progress", 200),
        of_callee("completed", 200, duration=5),
        of_placed("completed", 200, duration=9),
    ):
        assert post(company, order["call_status_hook"], body) == (200, None)

    assert dial["target"] == [{"type": "phone", "number": BOB}]
    [talk] = company.shown(session)["interaction"]
    assert talk["first_party_resource_url"].endswith(f"/Calls/{CALL_SID}")
    assert talk["first_party_status"] == talk["second_party_status"] == "completed"
    assert talk["duration"] == 14
    assert "SessionPartiesHangup" in events(company)
