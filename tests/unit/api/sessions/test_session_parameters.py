"""What a create may choose besides parties and limits: types, bounds, defaults, what needs what."""

from typing import Any

import pytest

from maskline.domain.sessions.session import Rung, Terms
from tests.unit.api.samples import FIRST, SECOND
from tests.unit.api.sessions.test_session_requests import DEFAULTS, PARTIES, create, refusal

AUDIO = "https://app.example/audio.mp3"
OUTSIDE = "is outside the allowed range"
NOT_BOOLEAN = "should be true or false"
NO_URL = "should be a valid URL"
NO_LADDER = "should list any of any_country, per_party, any_carrier, each once at most"
UPSIDE_DOWN = (Rung.PER_PARTY, Rung.ANY_COUNTRY)


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("record", True, True),
        ("record", "true", True),
        ("record", 1, True),
        ("record", "False", False),
        ("record", 0, False),
        ("record_file_format", "wav", "wav"),
        ("record_file_format", "WAV", "wav"),
        ("recording_callback_url", "https://app.example/recordings", None),
        ("recording_callback_method", "get", "GET"),
        ("first_party_play_url", AUDIO, None),
        ("first_party_play_url", "http://app.example/a.wav", None),
        ("second_party_play_url", AUDIO, None),
    ],
)
def test_a_setting_is_taken(name: str, given: object, taken: object) -> None:
    settings = create({**PARTIES, name: given}).settings

    assert getattr(settings, name) == (given if taken is None else taken)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("geomatch", False, Terms(is_geomatched=False)),
        ("geomatch", "false", Terms(is_geomatched=False)),
        ("geomatch", 0, Terms(is_geomatched=False)),
        ("geo_match", False, Terms(is_geomatched=False)),
        ("geomatch", None, Terms(is_geomatched=True)),
        ("initiate_call_to_first_party", True, Terms(initiates_call=True)),
        ("initiate_call_to_first_party", "true", Terms(initiates_call=True)),
        ("unknown_caller_play", AUDIO, Terms(unknown_caller_play=AUDIO)),
        ("virtual_number_cooloff_period", 600, Terms(cooloff_seconds=600)),
        ("virtual_number_cooloff_period", "3600", Terms(cooloff_seconds=3600)),
        ("virtual_number_cooloff_period", 1, Terms(cooloff_seconds=1)),
        ("create_session_with_single_party", True, Terms(is_single_party=True)),
        ("sticky", "true", Terms(is_sticky=True)),
        ("on_exhaustion", ["any_country"], Terms(on_exhaustion=(Rung.ANY_COUNTRY,))),
        ("on_exhaustion", ["PER_PARTY", "any_country"], Terms(on_exhaustion=UPSIDE_DOWN)),
        ("on_exhaustion", "any_carrier", Terms(on_exhaustion=(Rung.ANY_CARRIER,))),
        ("carrier", "Other", Terms(carrier="other")),
        ("carrier", "", Terms()),
        ("On_Exhaustion", "per_party, any_country", Terms(on_exhaustion=UPSIDE_DOWN)),
        ("on_exhaustion", [], Terms()),
        ("on_exhaustion", "", Terms()),
        ("create_session_with_single_Party", "true", Terms(is_single_party=True)),
    ],
)
def test_a_term_is_taken(name: str, given: object, expected: Terms) -> None:
    request = create({**PARTIES, name: given})

    assert request.terms == expected
    assert request.settings == DEFAULTS


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("record", "maybe", NOT_BOOLEAN),
        ("record", 2, NOT_BOOLEAN),
        ("record", [], NOT_BOOLEAN),
        ("record", 0.5, NOT_BOOLEAN),
        ("geomatch", "US", NOT_BOOLEAN),
        ("initiate_call_to_first_party", {}, NOT_BOOLEAN),
        ("create_session_with_single_party", "both", NOT_BOOLEAN),
        ("record_file_format", "ogg", "should be mp3 or wav"),
        ("record_file_format", 3, "should be mp3 or wav"),
        ("recording_callback_url", "nowhere", NO_URL),
        ("recording_callback_url", "http://app.example/", "should use https"),
        (
            "recording_callback_url",
            "https://a.example/" + "x" * 982,
            "should be under 1000 characters",
        ),
        ("recording_callback_method", "PUT", "should be GET or POST"),
        ("first_party_play_url", "beep", NO_URL),
        ("first_party_play_url", 5, NO_URL),
        ("second_party_play_url", "ftp://app.example/a.mp3", NO_URL),
        (
            "second_party_play_url",
            "https://a.example/" + "x" * 982,
            "should be under 1000 characters",
        ),
        ("unknown_caller_play", ["a.mp3"], NO_URL),
        ("virtual_number_cooloff_period", -1, OUTSIDE),
        ("virtual_number_cooloff_period", 3601, OUTSIDE),
        ("on_exhaustion", "any_country,any_country", NO_LADDER),
        ("carrier", ["other"], "should be a string"),
        ("on_exhaustion", ["per_party", "asked"], NO_LADDER),
        ("on_exhaustion", ["per_party", 7], NO_LADDER),
        ("on_exhaustion", {"per_party": True}, NO_LADDER),
        ("on_exhaustion", "any_country,", NO_LADDER),
        ("sticky", "very", NOT_BOOLEAN),
        ("virtual_number_cooloff_period", "long", "should be an integer"),
        ("virtual_number_cooloff_period", 1.5, "should be an integer"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: object, reason: str) -> None:
    assert refusal({**PARTIES, name: value}) == f"Invalid parameter. {name} {reason}"


@pytest.mark.parametrize("switch", [True, "true", 1])
@pytest.mark.parametrize(("given", "other"), [("first", "second"), ("second", "first")])
@pytest.mark.parametrize("absent", [None, ""])
def test_a_single_party_session_needs_either_party(
    switch: object, given: str, other: str, absent: object
) -> None:
    request = create(
        {
            f"{given}_party": FIRST,
            f"{other}_party": absent,
            "create_session_with_single_party": switch,
        }
    )

    assert getattr(request, f"{given}_party") == FIRST
    assert getattr(request, f"{other}_party") == ""
    assert request.terms.is_single_party


def test_a_single_party_session_may_have_both_parties_at_once() -> None:
    request = create({**PARTIES, "create_session_with_single_party": True})

    assert (request.first_party, request.second_party) == (FIRST, SECOND)


def test_a_single_party_session_of_nobody_is_refused() -> None:
    reason = refusal({"create_session_with_single_party": True})

    assert reason == "Mandatory parameter missing. first_party must be present"


def test_a_call_can_be_placed_only_between_two_parties() -> None:
    body: dict[str, Any] = {
        "first_party": FIRST,
        "create_session_with_single_party": True,
        "initiate_call_to_first_party": True,
    }

    assert refusal(body) == "Invalid parameter. initiate_call_to_first_party needs both parties"
