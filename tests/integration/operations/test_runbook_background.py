"""Rehearsals of docs/runbook.md: trouble behind the scenes, its alarm, and what ends both."""

from typing import Any
from urllib.parse import parse_qsl

import pytest

from local.aws import template
from local.sources.streams import StreamConsumer
from maskline.store import keys
from maskline.store.codec import encode
from tests.integration.operations.test_runbook import TABLE_AWAY
from tests.support.disturbances import aws_fails, nothing_makes_sense
from tests.support.scenario import ALICE, CAROL, DAVE, basic
from tests.support.watched_company import WatchedCompany

pytestmark = pytest.mark.usefixtures("a_minute_later")
SWEEPS = {
    schedule.logical_id: schedule.event["shards"]
    for schedule in template.schedules()
    if schedule.function == "ExpireSessionsFunction"
}


def test_api_faults(company: WatchedCompany) -> None:
    known = company.service.credentials
    headers = basic(known.auth_id, known.auth_token)
    path = f"/v1/Account/{known.auth_id}/{company.session_path('call')}"
    with aws_fails(TABLE_AWAY):
        for _ in range(5):
            assert company.service.request("GET", path, headers=headers).status == 500
    assert company.alarms() == {"ApiFaultsAlarm"}

    assert company.service.request("GET", path, headers=headers).status == 200
    company.assert_quiet()


def test_api_throttled(company: WatchedCompany) -> None:
    with company.watch.full_api():
        for _ in range(600):
            company.api("GET", company.session_path("call"), expected=429)
    assert company.alarms() == {"ApiThrottledAlarm"}

    company.api("GET", company.session_path("call"))
    assert company.connects()
    company.assert_quiet()


def test_webhooks_throttled(company: WatchedCompany) -> None:
    with company.watch.full_api():
        for _ in range(10):
            assert company.service.request("POST", "/carriers/plivo/call/answer").status == 429
    assert company.alarms() == {"WebhookThrottledAlarm"}

    assert company.connects()
    company.assert_quiet()


def test_table_throttles(company: WatchedCompany) -> None:
    with company.watch.throttled_table():
        heard = company.ring(ALICE, company.virtual_number("call"))
    assert "try again" in heard.heard[0]
    assert "AnswerFailedAlarm" in company.alarms()
    # A minute later: DynamoDB's figures come late.
    assert "TableThrottlesAlarm" in company.alarms()

    assert company.connects()
    company.assert_quiet()


# Events and callbacks


def test_publishing_falls_behind(company: WatchedCompany) -> None:
    fired: set[str] = set()

    def a_minute_later() -> None:
        company.service.advance(61)
        company.watch.pass_period()
        fired.update(company.watch.firing())
        if "PublishFallsBehindAlarm" in fired:
            company.watch.repair()

    assert company.connects()
    company.watch.break_function("publish_events", meanwhile=a_minute_later)
    company.service.carry_on()

    assert "PublishFallsBehindAlarm" in fired
    told = [form for form in company.service.outside.callbacks if "SequenceNumber=" in form]
    assert len(told) == len(set(told))
    company.pass_minutes(1)
    company.assert_quiet()


def test_unreadable_records(company: WatchedCompany) -> None:
    outside = company.service.outside
    before = len(outside.callbacks)
    with nothing_makes_sense():
        assert company.connects()
        company.service.carry_on()
    lines = company.watch.events("poison_record")
    assert all(line["stream_event_id"] for line in lines)
    assert company.alarms() == {"UnreadableRecordsQueueAlarm"}
    assert len(outside.callbacks) == before

    # The release that can read them is deployed.
    assert company.service.invoke("replay_callbacks", {})["published"] == len(lines)
    company.service.carry_on()
    told = [form for form in outside.callbacks if "SequenceNumber=" in form]
    assert len(told) == len(set(told)) > before
    company.assert_quiet()


def test_item_unreadable(company: WatchedCompany) -> None:
    company.create("other", CAROL, DAVE)
    engine = company.service.engine
    key = encode(keys.session(company.created["call"]["session_uuid"]))
    table: dict[str, Any] = {"TableName": engine.table_name}
    whole = engine.client("dynamodb").get_item(**table, Key=key)["Item"]
    engine.client("dynamodb").put_item(
        **table, Item={name: value for name, value in whole.items() if name != "version"}
    )
    [shown] = company.api("GET", "Masking/Session")["response"]["objects"]
    assert shown["session_uuid"] == company.created["other"]["session_uuid"]
    assert company.alarms() == {"ItemUnreadableAlarm"}

    # As the backup has it.
    engine.client("dynamodb").put_item(**table, Item=whole)
    assert len(company.api("GET", "Masking/Session")["response"]["objects"]) == 2
    company.assert_quiet()


