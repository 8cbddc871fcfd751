"""Rehearsal of docs/backup.md, "A new table", with functions that started before the restore.

Lambda keeps them: a snapshot for the life of its version, an environment as long as it is warm. So
nothing here forgets what it has read once the new stack is there.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from local.aws import template
from maskline.store.sealing import table_secret
from tests.support import in_process
from tests.support.known_secret import put_another_secret, put_secret
from tests.support.scenario import ALICE, CAROL
from tests.support.watched_company import WatchedCompany
from tools.operator.preflight import NotReadyError
from tools.restore.__main__ import copy_table
from tools.restore.rewrapping import rewrap_keys

BACKUP = "restored-backup"
# As long as a webhook of a token that nobody knew a moment ago is refused.
REREAD_SECONDS = 6


@pytest.fixture
def old_secret(company: WatchedCompany) -> Iterator[str]:
    engine = company.service.engine
    [arn] = engine.secrets.values()
    text = engine.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    yield text
    put_secret(engine, text)


@contextmanager
def lost_table(
    company: WatchedCompany, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], None]]:
    """A new stack, with a wrapping key of its own, whose functions have started on an empty table.

    Calling it does what `make restore` does.
    """
    engine = company.service.engine
    client, kms = engine.client("dynamodb"), engine.client("kms")
    old_key = engine.environment["WRAPPING_KEY_ARN"]
    new_key = kms.create_key()["KeyMetadata"]["Arn"]
    client.create_table(TableName=BACKUP, **template.table_definition())
    copy_table(client, source=engine.table_name, target=BACKUP)
    engine.reset()
    engine.set_environment({"WRAPPING_KEY_ARN": new_key})
    monkeypatch.setattr(in_process, "forget_what_was_read", lambda: None)
    start_all(company)

    def copy_back() -> None:
        copy_table(client, source=BACKUP, target=engine.table_name)
        rewrap_keys(client, kms, table=engine.table_name, wrapping_key=new_key)

    try:
        yield copy_back
    finally:
        engine.set_environment({"WRAPPING_KEY_ARN": old_key})
        client.delete_table(TableName=BACKUP)


def start_all(company: WatchedCompany) -> None:
    """Schedules run, a caller calls, and a client asks, all in vain."""
    company.service.run_schedules()
    assert not company.ring(ALICE, company.virtual_number("call")).legs
    company.api("GET", company.session_path("call"), expected=401)


def test_functions_that_started_with_the_old_secret_find_everybody(
    company: WatchedCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`DeploymentSecretArn`: the new stack never had another one."""
    before = company.api("GET", company.session_path("call"))["response"]

    with lost_table(company, monkeypatch) as copy_back:
        copy_back()
        company.service.advance(REREAD_SECONDS)

        assert company.api("GET", company.session_path("call"))["response"] == before
        assert company.connects()
        company.create("new", ALICE, CAROL)
        assert company.virtual_number("new") != company.virtual_number("call")
        company.service.carry_on()
        company.pass_minutes(2)
        assert company.service.runtime.failures == []


def test_functions_that_started_with_another_secret_refuse_until_they_start_anew(
    company: WatchedCompany, monkeypatch: pytest.MonkeyPatch, old_secret: str
) -> None:
    """The old value was put into the new stack's own secret after they had read that."""
    engine = company.service.engine
    put_another_secret(engine)
    in_process.forget_what_was_read()

    with lost_table(company, monkeypatch) as copy_back:
        put_secret(engine, old_secret)
        copy_back()
        company.service.advance(REREAD_SECONDS)

        company.api("GET", company.session_path("call"), expected=500)
        company.api("POST", "Masking/Session/", {}, expected=500)
        assert not company.ring(ALICE, company.virtual_number("call")).legs
        assert {"AnswerFailedAlarm", "WebhookFaultsAlarm"} <= company.alarms()

        monkeypatch.undo()
        assert company.connects()


def test_a_table_that_was_begun_under_another_secret_takes_nothing(
    company: WatchedCompany, old_secret: str
) -> None:
    """Somebody has provisioned an account in the new stack."""
    engine = company.service.engine
    client = engine.client("dynamodb")
    client.create_table(TableName=BACKUP, **template.table_definition())
    try:
        copy_table(client, source=engine.table_name, target=BACKUP)
        engine.reset()
        put_another_secret(engine)
        in_process.forget_what_was_read()
        table_secret.begin()

        with pytest.raises(NotReadyError, match="begun under another deployment secret"):
            copy_table(client, source=BACKUP, target=engine.table_name)

        assert client.scan(TableName=engine.table_name, Select="COUNT")["Count"] == 1
    finally:
        client.delete_table(TableName=BACKUP)
        in_process.forget_what_was_read()
