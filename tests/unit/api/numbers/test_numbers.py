"""The number pool's bodies, filters and objects."""

from typing import Any

import pytest

from maskline import clock
from maskline.api.numbers.request import (
    MAX_NUMBERS,
    number_change,
    number_in_path,
    numbers_to_add,
    require_main_account,
    select_numbers,
)
from maskline.api.numbers.response import added_numbers, number_object
from maskline.domain.accounts import CarrierAccount
from maskline.domain.errors import (
    InvalidParameterError,
    NumberConflictError,
    NumberNotFoundError,
)
from maskline.domain.numbers.changes import AddedNumber, NumberChange
from maskline.domain.numbers.pool import NumberHealth, NumberStatus, VirtualNumber
from maskline.domain.phone_numbers import E164
from tests.support import builders
from tests.unit.api.samples import (
    CREATED_AT,
    FOREIGN_SUB_ID,
    MAIN_CALLER,
    MAIN_ID,
    SECOND_VIRTUAL,
    SUB_CALLER,
    SUB_ID,
    VIRTUAL,
    get_account,
)

OTHER = E164("+12025550198")
# As recorded by two official clients, and those that are ours.
OBJECT_KEYS = [
    "active",
    "added_on",
    "alias",
    "application",
    "carrier",
    "city",
    "cnam_lookup",
    "compliance_application_id",
    "compliance_status",
    "country",
    "fallback_answer_url",
    "health",
    "mms_enabled",
    "mms_rate",
    "monthly_rental_rate",
    "number",
    "number_type",
    "region",
    "renewal_date",
    "resource_uri",
    "sms_enabled",
    "sms_rate",
    "status",
    "sub_account",
    "tendlc_campaign_id",
    "tendlc_registration_status",
    "toll_free_sms_verification",
    "voice_enabled",
    "voice_rate",
]


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: CREATED_AT)


def get_carrier_account(carrier: str, account_id: str) -> CarrierAccount | None:
    is_known = (carrier, account_id) == ("plivo", MAIN_ID)
    return builders.carrier_account(account_id=account_id) if is_known else None


def added(body: dict[str, Any]) -> list[VirtualNumber]:
    return numbers_to_add(
        body, MAIN_CALLER, get_account=get_account, get_carrier_account=get_carrier_account
    )


def refusal(body: dict[str, Any]) -> str:
    with pytest.raises(InvalidParameterError) as raised:
        added(body)
    return raised.value.reason


def make_number(number: E164 = VIRTUAL, **changes: Any) -> VirtualNumber:
    values: dict[str, Any] = {
        "account_id": MAIN_ID,
        "subaccount_id": "",
        "carrier": "plivo",
        "country": "US",
        "added_at": CREATED_AT,
    }
    return VirtualNumber(number, **{**values, **changes})


@pytest.mark.parametrize(
    "numbers",
    [
        "12025550199,+442079460199",
        " +1 202 555 0199 , 442079460199, 12025550199,",
        ["+12025550199", "442079460199"],
        [12025550199, 442079460199],
    ],
)
def test_numbers_are_added_in_the_order_given(numbers: object) -> None:
    first, second = added({"numbers": numbers, "carrier": "Plivo", "region": "x", "app_id": "1"})

    assert first == make_number(VIRTUAL)
    assert (second.number, second.country, second.carrier) == (SECOND_VIRTUAL, "GB", "plivo")
    assert first.added_at < second.added_at


def test_the_carrier_is_plivo_unless_said_otherwise() -> None:
    assert added({"numbers": "12025550199"})[0].carrier == "plivo"


def test_attributes_are_for_all_numbers_of_a_request() -> None:
    body = {
        "numbers": "12025550199,12025550198",
        "sub_account": SUB_ID,
        "alias": "pool",
        "fallback_answer_url": "http://app.example/answer",
    }

    numbers = added(body)

    assert {number.subaccount_id for number in numbers} == {SUB_ID}
    assert {number.alias for number in numbers} == {"pool"}
    assert {number.fallback_answer_url for number in numbers} == {"http://app.example/answer"}


