"""Rehearsal of docs/runbook.md: a carrier fails, its alarm, and leaving it for another one."""

import json

import pytest

from local.aws.function_log import FunctionLog
from maskline.carriers import DEFAULT
from tests.support.carriers import OTHER, install_other
from tests.support.scenario import SPARE
from tests.support.watched_company import WatchedCompany

pytestmark = pytest.mark.usefixtures("a_minute_later")
OTHERS_NUMBERS = (SPARE, "+12025550133", "+12025550134", "+12025550135")


@pytest.mark.parametrize(("status", "outcome"), [(401, "refused"), (503, "unknown")])
def test_a_carrier_fails(
    status: int,
    outcome: str,
    company: WatchedCompany,
    log: FunctionLog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = install_other(monkeypatch)
    account = {"carrier": OTHER, "project_id": "PR01", "secrets": {"signing_key": ["o" * 32]}}
    company.provision(account)
    body = {"numbers": ",".join(OTHERS_NUMBERS), "carrier": OTHER}
    company.api("POST", "Number/", body, expected=202)
    for name in ("first", "second", "third"):
        company.order_call(name, api_status=status)
    assert company.alarms() == {"CallNotTakenAlarm"}
    lines = map(json.loads, log.path.read_text().splitlines())
    said = [line for line in lines if line.get("event") == "call_not_taken"]
    assert {(line["carrier"], line["outcome"]) for line in said} == {(DEFAULT, outcome)}

    company.api("POST", f"Carrier/{DEFAULT}/", {"health": "unhealthy"}, expected=202)
    company.order_call("fourth", api_status=status)
    assert len(other.placed) == 1
    company.pass_minutes(2)
    assert company.shown_number("call") in OTHERS_NUMBERS
    listed = company.api("GET", "Carrier/")["objects"]
    assert [(one["carrier"], one["health"]) for one in listed] == [
        (DEFAULT, "unhealthy"),
        (OTHER, "healthy"),
    ]
    assert listed[0]["live_sessions"] == 0
    company.assert_quiet()
