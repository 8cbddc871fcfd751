"""The first decision on a call stands, whatever is repeated, and keeping it costs no caller."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from local.aws.engine import Engine
from local.phone.steps import SimulatedCall
from maskline.config import settings
from maskline.services.calls import kept_answer
from maskline.store.calls import line
from tests.support.disturbances import aws_fails
from tests.support.explained import FREE_PINS, PIN, Company, opened
from tests.support.observation import recorded_api_calls
from tests.support.scenario import ALICE, BOB, CAROL, DAVE, STRANGER


def client_error(code: str) -> ClientError:
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(response, "PutItem")


THROTTLED, REFUSED = client_error("ThrottlingException"), client_error("AccessDeniedException")
TIMED_OUT = ReadTimeoutError(endpoint_url="the table")


@pytest.fixture(scope="module")
def company(running_engine: Engine) -> Iterator[Company]:
    with opened(running_engine) as made:
        yield made


def repeat(call: SimulatedCall, kind: Any) -> str:
    """The document that the first webhook of that kind gets when it comes once more."""
    return call.deliver(call.sent(kind)[0].webhook).text


def repeat_last(call: SimulatedCall, kind: Any) -> None:
    """Have the last webhook of that kind come once more."""
    call.deliver(call.sent(kind)[-1].webhook)


def test_a_connected_call_stays_connected(company: Company) -> None:
    call = company.ring(ALICE, company.session("call")).answer()
    told = company.why(call)
    company.end("call")

    assert "<Dial" not in repeat(call, "answer")

    assert company.why(call) | {"api_id": ""} == told | {"api_id": ""}


def test_a_call_that_is_connected_after_all_was_connected(company: Company) -> None:
    """The carrier did not get the first document, and asks again when the line is free."""
    number = company.session("freed")
    talking = company.ring(ALICE, number).answer()
    call = company.carrier().place(BOB, number, collects=True).start()
    assert company.why(call)["rule"] == "line_busy"
    talking.hangup()

    assert "<Dial" in repeat(call, "answer")

    assert company.why(call)["rule"] == "own_phone"


def test_a_call_that_was_refused_stays_refused_for_the_first_reason(company: Company) -> None:
    number = company.session("held")
    talking = company.ring(ALICE, number).answer()
    call = company.carrier().place(BOB, number, collects=True).start()
    talking.hangup()
    company.end("held")

    repeat(call, "answer")

    assert company.why(call)["rule"] == "line_busy"


@pytest.mark.parametrize(
    ("last", "rule"), [(PIN, "pin"), ("2222", "pin_wrong")], ids=["right", "wrong"]
)
def test_what_follows_a_pin_refines_what_was_decided_before(
    last: str, rule: str, company: Company
) -> None:
    call = company.ring(STRANGER, company.session(f"pin {rule}", **FREE_PINS))
    stages = [company.why(call)]
    for digits in ("0000", "1111", last):
        call.press(digits)
        stages.append(company.why(call))

    assert [one["rule"] for one in stages] == ["pin_asked", "pin_asked", "pin_asked", rule]
    assert len({one["decided_time"] for one in stages[:3]}) == 1


def test_webhooks_of_a_pin_call_that_come_late_take_nothing_back(company: Company) -> None:
    call = company.ring(STRANGER, company.session("late", **FREE_PINS)).press("0000")
    told = company.why(call)

    repeat(call, "answer")
    assert company.why(call) | {"api_id": ""} == told | {"api_id": ""}

    call.press("1111").press("2222")
    told = company.why(call)
    assert told["rule"] == "pin_wrong"
    company.end("late")
    for kind in ("digits", "answer"):
        repeat(call, kind)
        assert company.why(call) | {"api_id": ""} == told | {"api_id": ""}


def test_a_late_landing_does_not_take_the_place_of_the_question(company: Company) -> None:
    call = company.ring(STRANGER, company.session("question", **FREE_PINS))
    company.end("question")

    repeat(call, "answer")

    assert company.why(call)["rule"] == "pin_asked"


def test_a_failure_takes_the_place_of_the_question(company: Company) -> None:
    call = company.ring(STRANGER, company.session("failing", **FREE_PINS))

    with patch.object(line, "open_line", side_effect=RuntimeError):
        call.press(PIN)

    assert company.why(call)["rule"] == "failed"


def test_an_end_that_is_kept_nowhere_is_kept_when_it_is_repeated(company: Company) -> None:
    call = company.ring(CAROL, company.session("lost", **FREE_PINS)).press("0000").press("1")
    with aws_fails(THROTTLED, operation="PutItem"):
        call.press("2222")
    assert company.why(call)["rule"] == "pin_asked"

    repeat_last(call, "digits")

    assert company.why(call)["rule"] == "pin_wrong"


def test_who_is_asked_again_does_not_wait_for_it_to_be_kept(company: Company) -> None:
    call = company.ring(DAVE, company.session("again", **FREE_PINS))

    with recorded_api_calls() as asked_again:
        call.press("0000")
    with recorded_api_calls() as ended:
        call.press("1111").press("2222")

    assert _writes(asked_again, "answer_call") == ["TransactWriteItems"]
    assert _writes(ended, "answer_call") == ["TransactWriteItems"] * 2 + ["PutItem"]


@pytest.mark.parametrize(
    "error", [THROTTLED, REFUSED, TIMED_OUT], ids=["throttled", "refused", "timed out"]
)
def test_a_decision_that_cannot_be_kept_costs_the_caller_nothing(
    error: Exception, company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    """Busy, a stranger, a wrong PIN: each hears what they would have heard."""
    number = company.session(f"unkept {error}")
    asking = company.session(f"asking {error}", **FREE_PINS)
    company.ring(ALICE, number).answer()
    for caller, dialled in ((BOB, number), (STRANGER, number), (STRANGER, asking)):
        expected = company.ring(caller, dialled).sent("answer")[0]
        with patch.object(kept_answer, "keep", side_effect=error):
            call = company.ring(caller, dialled)

        [answered] = call.sent("answer")
        assert (answered.status, _words(answered.text)) == (200, _words(expected.text))
    assert "decision_not_kept" in {getattr(record, "event", "") for record in caplog.records}


def _words(document: str) -> str:
    """A document without what is of its call alone."""
    return document.partition("/carriers/")[0]


def test_a_table_that_hangs_is_not_waited_for(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = company.session("hanging")
    over = Event()
    hasty = replace(settings(), why_patience_seconds=0.01)
    monkeypatch.setattr(kept_answer, "settings", lambda: hasty)
    with patch.object(kept_answer, "keep", lambda *_, **__: over.wait(60)):
        call = company.ring(STRANGER, number)
    over.set()

    assert call.sent("answer")[0].status == 200
    assert call.heard
    company.api("GET", f"Masking/Call/{call.call_uuid}/", expected=404)


def test_a_connected_call_costs_no_write_of_its_own(company: Company) -> None:
    number = company.session("cheap")

    with recorded_api_calls() as connected:
        company.ring(ALICE, number)
    with recorded_api_calls() as refused:
        company.ring(BOB, number)

    assert _writes(connected, "answer_call") == ["TransactWriteItems"]
    assert _writes(refused, "answer_call") == ["TransactWriteItems", "PutItem"]


_WRITES = {"PutItem", "TransactWriteItems", "UpdateItem"}


def _writes(made: Any, function: str) -> list[str]:
    return [
        call.operation for call in made if call.function == function and call.operation in _WRITES
    ]
