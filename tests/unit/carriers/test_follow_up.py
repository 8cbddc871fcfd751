"""The URLs under which the carrier reports back."""

from dataclasses import asdict
from urllib.parse import parse_qs, urlsplit

import pytest

from maskline.carriers.plivo.follow_up import (
    RETRIES,
    check_follow_up_token,
    first_leg_urls,
    follow_up,
    follow_up_token,
)
from tests.unit.carriers.webhook_requests import BASE_URL, CALL_UUID, CALLEE_UUID

KEY = b"k" * 32
SESSION = "5a6f1c3e-90ab-4f0e-8d77-1f2e3d4c5b6a"


def test_both_urls_carry_the_ids_and_their_token() -> None:
    urls = follow_up(BASE_URL, key=KEY, session_uuid=SESSION, call_uuid=CALL_UUID)
    token = follow_up_token(KEY, session_uuid=SESSION, call_uuid=CALL_UUID)

    path = f"{SESSION}/{CALL_UUID}/{token}"
    assert urls.dial_url.removesuffix(RETRIES) == f"{BASE_URL}/carriers/plivo/dial/{path}"
    assert urls.dial_end_url.removesuffix(RETRIES) == f"{BASE_URL}/carriers/plivo/dial-end/{path}"
    assert check_follow_up_token(token, key=KEY, session_uuid=SESSION, call_uuid=CALL_UUID)


def test_the_carrier_is_asked_to_repeat_what_we_could_not_answer() -> None:
    calls = follow_up(BASE_URL, key=KEY, session_uuid=SESSION, call_uuid=CALL_UUID)
    first_legs = first_leg_urls(BASE_URL, key=KEY, session_uuid=SESSION)

    for url in (*asdict(calls).values(), *asdict(first_legs).values()):
        asked = parse_qs(urlsplit(url).fragment)
        assert int(asked["rc"][0]) > 0
        assert "5xx" in asked["rp"][0].split(",")


def test_a_token_is_128_bits_in_url_safe_characters() -> None:
    token = follow_up_token(KEY, session_uuid=SESSION, call_uuid=CALL_UUID)

    assert len(token) == 22
    assert token.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    ("key", "session_uuid", "call_uuid"),
    [
        (b"j" * 32, SESSION, CALL_UUID),
        (KEY, SESSION[:-1], CALL_UUID),
        (KEY, SESSION, CALLEE_UUID),
        (KEY, CALL_UUID, SESSION),
    ],
)
def test_a_token_is_good_for_one_call_only(key: bytes, session_uuid: str, call_uuid: str) -> None:
    token = follow_up_token(KEY, session_uuid=SESSION, call_uuid=CALL_UUID)

    assert not check_follow_up_token(token, key=key, session_uuid=session_uuid, call_uuid=call_uuid)


@pytest.mark.parametrize("token", ["", "é", "\udcff", "A" * 22])
def test_any_other_token_is_a_no(token: str) -> None:
    assert not check_follow_up_token(token, key=KEY, session_uuid=SESSION, call_uuid=CALL_UUID)
