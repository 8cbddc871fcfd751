"""Rehearsals of docs/runbook.md: trouble with calls and numbers, its alarm, what ends both."""

import json
from contextlib import suppress

import pytest
from botocore.exceptions import EndpointConnectionError

from local.aws.runtime import HandlerError
from local.phone.carrier_call import WrongStepError
from local.phone.steps import SimulatedCall
from tests.support import event_files
from tests.support.disturbances import aws_fails
from tests.support.event_files import DocumentedDeployment
from tests.support.scenario import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    ERIN,
    FRANK,
    HEIDI,
    PINS,
    POOL,
    SPARE,
    STRANGER,
    UNRENTED,
    basic,
    number_path,
    parties,
)
from tests.support.watched_company import WatchedCompany

pytestmark = pytest.mark.usefixtures("a_minute_later")
TABLE_AWAY = EndpointConnectionError(endpoint_url="https://dynamodb.example.com")
SECOND_FRENCH = "+33142685300"


# Calls


def test_answer_failed(company: WatchedCompany) -> None:
    with aws_fails(TABLE_AWAY):
        heard = company.ring(ALICE, company.virtual_number("call"))
    assert "try again" in heard.heard[0]
    assert company.alarms() == {"AnswerFailedAlarm", "WebhookFaultsAlarm"}

    assert company.connects()
    company.assert_quiet()


@pytest.mark.parametrize(
    ("alarm", "name"),
    [
        ("WebhookFaultsAlarm", "answer_call_post"),
        ("WebhookFaultsAlarm", "answer_call_pin_digits"),
        ("WebhookFaultsAlarm", "record_call_dial_end_completed"),
        ("WebhookFaultsAlarm", "answer_call_first_answer"),
        ("WebhookFaultsAlarm", "record_call_hangup_post"),
        ("PlaceCallErrorsAlarm", "place_call_order"),
        ("WebhookFaultsAlarm", "answer_call_whisper_post"),
        ("WebhookFaultsAlarm", "record_call_recording_completed"),
    ],
)
def test_a_function_fails(alarm: str, name: str, company: WatchedCompany) -> None:
    deployment = DocumentedDeployment(company.service.engine, company.service.runtime)
    deployment.start()
    deployment.prepare(name)
    company.watch.break_function(event_files.folder_of(name))
    with pytest.raises(HandlerError):
        deployment.invoke(name)
    assert company.alarms() == {alarm}

    company.watch.repair()
    answer = deployment.invoke(name)
    assert (answer or {}).get("statusCode", 200) == 200
    assert company.alarms() == set()


def test_answer_throttled(company: WatchedCompany) -> None:
    company.watch.throttle_function("answer_call")
    rung = company.ring(ALICE, company.virtual_number("call"))
    assert rung.deliveries[0].status == 500
    assert "AnswerThrottlesAlarm" in company.alarms()

    company.watch.repair()
    assert company.connects()
    company.assert_quiet()


def test_signature_rejected(company: WatchedCompany) -> None:
    known = company.service.credentials
    for _ in range(20):
        forged = company.ring(ALICE, company.virtual_number("call"), signature="wrong")
        assert forged.deliveries[0].status == 403
    assert company.alarms() == {"SignatureRejectedAlarm"}

    # The carrier signs with what the simulator calls a wrong token: provisioning makes it known.
    tokens = ["not-the-token", known.carrier_auth_token]
    secrets = {"auth_token": tokens}
    carrier = {"carrier": "plivo", "auth_id": known.carrier_auth_id, "secrets": secrets}
    main = {"auth_id": known.auth_id, "auth_tokens": [known.auth_token]}
    company.service.invoke("provision_account", {"account": main, "carriers": [carrier]})
    rung = company.ring(ALICE, company.virtual_number("call"), signature="wrong")
    assert rung.deliveries[0].status == 200
    company.assert_quiet()


def guess_until_the_end(call: SimulatedCall) -> None:
    while True:
        call.press("0000")


def test_pin_locked(company: WatchedCompany) -> None:
    company.create("pins", CAROL, DAVE, **PINS)
    dialled = company.virtual_number("pins")
    for _ in range(4):
        with suppress(WrongStepError):
            guess_until_the_end(company.ring(STRANGER, dialled))
    assert company.alarms() == {"PinLockedAlarm"}

    # The guesses of a number end with the day, a caller's failures with the window.
    company.service.advance(86400)
    company.pass_minutes(1)
    company.create("pins again", CAROL, DAVE, **PINS)
    again = company.ring(STRANGER, company.virtual_number("pins again"))
    assert again.press(PINS["first_party_pin"]).answer().hangup().is_connected
    company.assert_quiet()


# Numbers


