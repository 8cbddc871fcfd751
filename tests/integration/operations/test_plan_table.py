"""`make plan --account`: from the sessions and numbers of the table, without anybody's number."""

import os

import pytest

from maskline.domain.numbers.pool import NumberStatus
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role, Session, Strategy, Terms
from tests.support import builders
from tests.support.builders import MAIN_ID, SUBACCOUNT_ID, party, virtual
from tests.support.log_capture import Scanner
from tests.support.manual_clock import ManualClock
from tests.support.service import Service
from tools.planning import __main__ as plan
from tools.planning.spans import most_at_once, most_doors
from tools.planning.stored_history import stored_history, stored_pool, use_table

BRITONS = [E164(f"+4477009001{index:02d}") for index in range(4)]
AMERICAN = party(0)
MATCHED = Terms(is_geomatched=True, cooloff_seconds=600)
SHORT = builders.settings(session_expiry_seconds=600)


@pytest.fixture
def service(service: Service) -> Service:
    """British numbers 0 to 2, two American ones, one retired, and one of the subaccount."""
    service.add_numbers(9, 10, country="US")
    service.add_numbers(11)
    service.change_number(virtual(11), status=NumberStatus.RETIRED)
    service.add_numbers(12, subaccount_id=SUBACCOUNT_ID)
    return service


def create(service: Service, first: E164, second: E164, **changes: object) -> Session:
    wanted = {"first_party": first, "second_party": second, "terms": MATCHED, "settings": SHORT}
    return service.request(builders.session_request(**{**wanted, **changes})).session


@pytest.fixture
def busy(service: Service, time: ManualClock) -> Service:
    """The second Briton has three sessions at once, one of them cooling; the American has one."""
    create(service, BRITONS[0], BRITONS[1])
    time.advance(seconds=900)
    create(service, BRITONS[1], BRITONS[2])
    deleted = create(service, BRITONS[1], AMERICAN, strategy=Strategy.PER_PARTY)
    time.advance(seconds=10)
    service.end(deleted)
    time.advance(seconds=4000)
    return service


def test_the_pool_is_what_a_session_may_use(service: Service) -> None:
    assert stored_pool(MAIN_ID, "") == {"GB": 3, "US": 2, "any": 5}
    assert stored_pool(MAIN_ID, SUBACCOUNT_ID) == {"GB": 1, "any": 1}


def test_the_history_is_the_sessions_as_they_held_numbers(busy: Service) -> None:
    spans = stored_history(MAIN_ID, "", days=1)

    assert most_at_once(spans, Strategy.PER_PARTY) == {"GB": 3, "US": 1}
    assert [(span.ends_at - span.starts_at) // 1000 for span in spans] == [600, 10, 600]
    assert {span.cooloff_ms for span in spans} == {600_000}
    assert len({name for span in spans for name in (span.first, span.second)}) == 4


def test_sessions_of_long_ago_and_of_others_are_left_out(busy: Service, time: ManualClock) -> None:
    assert stored_history(MAIN_ID, SUBACCOUNT_ID, days=1) == []
    time.advance(seconds=2 * 86_400)
    assert stored_history(MAIN_ID, "", days=1) == []


def test_doors_need_a_number_each_and_sessions_with_pins_do_not(service: Service) -> None:
    for index, known in enumerate((Role.FIRST, Role.SECOND, Role.FIRST)):
        service.request(builders.lone_request(index, known))
    pins = builders.terms(is_single_party=True, pin=builders.pin_terms(first_pin="", second_pin=""))
    for index in range(3, 6):
        service.request(builders.lone_request(index, Role.SECOND, terms=pins))

    spans = stored_history(MAIN_ID, "", days=1)

    assert sorted(span.has_door for span in spans) == [False] * 3 + [True] * 3
    assert most_doors(spans) == {"any": 3}
    assert most_at_once(spans, Strategy.SHARED) == {"any": 1}
    assert len({name for span in spans for name in span.parties}) == 9


def test_the_command_prints_a_plan_and_nobody_s_number(
    busy: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan.main(["--account", MAIN_ID, "--creates", "500", "--today", "2026-11-22"]) == 0

    printed = capsys.readouterr().out
    rows = [line.split() for line in printed.partition("\n\n")[0].splitlines()[1:]]
    k_by_pool = {(row[0], row[1]): (row[2], row[6]) for row in rows}
    assert k_by_pool["GB", "per_party"] == ("3", "3")
    assert k_by_pool["US", "per_party"] == ("1", "2")
    everybody = [*BRITONS, AMERICAN, *map(virtual, range(13))]
    assert Scanner(numbers=everybody).found_in(printed) == []


def test_outside_lambda_only_the_table_has_to_be_named(
    busy: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = os.environ["TABLE_NAME"]
    monkeypatch.delenv("RETENTION_DAYS")
    monkeypatch.delenv("TABLE_NAME")

    use_table(table)

    assert os.environ["RETENTION_DAYS"] == "90"
    assert len(stored_history(MAIN_ID, "", days=1)) == 3
