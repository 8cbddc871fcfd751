"""docs/deploying/operator.json allows what the operator's commands do to a table, and no more."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.aws import template
from local.aws.function_log import FunctionLog
from maskline import clock
from maskline.services.accounts.provision import provision_account
from tests.integration.operations.test_roles import TRANSACTION_ACTIONS
from tests.support.builders import MAIN_ID
from tests.support.in_process import forget_what_was_read
from tests.support.observation import ApiCall, recorded_api_calls
from tests.support.service import Service
from tools.planning import __main__ as plan
from tools.restore.__main__ import copy_table, rewrap_keys
from tools.restore.routes import mend_routes
from tools.smoke.made import Made
from tools.trail import __main__ as trail

POLICY = json.loads((template.ROOT / "docs" / "deploying" / "operator.json").read_text())
ALLOWED = {one["Sid"]: set(one["Action"]) for one in POLICY["Statement"]}
RESTORED = "restored"


@pytest.fixture
def restored(service: Service) -> Iterator[str]:
    """An empty table."""
    client = service.engine.client("dynamodb")
    client.create_table(TableName=RESTORED, **template.table_definition())
    yield RESTORED
    client.delete_table(TableName=RESTORED)


def test_trail_and_plan_are_allowed_what_they_do(log: FunctionLog, service: Service) -> None:
    session = service.create(0, 1)
    planned = ["--account", MAIN_ID, "--creates", "100", "--today", "2026-11-22"]

    used = actions(lambda: trail.main([session.session_uuid]))
    used |= actions(lambda: trail.main(["--verify", "--log", str(log.path)]))
    used |= actions(lambda: plan.main(planned))

    assert used == ALLOWED["TrailAndPlan"] | {"kms:Decrypt"}


def test_restore_is_allowed_what_it_does(service: Service, restored: str) -> None:
    service.create(0, 1)
    engine = service.engine
    tables: dict[str, Any] = {"source": engine.table_name, "target": restored}
    dynamodb, kms = engine.client("dynamodb"), engine.client("kms")
    another = kms.create_key()["KeyMetadata"]["Arn"]

    used = actions(lambda: copy_table(dynamodb, besides=restored, **tables))
    used |= actions(lambda: rewrap_keys(dynamodb, kms, table=restored, wrapping_key=another))
    used |= actions(lambda: mend_routes(dynamodb))

    read_and_wrapped = ALLOWED["TrailAndPlan"] | ALLOWED["KeysOfAccounts"]
    assert used <= ALLOWED["Restore"] | read_and_wrapped
    assert used >= ALLOWED["Restore"]


@pytest.mark.whole_sdk
def test_smoke_is_allowed_what_it_removes(service: Service) -> None:
    made = Made.drawn(numbers=1)
    made.began_at = clock.now_ms()
    provision_account(made.order())

    used = actions(lambda: made.remove(clock.now_ms()))

    assert used <= ALLOWED["TrailAndPlan"] | ALLOWED["Smoke"]
    assert used >= ALLOWED["Smoke"]


def actions(command: Callable[[], object]) -> set[str]:
    """What IAM is asked about while a command runs as a process of its own would."""
    forget_what_was_read()
    with recorded_api_calls() as calls:
        command()
    return {action for call in calls for action in _asked(call)}


def _asked(call: ApiCall) -> set[str]:
    if call.operation != "TransactWriteItems":
        return {f"{call.service}:{call.operation}"}
    kinds = {kind for item in call.parameters["TransactItems"] for kind in item}
    return {f"dynamodb:{TRANSACTION_ACTIONS[kind]}" for kind in kinds}
