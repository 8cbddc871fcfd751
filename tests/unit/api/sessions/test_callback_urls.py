"""Callback URLs in create and update bodies: what will never be called is refused by name."""

from dataclasses import replace
from typing import Any

import pytest

from maskline.api.sessions.request import session_change, session_request
from maskline.api.sessions.response import listed_session_object, session_object
from maskline.config import DeploymentSettings
from maskline.domain.errors import InvalidParameterError
from maskline.domain.sessions.session import Settings
from tests.unit.api.samples import (
    CREATED_AT,
    DEPLOYMENT,
    FIRST,
    MAIN_CALLER,
    SECOND,
    get_account,
    make_session,
)

PARTIES = {"first_party": FIRST, "second_party": SECOND}
FIELDS = ["callback_url", "recording_callback_url"]
WITH_LOGIN = "https://shop:p%40ss@hooks.example.com/cb?a=1"
SHOWN = "https://hooks.example.com/cb?a=1"
OWN = replace(DEPLOYMENT, public_base_url="https://masking.example.com").reached_at(
    "abc.execute-api.us-east-1.amazonaws.com"
)
LOCAL = replace(DEPLOYMENT, allow_loopback_callbacks=True).reached_at("127.0.0.1:3000")


def settings_of(body: dict[str, Any], deployment: DeploymentSettings = DEPLOYMENT) -> Settings:
    """Of the session that the body creates, if it creates one."""
    created = session_request(
        PARTIES | body, MAIN_CALLER, deployment=deployment, get_account=get_account
    )
    return created.settings


def refusals(body: dict[str, Any], deployment: DeploymentSettings = DEPLOYMENT) -> set[str]:
    """Of a create and of an update."""
    said = set()
    with pytest.raises(InvalidParameterError) as raised:
        settings_of(body, deployment)
    said.add(raised.value.reason)
    with pytest.raises(InvalidParameterError) as raised:
        session_change(body, deployment=deployment)
    return said | {raised.value.reason}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.0.0.1:8443",
        "169.254.169.254",
        "2130706433",
        "0x7f000001",
        "127.1",
        "0177.0.0.1",
        "0",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[fd00:ec2::254]",
        "localhost",
        "localhost.",
        "user:pass@10.0.0.1",
    ],
)
def test_an_address_that_is_not_public_is_refused_by_name(name: str, host: str) -> None:
    reason = f"Invalid parameter. {name} cannot be called: not a public address"

    assert refusals({name: f"https://{host}/cb"}) == {reason}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize(
    "url",
    [
        "https://masking.example.com/carriers/plivo/answer?CallUUID=1",
        "https://MASKING.example.com:443/",
        "https://masking.example.com./",
        "https://user:pass@masking.example.com/",
        "https://abc.execute-api.us-east-1.amazonaws.com/v1/",
    ],
)
def test_our_own_hosts_are_refused_by_name(name: str, url: str) -> None:
    reason = f"Invalid parameter. {name} cannot be called: a host of this service"

    assert refusals({name: url}, OWN) == {reason}


@pytest.mark.parametrize("name", FIELDS)
def test_what_is_no_host_is_refused_by_name(name: str) -> None:
    reason = f"Invalid parameter. {name} cannot be called: not a URL"

    assert refusals({name: "https://hooks..example.com/"}) == {reason}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/cb",
        "https://93.184.215.14/cb",
        "https://[2606:2800:21f::1]/cb",
        "https://hooks.masking.example.com/cb",
        WITH_LOGIN,
    ],
)
def test_everybody_elses_urls_are_taken(name: str, url: str) -> None:
    assert getattr(settings_of({name: url}, OWN), name) == url


def test_the_local_stack_calls_this_machine_but_not_itself() -> None:
    for url in ("http://127.0.0.1:9000/", "http://localhost:9000/", "https://127.0.0.1:9000/"):
        assert settings_of({"callback_url": url}, LOCAL).callback_url == url
    assert refusals({"callback_url": "http://127.0.0.1:3000/v1/"}, LOCAL)
    assert refusals({"callback_url": "https://10.0.0.1/"}, LOCAL)


@pytest.mark.parametrize("host", ["[", "a:b:c", "x" * 300, "\x00", ""])
def test_whatever_a_request_says_it_was_sent_to_a_good_url_is_taken(host: str) -> None:
    deployment = DEPLOYMENT.reached_at(host)

    assert settings_of({"callback_url": SHOWN}, deployment).callback_url == SHOWN


@pytest.mark.parametrize("name", FIELDS)
def test_a_login_is_shown_to_nobody(name: str) -> None:
    settings = replace(make_session().settings, **{name: WITH_LOGIN})
    session = replace(make_session(), settings=settings)

    shown = session_object(session, (), now=CREATED_AT)
    listed = listed_session_object(session, (), now=CREATED_AT, call_url=lambda *_: None)

    assert shown[name] == listed[name] == SHOWN  # type: ignore[literal-required]
    assert "p%40ss" not in str(shown) + str(listed)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize(
    ("given", "after"),
    [
        (SHOWN, WITH_LOGIN),
        (WITH_LOGIN, WITH_LOGIN),
        ("https://hooks.example.com/cb", "https://hooks.example.com/cb"),
        ("https://shop:new@hooks.example.com/cb?a=1", "https://shop:new@hooks.example.com/cb?a=1"),
        ("", ""),
        (None, WITH_LOGIN),
    ],
)
def test_an_update_that_repeats_what_is_shown_keeps_the_login(
    name: str, given: str | None, after: str
) -> None:
    settings = replace(make_session().settings, **{name: WITH_LOGIN})

    changed = session_change({name: given}, deployment=DEPLOYMENT).applied_to(settings)

    assert changed == replace(settings, **{name: after})
