"""Requests about an account's carriers, and how carriers are shown."""

from typing import Any

import pytest

from maskline.api.numbers.carriers import (
    carrier_health,
    carrier_list,
    carrier_retrieved,
    health_warnings,
    require_main_account,
)
from maskline.domain.errors import InvalidParameterError
from maskline.domain.numbers.carriers import CarrierHealth, CarrierState
from maskline.domain.numbers.pool import NumberHealth
from tests.unit.api.samples import MAIN_CALLER, MAIN_ID, SUB_CALLER

UNHEALTHY, HEALTHY = NumberHealth.UNHEALTHY, NumberHealth.HEALTHY


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"health": "unhealthy"}, CarrierHealth(UNHEALTHY)),
        ({"Health": "HEALTHY"}, CarrierHealth(HEALTHY)),
        ({"health": "unhealthy", "grace_seconds": "3600"}, CarrierHealth(UNHEALTHY, 3600)),
        ({"health": "unhealthy", "replacement_grace": 1}, CarrierHealth(UNHEALTHY, 1)),
        ({"health": "healthy", "grace_seconds": 0}, CarrierHealth(HEALTHY)),
    ],
)
def test_a_word_on_a_carrier_is_taken(body: dict[str, Any], told: CarrierHealth) -> None:
    assert carrier_health(body) == told


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "health"),
        ({"health": "ill"}, "health"),
        ({"health": "unhealthy", "grace_seconds": 86_401}, "grace_seconds"),
        ({"health": "healthy", "grace_seconds": 60}, "grace_seconds"),
    ],
)
def test_a_wrong_word_is_refused_by_name(body: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidParameterError) as refused:
        carrier_health(body)

    assert refused.value.field == field


def test_what_is_not_known_is_warned_of() -> None:
    assert health_warnings({"health": "unhealthy", "grace": 5}) == {
        "warnings": ["Unknown parameter. grace was ignored"]
    }


def test_carriers_are_the_main_accounts() -> None:
    require_main_account(MAIN_CALLER)
    with pytest.raises(InvalidParameterError, match="main account only"):
        require_main_account(SUB_CALLER)


def test_a_carrier_is_shown_with_what_is_on_it() -> None:
    state = CarrierState("plivo", UNHEALTHY, numbers=3, live_sessions=12, is_at_least=True)
    shown = {
        "carrier": "plivo",
        "health": "unhealthy",
        "is_at_least": True,
        "live_sessions": 12,
        "numbers": 3,
        "resource_uri": f"/v1/Account/{MAIN_ID}/Carrier/plivo/",
    }

    assert carrier_retrieved("api", state, MAIN_ID) == {"api_id": "api", **shown}
    assert carrier_list("api", [state], MAIN_ID) == {"api_id": "api", "objects": [shown]}
