"""What a customer receives, checked by the official SDK and by the Standard Webhooks rules."""

import base64
import hashlib
import hmac
from dataclasses import replace
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plivo.utils.signature_v3 import validate_v3_signature

from maskline.callbacks.messages import CallbackMessage
from maskline.callbacks.payload import NAMES, fields_of
from maskline.callbacks.signed_request import build_request
from maskline.domain.calls.events import PinCheck, PinStatus
from maskline.domain.calls.recording import Recording
from maskline.wire.outbound import HttpRequest
from tests.support import builders
from tests.unit.callbacks.callback_messages import (
    CALL_UUID,
    OUTCOME,
    RECORDING,
    TOKEN,
    TOKENS,
    message,
    session_event,
)

PIN_CHECK = PinCheck(PinStatus.SUCCESS, 0)
RING = [
    ("EventName", "SessionSecondPartyRing"),
    ("EventTimestamp", "2026-03-01 10:44:37"),
    ("SessionUUID", builders.SESSION_UUID),
    ("From", "12025550100"),
    ("To", "12025550101"),
    ("VirtualNumber", "442079460000"),
    ("CallUUID", CALL_UUID),
    ("SequenceNumber", "4"),
]


def _build(given: CallbackMessage, tokens: tuple[str, ...] = TOKENS) -> HttpRequest:
    return build_request(given, url=given.callback_url, tokens=tokens, now=builders.NOW)


def _sdk_accepts(request: HttpRequest, token: str, header: str = "X-Plivo-Signature-V3") -> bool:
    params = dict(parse_qsl((request.body or b"").decode()))
    nonce = request.headers["X-Plivo-Signature-V3-Nonce"]
    signature = request.headers[header]
    accepted: bool = validate_v3_signature(
        request.method, request.url, nonce, token, signature, params
    )
    return accepted


def _standard_accepts(request: HttpRequest, token: str) -> bool:
    signed = (
        f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}."
        f"{(request.body or b'').decode()}"
    )
    mac = hmac.new(token.encode(), signed.encode(), hashlib.sha256).digest()
    expected = f"v1,{base64.b64encode(mac).decode()}"
    return expected in request.headers["webhook-signature"].split(" ")


def test_a_post_is_form_encoded() -> None:
    request = _build(message())

    assert request.method == "POST"
    assert request.url == "https://customer.example.com/masking/status"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["User-Agent"].startswith("Maskline/")
    assert request.body is not None
    assert parse_qsl(request.body.decode()) == RING
    assert b"EventTimestamp=2026-03-01%2010%3A44%3A37&" in request.body


def test_a_hangup_tells_how_it_ended() -> None:
    request = _build(message(event=session_event(name="SessionSecondPartyHangup", outcome=OUTCOME)))

    told = dict(parse_qsl((request.body or b"").decode()))

    assert told["Amount"] == "0.01650"
    assert (told["BilledDuration"], told["Duration"]) == ("60", "32")
    assert told["PlivoHangupCause"] == "NORMAL_CLEARING"
    assert told["PlivoHangupCauseCode"] == "4000"


def test_a_recording_is_told_with_all_that_is_known() -> None:
    request = _build(message(event=session_event(recording=RECORDING)))

    told = dict(parse_qsl((request.body or b"").decode()))

    assert {name: value for name, value in told.items() if name.startswith("Recording")} == {
        "RecordingUUID": RECORDING.uuid,
        "RecordingURL": RECORDING.media_url,
        "RecordingResourceURL": RECORDING.resource_url,
        "RecordingDuration": "30",
        "RecordingStartTime": "2026-03-01 10:44:41",
        "RecordingEndTime": "2026-03-01 10:45:11",
        "RecordingFormat": ".mp3",
    }


def test_of_a_recording_that_begins_only_the_format_is_known() -> None:
    request = _build(message(event=session_event(recording=Recording("wav"))))

    told = parse_qsl((request.body or b"").decode(), keep_blank_values=True)

    recording = {name: value for name, value in told if name.startswith("Recording")}
    assert recording.pop("RecordingFormat") == ".wav"
    assert set(recording.values()) == {""}


def test_a_get_has_everything_in_the_query() -> None:
    request = _build(message(callback_method="GET"))

    assert request.body is None
    assert "Content-Type" not in request.headers
    assert parse_qsl(urlsplit(request.url).query) == RING


def test_a_get_keeps_the_query_of_the_url() -> None:
    url = "https://customer.example.com/status?tenant=7&from_shop=1&flag"

    query = urlsplit(_build(message(callback_method="GET", callback_url=url)).url).query

    assert query.startswith("tenant=7&from_shop=1&flag&EventName=")
    assert parse_qsl(query)[2:] == RING


def test_a_post_keeps_the_query_of_the_url() -> None:
    url = "https://customer.example.com/status?tenant=7"

    request = _build(message(callback_url=url))

    assert request.url == url
    assert _sdk_accepts(request, TOKEN)


_URLS = st.sampled_from(
    [
        "https://customer.example.com",
        "https://customer.example.com/status",
        "https://customer.example.com:8443/status/?b=2&a=1&a=0",
        "https://customer.example.com/status?shop=From&empty=",
    ]
)