def test_delivering_fails(company: WatchedCompany) -> None:
    outside = company.service.outside
    assert company.connects()
    with aws_fails(TABLE_AWAY, operation="GetItem"):
        for _ in range(2):
            company.service.try_again()
            company.watch.pass_period()
    assert company.watch.firing() == {"DeliverCallbackErrorsAlarm"}
    assert not outside.callbacks

    company.service.try_again()
    told = [dict(parse_qsl(form))["SequenceNumber"] for form in outside.callbacks]
    assert told == [str(number) for number in range(1, 8)]
    company.assert_quiet()


def test_callback_dead_letters(company: WatchedCompany) -> None:
    outside = company.service.outside
    company.create("broken", CAROL, DAVE, callback_url=f"{outside.url}/broken")
    company.ring(CAROL, company.virtual_number("broken")).answer().hangup()
    for _ in range(10):
        assert "CallbackDeadLetterQueueAlarm" not in company.alarms()
        company.service.try_again()
    assert "CallbackDeadLetterQueueAlarm" in company.alarms()

    outside.callbacks.clear()
    outside.broken_status = 204
    assert company.service.invoke("replay_callbacks", {})["moved"] >= 1
    company.service.try_again()
    assert outside.callbacks
    company.assert_quiet()


# Ends of sessions


@pytest.mark.parametrize("stopped", [1, 8])
def test_sweep_stopped(stopped: int, company: WatchedCompany) -> None:
    """One shard's schedule, or all of them: then there is no data at all."""
    mine = keys.shard_of(company.created["call"]["session_uuid"])
    company.service.advance(3601)
    company.service.disabled |= {name for name in SWEEPS if stopped == 8 or SWEEPS[name] == [mine]}
    company.pass_minutes(7)
    assert company.watch.firing() == {"SweepStoppedAlarm"}
    assert not timeouts(company)

    # The schedule is enabled again: it tells what it missed, and how late that is.
    company.service.disabled.clear()
    company.pass_minutes(1)
    assert company.watch.firing() == {"SweepLateAlarm"}
    assert len(timeouts(company)) == 1
    company.assert_quiet()


@pytest.mark.parametrize(
    ("alarm", "folder"),
    [
        ("ExpireSessionsErrorsAlarm", "expire_sessions"),
        ("ReplaceNumbersErrorsAlarm", "replace_numbers"),
        ("CarryOutErasuresErrorsAlarm", "carry_out_erasures"),
    ],
)
def test_a_schedule_fails(alarm: str, folder: str, company: WatchedCompany) -> None:
    company.watch.break_function(folder)
    company.pass_minutes(3)
    assert company.watch.firing() == {alarm}

    company.watch.repair()
    company.service.advance(3600)
    company.pass_minutes(1)
    company.service.carry_on()
    assert len(timeouts(company)) == 1
    company.pass_minutes(1)
    company.assert_quiet()


def timeouts(company: WatchedCompany) -> list[str]:
    return [form for form in company.service.outside.callbacks if "SessionTimeout" in form]


def test_recover_failures(company: WatchedCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweep is down and the table's own collector has nobody to tell."""
    monkeypatch.setattr(StreamConsumer, "_pause_before_retry", lambda *_: None)
    monkeypatch.setattr("tests.support.in_process._FAILURES_ENOUGH", 100)
    company.watch.break_function("recover_timeouts")
    company.service.advance(2 * 3600)
    assert company.service.collect_expired_items()
    company.service.carry_on()
    assert not timeouts(company)
    company.service.advance(901)
    assert "RecoverFailuresQueueAlarm" in company.alarms()

    company.watch.repair()
    company.pass_minutes(1)
    company.service.carry_on()
    assert len(timeouts(company)) == 1
    urls = company.service.engine.queue_urls
    company.service.engine.client("sqs").purge_queue(QueueUrl=urls["RecoverFailuresQueue"])
    company.assert_quiet()
