"""The cost of a call to the table while somebody listens, over every carrier."""

from collections.abc import Iterator

import pytest

from local.aws.engine import Engine
from local.phone.webhooks import Webhook
from maskline import carriers
from tests.support.company import Company, opened
from tests.support.observation import ApiCall, recorded_api_calls

ANSWER = [("dynamodb", "BatchGetItem"), ("dynamodb", "TransactWriteItems")]
WRITES = {"TransactWriteItems", "BatchWriteItem", "PutItem", "UpdateItem", "DeleteItem"}
# Plivo and the family are not asked to tell of it: the dialling has begun, and that was told.
TELL_OF_RINGING = {"jambonz", "vonage"}


@pytest.fixture(params=carriers.NAMES)
def company(
    request: pytest.FixtureRequest, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Company]:
    """A company with a session, whose functions have answered a call and stay warm."""
    with opened(engine, request.param) as made:
        made.session()
        monkeypatch.setattr("tests.support.in_process.forget_what_was_read", lambda: None)
        assert made.ring().answer().hangup().is_connected
        yield made


def asked(calls: list[ApiCall]) -> list[tuple[str, str]]:
    return [(call.service, call.operation) for call in calls]


def ringing(pending: list[Webhook]) -> list[Webhook]:
    """The reports that the callee's phone rings, in the words of whichever carrier."""
    words = ("status", "call_status", "CallStatus", "DialAction")
    return [
        one
        for one in pending
        if one.kind == "dial" and "ringing" in {one.params.get(word) for word in words}
    ]


def test_the_answer_of_a_registered_caller_is_one_read_and_one_transaction(
    company: Company,
) -> None:
    with recorded_api_calls() as calls:
        call = company.ring(collects=True)

    assert call.state == "dialling"
    assert [one.webhook.kind for one in call.deliveries] == ["answer"]
    assert asked(calls) == ANSWER
    assert {one.function for one in calls} == {"answer_call"}


def test_that_the_callee_rings_is_told_where_a_carrier_does_and_writes_nothing(
    company: Company,
) -> None:
    call = company.ring(collects=True).answer()

    told = ringing(call.pending)
    with recorded_api_calls() as calls:
        answers = [call.deliver(one).status for one in told]

    assert bool(told) == (company.name in TELL_OF_RINGING)
    assert answers == [200] * len(told)
    assert not WRITES & {one.operation for one in calls}
    with recorded_api_calls() as calls:
        answers = [call.deliver(one).status for one in call.pending if one not in told]
    assert set(answers) == {200}
    assert WRITES & {one.operation for one in calls}, "the answer is written"