ONE = {"numbers": "12025550199"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "Mandatory parameter missing. numbers must be present"),
        ({"numbers": ""}, "Mandatory parameter missing. numbers must be present"),
        ({"numbers": ","}, "Invalid parameter. numbers holds an invalid number"),
        ({"numbers": []}, "Invalid parameter. numbers holds an invalid number"),
        ({"numbers": "12025550199,x"}, "Invalid parameter. numbers holds an invalid number"),
        ({"numbers": {"a": 1}}, "Invalid parameter. numbers holds an invalid number"),
        (
            {"numbers": [12025550000 + n for n in range(MAX_NUMBERS + 1)]},
            "Invalid parameter. numbers holds more than 100 numbers",
        ),
        (
            {**ONE, "carrier": "other"},
            "Invalid parameter. carrier is not a carrier that this account has credentials for",
        ),
        (
            {**ONE, "subaccount": FOREIGN_SUB_ID},
            "Invalid parameter. subaccount is not a subaccount of this account",
        ),
        ({**ONE, "alias": "x" * 256}, "Invalid parameter. alias should be under 256 characters"),
        (
            {**ONE, "fallback_answer_url": "x"},
            "Invalid parameter. fallback_answer_url should be a valid URL",
        ),
    ],
)
def test_a_wrong_addition_is_refused_by_name(body: dict[str, Any], reason: str) -> None:
    assert refusal(body) == reason


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ({}, NumberChange()),
        ({"app_id": "1", "alias": None, "status": ""}, NumberChange()),
        ({"alias": "", "subaccount": "", "fallback_answer_url": ""}, NumberChange("", "", "")),
        ({"subaccount": SUB_ID, "alias": "a"}, NumberChange("a", SUB_ID)),
        ({"status": "Retired"}, NumberChange(status=NumberStatus.RETIRED)),
        ({"health": "Healthy"}, NumberChange(health=NumberHealth.HEALTHY)),
        ({"health": "unhealthy"}, NumberChange(health=NumberHealth.UNHEALTHY)),
        (
            {"health": "unhealthy", "replacement_grace": "600"},
            NumberChange(health=NumberHealth.UNHEALTHY, grace_seconds=600),
        ),
        (
            {"health": "unhealthy", "replacement_grace": 0},
            NumberChange(health=NumberHealth.UNHEALTHY),
        ),
    ],
)
def test_a_change_is_what_the_body_gives(body: dict[str, Any], change: NumberChange) -> None:
    assert number_change(body, MAIN_CALLER, get_account=get_account) == change


@pytest.mark.parametrize(
    "body",
    [
        {"status": "gone"},
        {"subaccount": FOREIGN_SUB_ID},
        {"health": "poorly"},
        {"replacement_grace": 600},
        {"health": "healthy", "replacement_grace": 600},
        {"health": "unhealthy", "replacement_grace": -1},
        {"health": "unhealthy", "replacement_grace": 86_401},
        {"health": "unhealthy", "replacement_grace": "soon"},
    ],
)
def test_a_wrong_change_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError):
        number_change(body, MAIN_CALLER, get_account=get_account)


def test_a_change_leaves_the_rest_alone() -> None:
    number = make_number(alias="a", subaccount_id=SUB_ID)

    changed = NumberChange(alias="", status=NumberStatus.RETIRED).applied_to(number, CREATED_AT)

    assert changed == make_number(
        subaccount_id=SUB_ID, status=NumberStatus.RETIRED, retired_at=CREATED_AT
    )


def test_only_the_main_account_changes_numbers() -> None:
    require_main_account(MAIN_CALLER)

    with pytest.raises(InvalidParameterError, match="main account"):
        require_main_account(SUB_CALLER)


@pytest.mark.parametrize("text", ["12025550199", "+12025550199", " 12025550199"])
def test_a_number_in_a_path(text: str) -> None:
    assert number_in_path(text) == VIRTUAL


@pytest.mark.parametrize("text", ["", "x", "1"])
def test_what_is_no_number_is_not_found(text: str) -> None:
    with pytest.raises(NumberNotFoundError):
        number_in_path(text)


