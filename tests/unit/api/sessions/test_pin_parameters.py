"""The PIN parameters of a create: defaults, bounds, and which of them go with which."""

from typing import Any

import pytest

from maskline.domain.sessions.session import PinTerms
from tests.unit.api.sessions.test_session_requests import PARTIES, create, refusal

PROMPT = "https://app.example/prompt.mp3"
WRONG = "https://app.example/wrong.mp3"
SWITCH = {"is_pin_authentication_required": True, "pin_prompt_play": PROMPT}
GENERATED = {**SWITCH, "generate_pin": True}
EXPLICIT = {**SWITCH, "first_party_pin": "4821", "second_party_pin": "7390"}
OUTSIDE = "is outside the allowed range"
NO_PIN = "should be 4 to 15 digits"
NEEDS_SWITCH = "needs is_pin_authentication_required"


def pins(extra: dict[str, Any]) -> PinTerms:
    terms = create({**PARTIES, **extra}).terms.pin
    assert terms is not None
    return terms


def test_explicit_pins_with_every_default() -> None:
    assert pins(EXPLICIT) == PinTerms(
        first_pin="4821",
        second_pin="7390",
        is_generated=False,
        generated_length=4,
        prompt_url=PROMPT,
        retries=1,
        wait_seconds=5,
        incorrect_url="",
        is_forced=False,
    )


def test_generated_pins_are_left_to_be_drawn() -> None:
    terms = pins({**GENERATED, "generate_pin_length": "15"})

    assert (terms.first_pin, terms.second_pin) == ("", "")
    assert (terms.is_generated, terms.generated_length) == (True, 15)


@pytest.mark.parametrize("unset", [None, 0])
def test_what_is_drawn_has_the_deployments_length_where_none_is_named(unset: int | None) -> None:
    half_given = {**GENERATED, "first_party_pin": "4821"}

    for extra in (GENERATED, half_given):
        assert pins({**extra, "generate_pin_length": unset}).generated_length == 6


def test_an_explicit_pin_wins_over_a_generated_one() -> None:
    terms = pins({**GENERATED, "second_party_pin": "7390"})

    assert (terms.first_pin, terms.second_pin, terms.is_generated) == ("", "7390", True)


@pytest.mark.parametrize(
    "switch",
    [
        "is_pin_authentication_required",
        "is_pin_authentication",
        "pin_authentication_required",
        "is_authentication_required",
        "Is_Pin_Authentication_Required",
    ],
)
@pytest.mark.parametrize("on", [True, "true", 1])
def test_the_switch_has_many_names(switch: str, on: object) -> None:
    body = {**EXPLICIT, switch: on}
    del body["is_pin_authentication_required"]

    assert pins({**body, switch: on}) == pins(EXPLICIT)


def test_of_two_names_of_the_switch_the_one_that_is_on_counts() -> None:
    assert pins({**EXPLICIT, "pin_authentication_required": False}) == pins(EXPLICIT)


@pytest.mark.parametrize(
    ("name", "given", "attribute", "taken"),
    [
        ("first_party_pin", 4821, "first_pin", "4821"),
        ("first_party_pin", "0000", "first_pin", "0000"),
        ("first_party_pin", "1" * 15, "first_pin", "1" * 15),
        ("pin_retry", 0, "retries", 0),
        ("pin_retry", "5", "retries", 5),
        ("pin_retry", None, "retries", 1),
        ("pin_retry_wait", 10, "wait_seconds", 10),
        ("pin_retry_wait", 0, "wait_seconds", 5),
        ("generate_pin_length", 0, "generated_length", 4),
        ("generate_pin_length", 15, "generated_length", 15),
        ("incorrect_pin_play", WRONG, "incorrect_url", WRONG),
        ("force_pin_authentication", "true", "is_forced", True),
    ],
)
def test_a_value_is_taken(name: str, given: object, attribute: str, taken: object) -> None:
    assert getattr(pins({**EXPLICIT, name: given}), attribute) == taken


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("first_party_pin", "123", NO_PIN),
        ("first_party_pin", "1" * 16, NO_PIN),
        ("first_party_pin", "12a4", NO_PIN),
        ("first_party_pin", "-1234", NO_PIN),
        ("first_party_pin", "١٢٣٤", NO_PIN),
        ("first_party_pin", True, NO_PIN),
        ("first_party_pin", 1234.5, NO_PIN),
        ("first_party_pin", -1234, NO_PIN),
        ("second_party_pin", ["7390"], NO_PIN),
        ("second_party_pin", 10**15, NO_PIN),
        ("second_party_pin", "4821", "must differ from first_party_pin"),
        ("generate_pin_length", 3, OUTSIDE),
        ("generate_pin_length", 16, OUTSIDE),
        ("generate_pin_length", "four", "should be an integer"),
        ("pin_retry", -1, OUTSIDE),
        ("pin_retry", 6, OUTSIDE),
        ("pin_retry", True, "should be an integer"),
        ("pin_retry_wait", 4, OUTSIDE),
        ("pin_retry_wait", 11, OUTSIDE),
        ("pin_prompt_play", "prompt", "should be a valid URL"),
        ("incorrect_pin_play", "ftp://app.example/a", "should be a valid URL"),
        ("force_pin_authentication", "always", "should be true or false"),
        ("generate_pin", 7, "should be true or false"),
        ("is_pin_authentication_required", "perhaps", "should be true or false"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: object, reason: str) -> None:
    assert refusal({**PARTIES, **EXPLICIT, name: value}) == f"Invalid parameter. {name} {reason}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("force_pin_authentication", True),
        ("generate_pin", True),
        ("first_party_pin", "4821"),
        ("second_party_pin", 7390),
    ],
)
def test_what_asks_for_pins_needs_the_switch(name: str, value: object) -> None:
    assert refusal({**PARTIES, name: value}) == f"Invalid parameter. {name} {NEEDS_SWITCH}"


@pytest.mark.parametrize("absent", ["pin_prompt_play", "first_party_pin", "second_party_pin"])
@pytest.mark.parametrize("how", [None, ""])
def test_what_pins_cannot_do_without_is_named(absent: str, how: object) -> None:
    reason = refusal({**PARTIES, **EXPLICIT, absent: how})

    assert reason == f"Mandatory parameter missing. {absent} must be present"


def test_generated_pins_need_a_prompt_too() -> None:
    body = {**PARTIES, **GENERATED, "pin_prompt_play": ""}

    assert refusal(body) == "Mandatory parameter missing. pin_prompt_play must be present"


@pytest.mark.parametrize(
    "extra",
    [
        {"generate_pin_length": 6},
        {"pin_prompt_play": PROMPT},
        {"pin_retry": 2},
        {"pin_retry_wait": "7"},
        {"incorrect_pin_play": WRONG},
    ],
)
def test_what_only_says_how_is_no_matter_without_pins(extra: dict[str, object]) -> None:
    assert create({**PARTIES, **extra}).terms.pin is None
