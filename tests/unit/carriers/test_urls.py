"""The URLs under which carriers come back, and who can make one."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from maskline.carriers.urls import CallUrls, Door, Step, read_url
from maskline.domain.errors import ForgedWebhookError
from tests.support import builders
from tests.support.known_secret import known_secret
from tests.unit.carriers.webhook_requests import BASE_URL

URLS = CallUrls(
    BASE_URL, "plivo", builders.MAIN_ID, builders.SESSION_UUID, builders.CALL_UUID, attempt=2
)
# What a URL of each step names besides the account.
NAMED = {
    Step.ANSWER: (),
    Step.HANGUP: (),
    Step.FIRST_ANSWER: ("session_uuid",),
    Step.FIRST_RING: ("session_uuid",),
    Step.FIRST_HANGUP: ("session_uuid",),
    Step.WHISPER: ("session_uuid", "call_uuid"),
    Step.DIAL: ("session_uuid", "call_uuid"),
    Step.DIAL_END: ("session_uuid", "call_uuid"),
    Step.RECORDING: ("session_uuid", "call_uuid"),
    Step.DIGITS: ("session_uuid", "call_uuid", "attempt"),
}
HEARD = {Step.ANSWER, Step.DIGITS, Step.WHISPER, Step.FIRST_ANSWER}


@pytest.fixture(autouse=True)
def _secret() -> Iterator[None]:
    with known_secret():
        yield


def split(url: str) -> tuple[str, Door, str]:
    """Carrier, door and rest of a URL, as the routes of the HTTP API split it."""
    _, carrier, door, rest = url.removeprefix(BASE_URL + "/").split("/", 3)
    return carrier, Door(door), rest


@pytest.mark.parametrize("step", Step)
def test_a_url_is_read_back(step: Step) -> None:
    carrier, door, rest = split(URLS.to(step))

    named = {name: getattr(URLS, name) for name in NAMED[step]}
    expected = CallUrls(BASE_URL, "plivo", builders.MAIN_ID, **named)
    assert door is (Door.CALL if step in HEARD else Door.EVENT)
    assert read_url(BASE_URL, carrier, door, rest) == (step, expected)


def test_a_token_is_128_bits_in_url_safe_characters() -> None:
    token = URLS.to(Step.DIAL).rpartition("/")[2]

    assert len(token) == 22
    assert token.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    ("change", "into"),
    [
        (f"{Step.DIGITS}/", f"{Step.DIAL}/"),
        (builders.MAIN_ID, "MAXXXXXXXXXXXXXXXXXX"),
        (builders.SESSION_UUID, builders.CALLEE_UUID),
        (builders.CALL_UUID, builders.CALLEE_UUID),
        (f"{builders.SESSION_UUID}/{builders.CALL_UUID}", f"{builders.SESSION_UUID}"),
        ("/2/", "/1/"),
        ("/2/", "/02/"),
        ("/2/", "/-2/"),
        ("/2/", "/two/"),
        ("/2/", "/"),
    ],
)
def test_nobody_can_make_up_a_url_out_of_another(change: str, into: str) -> None:
    carrier, door, rest = split(URLS.to(Step.DIGITS))
    assert change in rest

    with pytest.raises(ForgedWebhookError):
        read_url(BASE_URL, carrier, door, rest.replace(change, into))


@pytest.mark.parametrize("step", Step)
def test_a_url_is_of_one_carrier_and_one_door(step: Step) -> None:
    carrier, door, rest = split(URLS.to(step))
    [other] = {*Door} - {door}

    with pytest.raises(ForgedWebhookError):
        read_url(BASE_URL, carrier, other, rest)
    with pytest.raises(ForgedWebhookError):
        read_url(BASE_URL, "another", door, rest)


@pytest.mark.parametrize("token", ["", "é", "\udcff", "A" * 22])
def test_any_other_token_is_a_no(token: str) -> None:
    carrier, door, rest = split(URLS.to(Step.DIAL))

    with pytest.raises(ForgedWebhookError):
        read_url(BASE_URL, carrier, door, f"{rest.rpartition('/')[0]}/{token}")


@pytest.mark.parametrize("rest", ["", "/", "answer", "a/b/c/d/e/f/g", "\udcff/x"])
def test_a_path_of_another_shape_is_a_no(rest: str) -> None:
    with pytest.raises(ForgedWebhookError):
        read_url(BASE_URL, "plivo", Door.CALL, rest)


def test_urls_of_another_deployment_are_not_ours() -> None:
    carrier, door, rest = split(URLS.to(Step.ANSWER))

    with known_secret("another secret"), pytest.raises(ForgedWebhookError):
        read_url(BASE_URL, carrier, door, rest)


def test_two_attempts_have_urls_of_their_own() -> None:
    assert URLS.to(Step.DIGITS) != replace(URLS, attempt=3).to(Step.DIGITS)