def test_destination_refused(company: WatchedCompany) -> None:
    abroad = parties(CAROL, SECOND_FRENCH) | {"geomatch": False}
    for _ in range(10):
        company.api("POST", "Masking/Session/", abroad, expected=400)
    assert company.alarms() == {"DestinationRefusedAlarm"}

    known = company.service.credentials
    limits = {"destination_countries": ["US", "FR"]}
    main = {"auth_id": known.auth_id, "auth_tokens": [known.auth_token], "limits": limits}
    company.service.invoke("provision_account", {"account": main})
    company.api("POST", "Masking/Session/", abroad, expected=201)
    company.assert_quiet()


def limit(company: WatchedCompany, **limits: int) -> None:
    known = company.service.credentials
    main = {"auth_id": known.auth_id, "auth_tokens": [known.auth_token], "limits": limits}
    company.service.invoke("provision_account", {"account": main})


def test_create_limit_reached(company: WatchedCompany) -> None:
    limit(company, creates_per_minute=1)
    company.create("first", CAROL, DAVE)
    # Two more, lest a minute of the clock ends between two of them.
    statuses = {create_status(company) for _ in range(2)}
    assert 429 in statuses
    assert company.alarms() == {"CreateLimitReachedAlarm"}

    limit(company, creates_per_minute=100)
    assert create_status(company) == 201
    company.assert_quiet()


def create_status(company: WatchedCompany) -> int:
    known = company.service.credentials
    return company.service.request(
        "POST",
        f"/v1/Account/{known.auth_id}/Masking/Session/",
        headers=basic(known.auth_id, known.auth_token),
        body=json.dumps(parties(CAROL, DAVE)).encode(),
    ).status


def test_call_limit_reached(company: WatchedCompany) -> None:
    limit(company, calls_per_session=1)
    company.create("limited", CAROL, DAVE)
    dialled = company.virtual_number("limited")
    assert company.ring(CAROL, dialled).answer().hangup().is_connected
    assert not company.ring(CAROL, dialled).legs
    assert company.alarms() == {"CallLimitReachedAlarm"}

    limit(company, calls_per_session=100)
    company.create("more", CAROL, DAVE)
    assert company.ring(CAROL, company.virtual_number("more")).answer().hangup().is_connected
    company.assert_quiet()


def test_pool_exhausted(company: WatchedCompany) -> None:
    for other in (BOB, CAROL, DAVE):
        company.create(other, ALICE, other)
    company.api("POST", "Masking/Session/", parties(ALICE, ERIN), expected=400)
    assert company.alarms() == {"PoolExhaustedAlarm", "FreeNumbersAlarm"}

    more = {"numbers": f"{SPARE},+12025550133,+12025550134,+12025550135"}
    company.api("POST", "Number/", more, expected=202)
    company.create("now", ALICE, ERIN)
    company.assert_quiet()


def test_pool_exhausted_for_a_party_that_is_added(company: WatchedCompany) -> None:
    """Bob has the number already that Carol's session is on."""
    first = company.shown_number("call")
    others = [number for number in POOL if number != first]
    for number in others:
        company.api("POST", f"Number/{number}/", {"status": "retired"}, expected=202)
    company.create("lone", CAROL, "", create_session_with_single_party=True)
    for number in others:
        company.api("POST", f"Number/{number}/", {"status": "active"}, expected=202)
    assert company.shown_number("lone") == company.shown_number("call")
    company.watch.pass_period()

    company.api("POST", company.session_path("lone"), {"second_party": BOB}, expected=400)

    assert company.alarms() == {"PoolExhaustedAlarm", "FreeNumbersAlarm"}
    company.api("POST", company.session_path("lone"), {"second_party": DAVE})
    company.assert_quiet()


def test_few_numbers_are_free(company: WatchedCompany) -> None:
    company.create("second", ALICE, CAROL)
    company.create("third", ALICE, DAVE)
    assert company.alarms() == {"FreeNumbersAlarm"}

    more = {"numbers": f"{SPARE},+12025550133,+12025550134,+12025550135"}
    company.api("POST", "Number/", more, expected=202)
    company.create("fourth", ALICE, FRANK)
    company.assert_quiet()


def test_replacement_pending(company: WatchedCompany) -> None:
    company.api("POST", "Number/", {"numbers": UNRENTED}, expected=202)
    limits = {"destination_countries": ["*"]}
    known = company.service.credentials
    main = {"auth_id": known.auth_id, "auth_tokens": [known.auth_token], "limits": limits}
    company.service.invoke("provision_account", {"account": main})
    company.create("british", HEIDI, "+447700900122")
    company.api("POST", number_path(UNRENTED), {"health": "unhealthy"}, expected=202)
    company.pass_minutes(1)
    assert "ReplacementPendingAlarm" in company.watch.firing()

    company.api("POST", "Number/", {"numbers": "+442079460198"}, expected=202)
    company.pass_minutes(2)
    assert company.shown_number("british") == "+442079460198"
    company.assert_quiet()
