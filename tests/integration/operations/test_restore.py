"""Rehearsal of docs/backup.md: the table is lost, and what a backup holds is copied back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.aws import template
from local.aws.function_log import FunctionLog
from maskline.store import keys
from tests.support.audit_items import entry_items
from tests.support.in_process import forget_what_was_read
from tests.support.scenario import ALICE, CAROL, DAVE
from tests.support.watched_company import WatchedCompany
from tools.restore.__main__ import Copied, copy_table
from tools.restore.rewrapping import rewrap_keys
from tools.trail.__main__ import verify
from tools.trail.log_lines import in_file

BACKUP = "restored-backup"


@contextmanager
def backup(company: WatchedCompany) -> Iterator[Callable[[], int]]:
    """A table with what the service's holds now; calling it loses that one and copies this back.

    The queues are lost too. What was copied is counted.
    """
    engine = company.service.engine
    client = engine.client("dynamodb")
    client.create_table(TableName=BACKUP, **template.table_definition())
    copy_table(client, source=engine.table_name, target=BACKUP)

    def lose_and_restore() -> int:
        engine.reset()
        forget_what_was_read()
        return copy_table(client, source=BACKUP, target=engine.table_name).written

    try:
        yield lose_and_restore
    finally:
        client.delete_table(TableName=BACKUP)


def told(company: WatchedCompany, name: str) -> list[str]:
    return [form for form in company.service.outside.callbacks if f"EventName={name}" in form]


def test_calls_sessions_and_numbers_go_on(company: WatchedCompany) -> None:
    assert company.connects()
    before = company.api("GET", company.session_path("call"))

    with backup(company) as restore:
        assert restore() > 3

    after = company.api("GET", company.session_path("call"))
    assert after["response"] == before["response"]
    assert company.connects()
    company.create("new", CAROL, DAVE)
    company.create("another", ALICE, CAROL)
    assert company.virtual_number("another") != company.virtual_number("call")


def test_an_event_that_was_not_published_yet_is_published_from_the_restored_item(
    company: WatchedCompany,
) -> None:
    talking = company.ring(ALICE, company.virtual_number("call")).answer()
    company.service.carry_on()
    talking.hangup()
    unpublished = len(company.service.outside.callbacks)

    with backup(company) as restore:
        restore()
    company.service.carry_on()

    again = company.service.outside.callbacks[unpublished:]
    assert any("Hangup" in form for form in again), again


def test_what_was_written_since_is_not_overwritten(company: WatchedCompany) -> None:
    with backup(company) as restore:
        restore()
        company.api("POST", company.session_path("call"), {"ring_timeout": 33})
        engine = company.service.engine
        client = engine.client("dynamodb")
        assert copy_table(client, source=BACKUP, target=engine.table_name) == Copied(0, frozenset())

    assert company.api("GET", company.session_path("call"))["response"]["ring_timeout"] == 33


def test_sessions_that_ended_meanwhile_are_told_once(company: WatchedCompany) -> None:
    with backup(company) as restore:
        company.service.advance(2 * 3600)
        restore()
    # The first look finds that the table's stream is a new one.
    company.service.carry_on()
    company.pass_minutes(2)
    company.service.carry_on()

    assert len(told(company, "SessionTimeout")) == 1
    assert not company.ring(ALICE, company.virtual_number("call")).legs


def test_the_audit_trail_is_witnessed_from_the_new_stack_on(company: WatchedCompany) -> None:
    """Copied entries are genuine; the new stack's log knows its own."""
    engine = company.service.engine
    log = FunctionLog()

    with backup(company) as restore:
        restore()
    log.start()
    assert company.connects()
    company.api("GET", company.session_path("call"))
    lines = in_file(log.path)
    log.stop()

    findings = verify(lines, since=company.service.now_ms() - keys.DAY_MS)
    assert (findings.problems, findings.entries, findings.witnessed) == ([], 2, 1)
    assert len(entry_items(engine)) == 2


def test_under_another_wrapping_key_the_keys_are_wrapped_anew(company: WatchedCompany) -> None:
    engine = company.service.engine
    kms, old = engine.client("kms"), engine.environment["WRAPPING_KEY_ARN"]
    new = kms.create_key()["KeyMetadata"]["Arn"]

    with backup(company) as restore:
        restore()
        engine.set_environment({"WRAPPING_KEY_ARN": new})
        try:
            forget_what_was_read()
            assert not company.ring(ALICE, company.virtual_number("call")).legs

            client = engine.client("dynamodb")
            rewrapped = rewrap_keys(client, kms, table=engine.table_name, wrapping_key=new)

            forget_what_was_read()
            assert rewrapped == 1
            assert company.connects()
        finally:
            engine.set_environment({"WRAPPING_KEY_ARN": old})
