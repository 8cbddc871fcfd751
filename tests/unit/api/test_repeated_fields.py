"""A body that says one field twice: refused by name where the two mean different things."""

from typing import Any

import pytest

from maskline.api.erasures import number_to_erase
from maskline.api.fields import canonical
from maskline.api.http import request_from
from maskline.api.numbers.request import Change, number_change, numbers_to_add
from maskline.api.sessions.request import Creation, session_change, session_request
from maskline.domain.errors import InvalidParameterError
from tests.unit.api.samples import DEPLOYMENT, FIRST, MAIN_CALLER, SECOND, api_event, get_account

PARTIES = f'"first_party": "{FIRST}", "second_party": "{SECOND}"'
OTHER = "+12025550177"


def body_of(text: str) -> dict[str, Any]:
    return request_from(api_event(f"{{{text}}}"), api_id="").json_object()


def create(text: str) -> object:
    return session_request(
        body_of(text), MAIN_CALLER, deployment=DEPLOYMENT, get_account=get_account
    )


def update(text: str) -> object:
    return session_change(body_of(text), deployment=DEPLOYMENT)


def add_numbers(text: str) -> object:
    return numbers_to_add(
        body_of(text),
        MAIN_CALLER,
        get_account=get_account,
        get_carrier_account=lambda *_: None,
    )


def change_number(text: str) -> object:
    return number_change(body_of(text), MAIN_CALLER, get_account=get_account)


def erase(text: str) -> object:
    return number_to_erase(body_of(text), MAIN_CALLER)


@pytest.mark.parametrize(
    ("operation", "text", "name"),
    [
        (create, f'{PARTIES}, "first_party": "{OTHER}"', "first_party"),
        (create, f'{PARTIES}, "FIRST_PARTY": "{OTHER}"', "first_party"),
        (create, f'{PARTIES}, "ring_timeout": 30, "Ring_Timeout": 40', "ring_timeout"),
        (create, f'{PARTIES}, "subaccount": "SA1", "sub_account": "SA2"', "subaccount"),
        (create, f'{PARTIES}, "ring_timeout": 30, "ring_timeout": 0, "ring_timeout": 40', "ring_"),
        (
            update,
            '"callback_url": "https://a.example", "callback_url": "https://b.example"',
            "call",
        ),
        (update, f'"second_party": "{SECOND}", "Second_Party": "{OTHER}"', "second_party"),
        (add_numbers, f'"numbers": "{FIRST}", "numbers": "{OTHER}"', "numbers"),
        (change_number, '"alias": "one", "ALIAS": "two"', "alias"),
        (erase, f'"number": "{FIRST}", "number": "{OTHER}"', "number"),
    ],
)
def test_two_different_values_for_a_field_are_refused_by_its_name(
    operation: Any, text: str, name: str
) -> None:
    with pytest.raises(InvalidParameterError) as raised:
        operation(text)

    assert raised.value.field.startswith(name)
    assert raised.value.reason == (
        f"Invalid parameter. {raised.value.field} is given more than once, with different values"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"sticky": true, "sticky": true', {"sticky": True}),
        ('"sticky": true, "Sticky": " "', {"sticky": True}),
        ('"sticky": false, "sticky": true', {"sticky": True}),
        ('"sticky": "false", "STICKY": true', {"sticky": True}),
        ('"sticky": 1, "sticky": "0"', {"sticky": 1}),
        ('"ring_timeout": 0, "ring_timeout": null, "ring_timeout": 45', {"ring_timeout": 45}),
        ('"sub_account": "", "subaccount": "SA1", "SubAccount": "SA1"', {"subaccount": "SA1"}),
        ('"geo_match": true, "geomatch": true', {"geomatch": True}),
        ('"geo_match": false, "geomatch": 0', {"geomatch": 0}),
    ],
)
def test_of_two_values_the_one_that_says_something_counts(
    text: str, expected: dict[str, object]
) -> None:
    assert canonical(body_of(text), Creation) == expected


def test_what_may_be_cleared_is_cleared_unless_something_is_said_as_well() -> None:
    clearable = frozenset({"alias"})

    assert canonical(body_of('"alias": "", "ALIAS": ""'), Change, clearable=clearable) == {
        "alias": ""
    }
    assert canonical(body_of('"alias": "", "ALIAS": "one"'), Change, clearable=clearable) == {
        "alias": "one"
    }


def test_what_is_no_field_may_be_there_twice_and_its_name_is_not_repeated() -> None:
    assert create(f'{PARTIES}, "{OTHER}": 1, "{OTHER}": 2') == create(PARTIES)
