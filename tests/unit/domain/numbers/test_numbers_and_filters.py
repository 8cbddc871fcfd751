"""Which numbers a session may use, and which sessions a list shows."""

import pytest

from maskline.domain.numbers.changes import NumberChange
from maskline.domain.numbers.pool import NumberStatus, pool_for
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.filter import Range, SessionFilter, SessionSummary
from maskline.domain.sessions.session import Status
from tests.support import builders
from tests.support.builders import NOW, SUBACCOUNT_ID, party, virtual


def key_of(number: E164) -> str:
    return f"key of {number[-2:]}"


def summary(**changes: object) -> SessionSummary:
    fields: dict[str, object] = {
        "session_uuid": builders.SESSION_UUID,
        "created_at": NOW,
        "expires_at": NOW + 3_600_000,
        "live_until": None,
        "first_party_key": key_of(party(0)),
        "second_party_key": key_of(party(1)),
        "first_virtual_number": virtual(0),
        "second_virtual_number": virtual(1),
        "subaccount_id": "",
    }
    return SessionSummary(**(fields | changes))  # type: ignore[arg-type] # checked by use


def shows(one: SessionSummary, **conditions: object) -> bool:
    window = {"created_from": NOW - 1000, "created_before": NOW + 1000}
    wanted = SessionFilter(**(window | conditions))  # type: ignore[arg-type] # checked by use
    return wanted.matches(one, now=NOW, party_key=key_of)


def test_the_pool_has_a_stable_order_and_new_numbers_join_at_the_end() -> None:
    newest = builders.virtual_number(0, added_at=NOW)
    same_moment = [builders.virtual_number(index, added_at=NOW - 1) for index in (3, 2)]

    ordered = pool_for([newest, *same_moment], "")

    assert [number.number for number in ordered] == [virtual(2), virtual(3), virtual(0)]


def test_a_retired_number_takes_no_new_sessions() -> None:
    retired = builders.virtual_number(0, status=NumberStatus.RETIRED)

    assert pool_for([retired, builders.virtual_number(1)], "") == [builders.virtual_number(1)]


def test_accounts_and_subaccounts_use_their_own_numbers_only() -> None:
    ours = builders.virtual_number(0)
    theirs = builders.virtual_number(1, subaccount_id=SUBACCOUNT_ID)

    assert pool_for([ours, theirs], "") == [ours]
    assert pool_for([ours, theirs], SUBACCOUNT_ID) == [theirs]


def test_a_change_of_a_number_touches_only_what_it_names() -> None:
    number = builders.virtual_number(alias="front desk")

    changed = NumberChange(status=NumberStatus.RETIRED, alias="").applied_to(number, NOW)

    assert changed == builders.virtual_number(status=NumberStatus.RETIRED, retired_at=NOW, alias="")


def test_a_number_is_retired_since_it_was_active_last() -> None:
    retire, activate = (NumberChange(status=status) for status in reversed(NumberStatus))

    retired = retire.applied_to(builders.virtual_number(), NOW)

    assert retire.applied_to(retired, NOW + 1) == retired
    assert NumberChange(alias="x").applied_to(retired, NOW + 1).retired_at == NOW
    active = activate.applied_to(retired, NOW + 2)
    assert active == builders.virtual_number()
    assert retire.applied_to(active, NOW + 3).retired_at == NOW + 3


@pytest.mark.parametrize(("value", "inside"), [(9, False), (10, True), (19, True), (20, False)])
def test_a_range_includes_its_start_and_not_its_end(value: int, inside: bool) -> None:
    assert (value in Range(10, 20)) is inside


def test_an_open_range_ends_where_the_other_does() -> None:
    assert Range(10) & Range(5, 20) == Range(10, 20)
    assert Range(None, 20) & Range(None, 15) == Range(None, 15)
    assert 10**15 in Range()


def test_a_list_shows_sessions_created_in_its_window() -> None:
    assert shows(summary(), created_from=NOW)
    assert not shows(summary(), created_before=NOW)


@pytest.mark.parametrize(
    ("conditions", "shown"),
    [
        ({"first_party": party(0)}, True),
        ({"first_party": party(1)}, False),
        ({"second_party": party(1)}, True),
        ({"virtual_number": virtual(0)}, True),
        ({"virtual_number": virtual(1)}, True),
        ({"virtual_number": virtual(2)}, False),
        ({"subaccount_id": ""}, True),
        ({"subaccount_id": SUBACCOUNT_ID}, False),
        ({"duration_seconds": Range(3600, 3601)}, True),
        ({"duration_seconds": Range(3601)}, False),
        ({"expires": Range(None, NOW + 3_600_000)}, False),
        ({"expires": Range(NOW + 3_600_000)}, True),
        ({"first_party": party(0), "virtual_number": virtual(2)}, False),
    ],
)
def test_a_list_shows_what_all_its_conditions_allow(
    conditions: dict[str, object], shown: bool
) -> None:
    assert shows(summary(), **conditions) is shown


def test_a_list_knows_the_status_of_each_moment() -> None:
    talking = summary(live_until=NOW + 1)

    assert shows(summary(), status=Status.ACTIVE)
    assert shows(talking, status=Status.IN_PROGRESS)
    assert shows(summary(live_until=NOW), status=Status.ACTIVE)
    assert shows(summary(expires_at=NOW, live_until=NOW + 1), status=Status.EXPIRED)
