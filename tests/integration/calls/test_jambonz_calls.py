"""A call over a company's own jambonz, through the functions: one URL tells of both legs."""

import json
from itertools import permutations
from typing import Any

import pytest

from functions.answer_call.app import handler as answer_call
from functions.record_call.app import handler as record_call
from maskline.carriers.urls import CallUrls, Door, Step
from maskline.domain.calls.report import LegStatus
from maskline.domain.sessions.session import Session
from maskline.services.accounts import provision as provision_account
from maskline.services.calls.place import place_call
from tests.support import builders
from tests.support.builders import MAIN_ID, party, virtual
from tests.support.carriers import ScriptedCarrier
from tests.support.service import Service
from tests.unit.carriers.jambonz.jambonz_webhooks import (
    ACCOUNT_SID,
    CALL_SID,
    SECRET,
    dial_over,
    new_call,
    of_callee,
    of_caller,
    of_placed,
    signature,
)

HOST = "maskline.example.com"
NUMBER = virtual(4)
CARRIER = {
    "carrier": "jambonz",
    "account_sid": ACCOUNT_SID,
    "secrets": {"webhook_secret": [SECRET], "api_key": ["EXAMPLE-api-key"]},
    "api_url": "https://jambonz.example.com",
}
URLS = CallUrls(f"https://{HOST}", "jambonz", MAIN_ID)


@pytest.fixture
def session(service: Service) -> Session:
    provision_account.provision_account(
        {
            "account": {
                "auth_id": MAIN_ID,
                "auth_tokens": ["main-token-" * 3],
                "limits": {"destination_countries": ["GB", "US"]},
            },
            "carriers": [CARRIER],
        }
    )
    service.add_numbers(4, carrier="jambonz")
    for index in (0, 1, 2):
        service.retire(virtual(index))
    return service.create(settings=builders.settings(record=True))


def post(url: str, body: dict[str, Any]) -> tuple[int, Any]:
    """What jambonz sends to one of our URLs, as API Gateway passes it on, and the answer."""
    path = url.removeprefix(f"https://{HOST}").partition("#")[0]
    _, _, carrier, door, step = path.split("/", 4)
    content = json.dumps(body)
    event = {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "content-type": "application/json",
            "jambonz-signature": signature(content.encode()),
        },
        "requestContext": {"domainName": HOST, "http": {"method": "POST"}},
        "pathParameters": {"carrier": carrier, "step": step},
        "body": content,
        "isBase64Encoded": False,
    }
    handler = answer_call if door == Door.CALL else record_call
    answer = handler(event, None)
    return answer["statusCode"], json.loads(answer["body"] or "null")


def answered() -> dict[str, Any]:
    """A call from the first party, and the dial that it is answered with."""
    said = new_call(**{"from": party(0), "to": NUMBER})
    status, [dial] = post(URLS.to(Step.ANSWER), said)
    assert status == 200
    found: dict[str, Any] = dial
    return found


def tell(*bodies: dict[str, Any]) -> None:
    for body in bodies:
        assert post(URLS.to(Step.HANGUP), body) == (200, None)


def test_a_conversation(service: Service, session: Session) -> None:
    dial = answered()
    assert dial["target"] == [{"type": "phone", "number": party(1)}]
    assert (dial["callerId"], dial["forwardPAI"]) == (NUMBER, False)

    tell(
        of_caller("trying", 100),
        of_callee("trying", 100, customerData=dial["tag"]),
        of_callee("ringing", 180),
        of_callee("in-progress", 200),
        of_caller("in-progress", 200),
        of_callee("completed", 200, duration=12),
    )
    assert post(dial["actionHook"], dial_over("completed", 200))[1][0] == {"verb": "hangup"}
    tell(of_caller("completed", 200, duration=12))

    [interaction] = service.view(session).interactions
    assert interaction.caller.status is interaction.callee.status is LegStatus.COMPLETED
    assert interaction.duration_seconds == 24
    assert service.stored(session).totals.unpriced == 2
    assert service.told(session) == [
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
    service: Service, session: Session, order: tuple[int, ...]
) -> None:
    words = [
        of_callee("trying", 100, customerData=answered()["tag"]),
        of_callee("in-progress", 200),
        of_callee("completed", 200, duration=12),
        of_caller("completed", 200, duration=13),
    ]

    tell(*(words[place] for place in order), *words)

    [interaction] = service.view(session).interactions
    assert interaction.duration_seconds == 25
    assert interaction.callee.was_answered
    told = service.told(session)
    assert len(told) == len(set(told)) == 9


def test_nobody_home_is_told(service: Service, session: Session) -> None:
    dial = answered()

    tell(of_callee("ringing", 180))
    _, [say, hangup] = post(dial["actionHook"], dial_over("ringing", 180))

    assert (say["verb"], hangup["verb"]) == ("say", "hangup")
    [interaction] = service.view(session).interactions
    assert interaction.callee.status is LegStatus.NO_ANSWER


def test_what_is_told_of_an_unknown_call_changes_nothing(
    service: Service, session: Session
) -> None:
    before = service.items()

    tell(of_callee("trying", 100), of_callee("completed", 200, duration=3))

    assert service.items() == before


def test_a_webhook_of_another_call_is_forged(service: Service, session: Session) -> None:
    dial = answered()

    status, _ = post(dial["actionHook"], dial_over("completed", 200) | {"call_sid": "another"})

    assert status == 403


def test_a_call_that_we_placed(service: Service, session: Session) -> None:
    """One URL tells of the first party's leg, and of the leg that is dialled for them."""
    ordered = service.create(2, 3, terms=builders.terms(initiates_call=True))
    place_call(ordered.session_uuid, f"https://{HOST}", lambda _: ScriptedCarrier())
    urls = CallUrls(f"https://{HOST}", "jambonz", MAIN_ID, ordered.session_uuid)
    status_url = urls.to(Step.FIRST_HANGUP)

    for body in (
        of_placed("trying", 100),
        of_placed("ringing", 180),
        of_placed("in-progress", 200),
    ):
        assert post(status_url, body) == (200, None)
    _, [dial] = post(urls.to(Step.FIRST_ANSWER), of_placed("in-progress", 200))
    for body in (
        of_callee("trying", 100),
        of_callee("in-progress", 200),
        of_callee("completed", 200, duration=5),
        of_placed("completed", 200, duration=9),
    ):
        assert post(status_url, body) == (200, None)

    assert dial["target"] == [{"type": "phone", "number": party(3)}]
    [interaction] = service.view(ordered).interactions
    assert interaction.call_uuid == CALL_SID
    assert interaction.caller.status is interaction.callee.status is LegStatus.COMPLETED
    assert interaction.duration_seconds == 14
    assert "SessionPartiesHangup" in service.told(ordered)