POOL = [
    make_number(VIRTUAL, alias="a"),
    make_number(OTHER, subaccount_id=SUB_ID, health=NumberHealth.UNHEALTHY),
    make_number(SECOND_VIRTUAL, status=NumberStatus.RETIRED, carrier="other"),
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [VIRTUAL, OTHER, SECOND_VIRTUAL]),
        ({"number_startswith": "1202"}, [VIRTUAL, OTHER]),
        ({"number_startswith": "+44"}, [SECOND_VIRTUAL]),
        ({"alias": "a"}, [VIRTUAL]),
        ({"carrier": "Other"}, [SECOND_VIRTUAL]),
        ({"carrier": "nobody"}, []),
        ({"subaccount": SUB_ID}, [OTHER]),
        ({"status": "retired"}, [SECOND_VIRTUAL]),
        ({"status": "Active"}, [VIRTUAL, OTHER]),
        ({"health": "unhealthy"}, [OTHER]),
        ({"health": "Healthy"}, [VIRTUAL, SECOND_VIRTUAL]),
        ({"services": "voice"}, [VIRTUAL, OTHER, SECOND_VIRTUAL]),
        ({"services": "voice,sms"}, []),
        ({"type": "local"}, [VIRTUAL, OTHER, SECOND_VIRTUAL]),
        ({"type": "tollfree"}, []),
        ({"alias": "", "limit": "20"}, [VIRTUAL, OTHER, SECOND_VIRTUAL]),
        ({"sub_account": SUB_ID}, [OTHER]),
        ({"number_type": "tollfree"}, []),
    ],
)
def test_filters_select_numbers(query: dict[str, str], found: list[E164]) -> None:
    selected = select_numbers(POOL, tuple(query.items()))

    assert [number.number for number in selected] == found


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("status", "status should be active or retired"),
        ("health", "health should be healthy or unhealthy"),
    ],
)
def test_a_wrong_filter_is_refused(name: str, reason: str) -> None:
    with pytest.raises(InvalidParameterError, match=reason):
        select_numbers(POOL, ((name, "gone"),))


@pytest.mark.parametrize("name", ["+12025550101", "other", "renewal_date", "cursor"])
def test_an_unknown_filter_is_refused_without_being_quoted(name: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"^Unknown query parameter\. This") as raised:
        select_numbers(POOL, ((name, "x"),))

    assert raised.value.field == "query"
    assert name not in raised.value.reason


def test_a_number_object_has_the_recorded_keys() -> None:
    shown = number_object(make_number(subaccount_id=SUB_ID), MAIN_ID)

    assert list(shown) == OBJECT_KEYS
    assert shown["number"] == "12025550199"
    assert shown["added_on"] == "2026-03-02"
    assert (shown["active"], shown["status"]) == (True, "active")
    assert (shown["alias"], shown["sub_account"]) == (None, SUB_ID)
    assert shown["resource_uri"] == f"/v1/Account/{MAIN_ID}/Number/12025550199/"


def test_a_retired_number_is_not_active() -> None:
    shown = number_object(make_number(status=NumberStatus.RETIRED), MAIN_ID)

    assert (shown["active"], shown["status"]) == (False, "retired")


def test_a_number_shows_its_health() -> None:
    shown = number_object(make_number(health=NumberHealth.UNHEALTHY), MAIN_ID)

    assert (shown["active"], shown["health"]) == (True, "unhealthy")


def test_each_number_has_its_result() -> None:
    results = [AddedNumber(VIRTUAL, is_added=True), AddedNumber(OTHER, is_added=False, reason="no")]

    assert added_numbers(results) == [
        {"number": "12025550199", "status": "Success"},
        {"number": "12025550198", "status": "Failed: no"},
    ]


def test_an_addition_without_any_success_is_a_conflict_that_names_no_number() -> None:
    results = [AddedNumber(VIRTUAL, is_added=False, reason="already in this pool")]

    with pytest.raises(NumberConflictError) as raised:
        added_numbers(results)

    assert str(raised.value) == "No number was added: already in this pool"