@given(_URLS, st.sampled_from(["POST", "GET"]), st.sampled_from([None, OUTCOME]))
def test_both_kinds_of_signature_are_good(url: str, method: str, outcome: Any) -> None:
    request = _build(
        message(callback_url=url, callback_method=method, event=session_event(outcome=outcome))
    )

    assert _sdk_accepts(request, TOKEN)
    assert _sdk_accepts(request, TOKEN, "X-Plivo-Signature-Ma-V3")
    assert _standard_accepts(request, TOKEN)
    assert not _sdk_accepts(request, "another-token")
    assert not _standard_accepts(request, "another-token")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_subaccounts_session_is_signed_by_the_subaccount_alone(method: str) -> None:
    """The words of its URL are its own: no token of the main account vouches for them."""
    request = _build(message(subaccount_id="SA1", callback_method=method), ("sub",))

    assert _sdk_accepts(request, "sub")
    assert _standard_accepts(request, "sub")
    assert "X-Plivo-Signature-Ma-V3" not in request.headers


def test_the_names_that_we_send_are_all_known() -> None:
    every = session_event(outcome=OUTCOME, recording=RECORDING, pin_check=PIN_CHECK)

    assert [name for name, _ in fields_of(message(event=every))] == [*NAMES]


_SPELLINGS = [
    "{name}=forged",
    "{lower}=forged",
    "{upper}=forged",
    "{name}",
    "{escaped}=forged",
    "{name}[]=forged",
    "{name}[0]=forged",
    "{name}%5B%5D=forged",
    "{name}.x=forged",
    "%20{name}=forged",
    "+{name}=forged",
    "{name}%20=forged",
    "{name}%00=forged",
    "%00{name}=forged",
    "%EF%BB%BF{name}=forged",
    "%C2%A0{name}=forged",
    "%E3%80%80{name}=forged",
    "%E2%80%A8{name}=forged",
    "{name}%EF%BB%BF=forged",
    "{name}%C2%A0=forged",
    "[{name}]=forged",
    "%5B{name}%5D=forged",
    "%5b{name}%5d[]=forged",
    "[{name}=forged",
    "{name}]=forged",
    "%20[%20{name}%20]=forged",
    "?{name}=forged",
    "%3F{name}=forged",
    "?[{name}]=forged",
    "a=1&[{name}]=forged",
    "a=1;{name}=forged",
    "a=1&{name}=forged&{name}=again",
    ";;{name}=forged",
    "&&{name}=forged;b=2",
]


@pytest.mark.parametrize("spelling", _SPELLINGS)
def test_a_customers_query_says_nothing_that_we_say(spelling: str) -> None:
    """Also what this very event has no attribute of: the receiver knows them from others."""
    for name, method in product(NAMES, ("GET", "POST")):
        escaped = "".join(f"%{ord(letter):02x}" for letter in name)
        forged = spelling.format(name=name, lower=name.lower(), upper=name.upper(), escaped=escaped)
        url = f"https://customer.example.com/status?{forged}&tenant=7"

        request = _build(message(callback_url=url, callback_method=method))

        query = urlsplit(request.url).query
        assert ("tenant", "7") in parse_qsl(query), url
        assert "forged" not in query, url
        told = parse_qsl(query) + parse_qsl((request.body or b"").decode())
        assert [pair for pair in told if pair[0] in NAMES] == RING, url
        assert _sdk_accepts(request, TOKEN), url


@pytest.mark.parametrize(
    "query",
    [
        "a=1&b=%26&c=a+b",
        "from_id=7",
        "Fromage=brie",
        "x=From",
        "a;b=1",
        "to-do=1",
        "?a=1",
        "[a]=1",
        "a[From]=1",
        "%C2%A0a=1",
    ],
)
def test_other_parameters_are_left_alone(query: str) -> None:
    url = f"https://customer.example.com/status?{query}"

    assert _build(message(callback_url=url)).url == url


@pytest.mark.parametrize("token", ["new", "old"])
def test_while_a_token_is_rotated_either_will_do(token: str) -> None:
    request = _build(message(), ("new", "old"))

    assert _sdk_accepts(request, token)
    assert _standard_accepts(request, token)


def test_the_id_is_the_same_in_every_attempt_and_the_time_is_the_attempts() -> None:
    first = _build(message())
    later = build_request(
        message(), url=message().callback_url, tokens=TOKENS, now=builders.NOW + 5000
    )

    assert first.headers["webhook-id"] == f"msg_{builders.SESSION_UUID}-4"
    assert later.headers["webhook-id"] == first.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] == str(builders.NOW // 1000)
    assert later.headers["webhook-timestamp"] == str(builders.NOW // 1000 + 5)
    assert (
        later.headers["X-Plivo-Signature-V3-Nonce"] != first.headers["X-Plivo-Signature-V3-Nonce"]
    )


def test_a_changed_body_is_noticed() -> None:
    request = _build(message())
    forged = replace(request, body=(request.body or b"").replace(b"12025550101", b"12025550109"))

    assert not _sdk_accepts(forged, TOKEN)
    assert not _standard_accepts(forged, TOKEN)
