"""Unknown parameters are named in the answer, and only where they ask for something."""

from typing import Any

import pytest

from maskline.api.erasures import erasure_warnings
from maskline.api.numbers.request import addition_warnings, change_warnings
from maskline.api.sessions.request import SENT_WITH_UPDATES, Creation
from maskline.api.warnings import (
    MOST_CHARACTERS,
    MOST_NAMES,
    cut_limits,
    unknown_parameters,
    warned,
)
from maskline.domain.phone_numbers import E164
from tests.support import builders


def named(body: dict[str, Any]) -> list[str]:
    """The names that a create with this body is warned of."""
    warnings = unknown_parameters(body, Creation)
    return [
        one.removeprefix("Unknown parameter. ").removesuffix(" was ignored") for one in warnings
    ]


def test_an_unknown_parameter_is_named_as_the_client_wrote_it() -> None:
    body = {"first_party": "x", "Sesion_Expiry": 60, "colour": {"a": 1}}

    assert unknown_parameters(body, Creation) == [
        "Unknown parameter. Sesion_Expiry was ignored",
        "Unknown parameter. colour was ignored",
    ]


@pytest.mark.parametrize("name", ["First_Party", "sub_account", "GEO_MATCH", "callback_url"])
def test_a_parameter_in_any_spelling_is_known(name: str) -> None:
    assert named({name: "x"}) == []


@pytest.mark.parametrize("unset", [None, ""])
def test_what_is_unset_asks_for_nothing(unset: object) -> None:
    assert named({"colour": unset, "size": 0}) == ["size"]


@pytest.mark.parametrize("name", ["+12025550101", "1 (202) 555-0101", "to_2025550101", "١٢٣٤٥٦٧"])
def test_a_name_that_may_be_a_number_is_not_repeated(name: str) -> None:
    assert named({name: 1, "party_2": 1}) == ["party_2"]


def test_ten_names_are_told_and_the_beginning_of_each() -> None:
    body = {f"{chr(97 + index)}{'x' * 100}": 1 for index in range(MOST_NAMES + 5)}

    assert named(body) == [name[:MOST_CHARACTERS] for name in body][:MOST_NAMES]


def test_an_answer_without_warnings_has_no_such_part() -> None:
    assert warned([]) == {}
    assert warned(["a", "b"]) == {"warnings": ["a", "b"]}


def test_what_official_clients_add_is_no_matter() -> None:
    assert unknown_parameters({"session_uuid": "x"}, Creation, expected=SENT_WITH_UPDATES) == []
    assert addition_warnings({"numbers": "12025550110", "carrier": "plivo", "region": "GB"}) == {}


def test_numbers_are_warned_of_what_they_do_not_have() -> None:
    body = {"alias": "a", "app_id": "1"}

    for warnings in (addition_warnings(body), change_warnings(body)):
        assert warnings == {"warnings": ["Unknown parameter. app_id was ignored"]}


@pytest.mark.parametrize("written", ["2035550141", 2035550141, " (203) 555-0141"])
def test_an_erasure_says_how_it_read_a_number_without_plus(written: object) -> None:
    assert erasure_warnings({"Number": written}, E164("+2035550141")) == {
        "warnings": ["number was read as a number of EG, write + and the country code first"]
    }


@pytest.mark.parametrize("written", ["+2035550141", "002035550141"])
def test_an_erasure_of_a_whole_number_is_not_warned_of(written: str) -> None:
    assert erasure_warnings({"number": written}, E164("+2035550141")) == {}


@pytest.mark.parametrize(
    ("carrier", "ring", "talk", "warnings"),
    [
        ("plivo", 600, 86_400, []),
        ("jambonz", 600, 86_400, []),
        ("twilio", 10, 14_400, []),
        ("twilio", 9, 14_401, ["ring_timeout is 10", "call_time_limit is 14400"]),
        ("telnyx", 121, 59, ["ring_timeout is 120", "call_time_limit is 60"]),
        ("vonage", 600, 7_201, ["call_time_limit is 7200"]),
    ],
)
def test_limits_that_the_carrier_does_not_keep_are_told(
    carrier: str, ring: int, talk: int, warnings: list[str]
) -> None:
    settings = builders.settings(ring_timeout_seconds=ring, call_time_limit_seconds=talk)

    told = cut_limits(builders.session(carrier=carrier, settings=settings))

    assert told == [f"Limit cut. {one} seconds at {carrier}" for one in warnings]
