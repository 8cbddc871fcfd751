"""jambonz signs the body and an instant. Oracle: verify_signature of its own SDK."""

import hashlib
import hmac
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jambonz_sdk._signature import verify_signature

from maskline.carriers import carrier
from maskline.carriers.jambonz.signature import verify
from maskline.carriers.request import CarrierRequest
from tests.unit.carriers.jambonz.jambonz_webhooks import OLD_SECRET, SECRET, account, signature

BODY = '{"call_sid":"a","caller_name":"Zoë"}'.encode()


def signed(body: bytes = BODY, header: str | None = None, method: str = "POST") -> CarrierRequest:
    given_header = signature(body) if header is None else header
    headers = {"jambonz-signature": given_header, "content-type": "application/json"}
    return CarrierRequest(method, "https://m.example/x", "https://m.example", headers, body=body)


@given(st.binary(max_size=200), st.text(min_size=1, max_size=30))
def test_what_the_official_sdk_accepts_is_genuine(body: bytes, secret: str) -> None:
    encodable = secret.encode(errors="ignore").decode() or "x"
    header = signature(body, (encodable,))

    assert verify_signature(body, header, encodable)
    assert verify(signed(body, header), [encodable])


def test_a_vector_made_by_hand() -> None:
    now = int(time.time())
    made = hmac.new(SECRET.encode(), f"{now}.".encode() + BODY, hashlib.sha256).hexdigest()

    assert verify(signed(header=f"t={now},v1={made}"), [SECRET])


def test_another_body_is_not_genuine() -> None:
    request = replace(signed(), body=BODY + b" ")

    assert not verify(request, [SECRET])
    with pytest.raises(ValueError, match="verification failed"):
        verify_signature(request.body, request.headers["jambonz-signature"], SECRET)


@pytest.mark.parametrize("secrets", [[], [""], ["another"], [SECRET + " "], [OLD_SECRET]])
def test_no_other_secret_will_do(secrets: list[str]) -> None:
    assert not verify(signed(), secrets)


def test_any_secret_and_any_signature_will_do_during_a_rotation() -> None:
    assert verify(signed(), [OLD_SECRET, SECRET])
    assert verify(signed(header=signature(BODY, (OLD_SECRET, SECRET))), [SECRET])


@pytest.mark.parametrize(
    ("seconds_ago", "is_fresh"), [(0, True), (295, True), (305, False), (-295, True), (-305, False)]
)
def test_a_signature_is_good_for_five_minutes(seconds_ago: int, is_fresh: bool) -> None:
    header = signature(BODY, at=time.time() - seconds_ago)

    assert verify(signed(header=header), [SECRET]) is is_fresh


def test_the_age_is_by_real_time_whatever_the_stack_calls_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("maskline.clock.now_ms", lambda: 0)

    assert verify(signed(), [SECRET])


@pytest.mark.parametrize(
    "header",
    [
        "",
        ",",
        "t=,v1=",
        "v1=abc",
        "t={now}",
        "t=now,v1=abc",
        "t=٣,v1=abc",
        "t=-1,v1=abc",
        f"t={'9' * 5000},v1=abc",
        "t={now},v1=é\ud800",
        "t={now},v0=" + "0" * 64,
    ],
)
def test_an_odd_header_is_a_plain_no(header: str) -> None:
    dated = header.replace("{now}", str(int(time.time())))

    assert not verify(signed(header=dated), [SECRET])


def test_two_instants_are_none() -> None:
    header = signature(BODY)

    assert not verify(signed(header=f"{header},{header.partition(',')[0]}"), [SECRET])


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "post"])
def test_nothing_but_a_post_is_genuine(method: str) -> None:
    """Of a GET jambonz signs a body that it does not send, and numbers stand in its URL."""
    assert carrier("jambonz").is_genuine(signed(), account())
    assert not carrier("jambonz").is_genuine(signed(method=method), account())
