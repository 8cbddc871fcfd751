"""Webhooks from whoever knows our URLs, and from a carrier whose callers write what they like.

Without the carrier's signature nothing is told and nothing changes; with it nonsense is a document
or a refusal, never a failure, and never a connection by guess.
"""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.aws.engine import Engine
from local.gateway.messages import HttpResponse
from local.phone.plivo.signing import signature_headers
from local.phone.plivo.xml import read_document
from tests.support.attacked import STRANGERS_NUMBER, Attacked, attacked
from tests.support.in_process import BASE_URL, HOST
from tests.support.scenario import ALICE, CAROL, STRANGER, UNRENTED, basic

ENDS = ("answer_url", "hangup_url")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DIAL = "/carriers/plivo/event/dial/a/b/c/d"


@pytest.fixture(scope="module")
def target(running_engine: Engine) -> Iterator[Attacked]:
    with attacked(running_engine) as made:
        yield made


def call(target: Attacked, **changes: str) -> dict[str, str]:
    dialled = target.day.virtual_number("call")
    return {"CallUUID": "hostile-1", "From": ALICE, "To": dialled} | changes


def signature(
    target: Attacked, params: dict[str, str], *, url: str = "", token: str = ""
) -> dict[str, str]:
    known = target.service.credentials.carrier_auth_token
    answer_url = BASE_URL + target.webhook_path()
    return signature_headers("POST", url or answer_url, params, tokens=(token or known,))


def post(
    target: Attacked, body: bytes, headers: dict[str, str] | None = None, path: str = ""
) -> HttpResponse:
    where = path or target.webhook_path()
    return target.send("POST", where, body, headers={**FORM, **(headers or {})}).response


def stored(target: Attacked) -> list[str]:
    """Every item of the table."""
    engine = target.service.engine
    pages = engine.client("dynamodb").get_paginator("scan").paginate(TableName=engine.table_name)
    return sorted(
        json.dumps(item, sort_keys=True, default=bytes.hex)
        for page in pages
        for item in page["Items"]
    )


def is_connected(response: HttpResponse) -> bool:
    return b"<Dial" in response.body or b"<Number" in response.body


def test_these_webhooks_would_connect_if_they_were_genuine(target: Attacked) -> None:
    """So that the refusals below are refusals of what is wrong with them."""
    params = call(target, CallUUID="genuine-1")

    response = post(target, urlencode(params).encode(), signature(target, params))

    assert response.status == 200
    assert is_connected(response)


def forgeries(target: Attacked) -> dict[str, dict[str, str]]:
    """What a forger who knows the algorithm, but not the token, can send."""
    params = call(target)
    genuine = signature(target, params)
    answer, hangup = (target.webhook_path(end) for end in ENDS)
    name, nonce = "X-Plivo-Signature-V3", "X-Plivo-Signature-V3-Nonce"
    own_token = target.service.credentials.auth_token
    return {
        "unsigned": {},
        "the token of our own API": signature(target, params, token=own_token),
        "an empty token": signature(target, params, token=" "),
        "a stranger's token": signature(target, params, token=target.stranger[1]),
        "another host": signature(target, params, url=f"http://evil.example.com{answer}"),
        "another scheme": signature(target, params, url=f"https://{HOST}{answer}"),
        "another path": signature(target, params, url=BASE_URL + hangup),
        "another caller": signature(target, params | {"From": "+12025550199"}),
        "one parameter less": signature(target, {"CallUUID": params["CallUUID"]}),
        "another nonce": genuine | {nonce: "1"},
        "no nonce": {name: genuine[name]},
        "no signature": {nonce: genuine[nonce]},
        "cut short": genuine | {name: genuine[name][:-2], "X-Plivo-Signature-Ma-V3": ""},
        "many guesses": {name: ",".join(["A" * 43 + "="] * 200), nonce: "1"},
        "beyond ASCII": {name: "é" * 44, nonce: "ü"},
        "control characters": {name: "\x00\r\n\x7f", nonce: "\x00"},
    }


FORGERIES = (
    "unsigned",
    "the token of our own API",
    "an empty token",
    "a stranger's token",
    "another host",
    "another scheme",
    "another path",
    "another caller",
    "one parameter less",
    "another nonce",
    "no nonce",
    "no signature",
    "cut short",
    "many guesses",
    "beyond ASCII",
    "control characters",
)


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_refused_without_a_word_and_changes_nothing(
    forgery: str, target: Attacked
) -> None:
    before = stored(target)
    params = call(target)

    response = post(target, urlencode(params).encode(), forgeries(target)[forgery])

    assert (response.status, response.body) == (403, b"")
    assert stored(target) == before


def test_every_forgery_is_tried(target: Attacked) -> None:
    assert set(FORGERIES) == forgeries(target).keys()


def test_an_unsigned_hangup_does_not_tell_which_calls_we_know(target: Attacked) -> None:
    params = call(target, CallUUID="known-1")
    genuine = post(target, urlencode(params).encode(), signature(target, params))
    assert is_connected(genuine)
    before = stored(target)

    told = [
        post(target, f"CallUUID={one}&HangupCause=NORMAL_CLEARING".encode(), {}, path)
        for one in ("known-1", "unknown-1")
        for path in map(target.webhook_path, ENDS)
    ]

    assert {(response.status, response.body) for response in told} == {(403, b"")}
    assert stored(target) == before


@pytest.mark.parametrize("host", ["evil.example.com", "maskline.example.com.evil.example.com"])
def test_a_signature_for_another_host_does_not_become_ours_by_a_header(
    host: str, target: Attacked
) -> None:
    """The host of the signed URL is the one that API Gateway answered under."""
    params = call(target)
    signed = signature(target, params, url=f"http://{host}{target.webhook_path()}")

    response = post(
        target,
        urlencode(params).encode(),
        {**signed, "X-Forwarded-Host": host, "Forwarded": f"host={host}", "X-Original-Host": host},
    )

    assert response.status == 403


def test_a_webhook_that_is_played_back_tells_nothing_twice(target: Attacked) -> None:
    """Its signature stays good for ever, so that what it says must not count again."""
    params = call(target, CallUUID="replayed-1")
    body, headers = urlencode(params).encode(), signature(target, params)
    first = post(target, body, headers)
    after_first = stored(target)

    for _ in range(3):
        again = post(target, body, headers)
        assert (again.status, again.body) == (first.status, first.body)

    assert [item for item in after_first if "INTERACTION" in item] == [
        item for item in stored(target) if "INTERACTION" in item
    ]
    assert len(stored(target)) == len(after_first)


def test_the_carriers_signature_opens_no_other_accounts_number(target: Attacked) -> None:
    """Another account's carrier token is genuine, but not for this number."""
    params = call(target, To=STRANGERS_NUMBER, CallUUID="crossing-1")

    response = post(target, urlencode(params).encode(), signature(target, params))

    assert response.status == 403


@pytest.mark.parametrize("end", ENDS)
def test_a_carrier_signs_for_its_own_accounts_urls_alone(end: str, target: Attacked) -> None:
    """An account's own credentials do not open the URLs of another."""
    before = stored(target)
    params = call(target, CallUUID="crossing-2")
    path = target.webhook_path(end)
    token = target.strangers_carrier_token

    response = post(
        target,
        urlencode(params).encode(),
        signature(target, params, url=BASE_URL + path, token=token),
        path,
    )

    assert (response.status, response.body) == (403, b"")
    assert stored(target) == before


def test_no_report_on_a_call_of_ours_is_believed_of_anothers_carrier(target: Attacked) -> None:
    """Each URL in a document of ours, replayed with the signature of another account's carrier."""
    day = target.day
    talking = day.ring(ALICE, day.virtual_number("call")).answer()
    urls = set(
        re.findall(r"http://[^\"#]+/carriers/plivo/event/[^\"#]+", talking.deliveries[0].text)
    )
    assert len(urls) == 2
    before = stored(target)

    for url in urls:
        params = {"CallUUID": talking.call_uuid, "DialAction": "hangup", "DialStatus": "busy"}
        signed = signature(target, params, url=url, token=target.strangers_carrier_token)
        path = url.removeprefix(BASE_URL)
        assert post(target, urlencode(params).encode(), signed, path).status == 403

    assert stored(target) == before
    talking.hangup()


@pytest.mark.parametrize(
    "path",
    [
        "/carriers/nobody/call/answer/a/b",
        "/carriers/plivo/call/x",
        "/carriers/plivo/event/hangup/a/b",
        "/carriers/plivo/call/hangup/a/b",
        "/carriers/plivo.api/call/answer/a/b",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_a_url_that_we_did_not_make_is_refused_without_a_word(
    path: str, method: str, target: Attacked
) -> None:
    response = target.send(method, path).response

    assert (response.status, response.body) == (403, b"")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_the_carrier_comes_by_its_own_methods_alone(method: str, target: Attacked) -> None:
    params = call(target, CallUUID=f"by-{method}")
    path = target.webhook_path()
    signed = signature_headers(
        method, BASE_URL + path, params, tokens=(target.service.credentials.carrier_auth_token,)
    )

    response = target.send(
        method, path, urlencode(params).encode(), headers={**FORM, **signed}
    ).response

    assert response.status == 403


def strangers_call(target: Attacked, call_uuid: str, caller: str) -> HttpResponse:
    """What another account's carrier says, genuinely, of a call to that account's number."""
    params = {"CallUUID": call_uuid, "From": caller, "To": STRANGERS_NUMBER}
    path, token = target.webhook_path(account=target.stranger), target.strangers_carrier_token
    signed = signature(target, params, url=BASE_URL + path, token=token)
    return post(target, urlencode(params).encode(), signed, path)


def explained(target: Attacked, account: tuple[str, str], call_uuid: str) -> dict[str, Any]:
    path = f"/v1/Account/{account[0]}/Masking/Call/{call_uuid}/"
    response = target.send("GET", path, headers=basic(*account)).response
    return {**json.loads(response.body), "api_id": None}


def test_another_accounts_carrier_takes_no_call_of_ours_by_its_id(target: Attacked) -> None:
    """What a carrier signs is believed of its own account's calls, whatever ids it gives them."""
    day = target.day
    talking = day.ring(ALICE, day.virtual_number("call")).answer()
    call_uuid = talking.call_uuid
    before = explained(target, target.victim, call_uuid)

    answers = [strangers_call(target, call_uuid, caller) for caller in (CAROL, STRANGER)]

    assert [answer.status for answer in answers] == [200, 200]
    # Carol has a session on the other account's number.
    assert [is_connected(answer) for answer in answers] == [True, False]
    assert explained(target, target.victim, call_uuid) == before
    assert before["connected"]
    talking.hangup()
    assert {delivery.status for delivery in talking.deliveries} == {200}
    [*_, last] = day.api("GET", day.session_path("call"))["response"]["interaction"]
    assert last["end_time"]


def test_why_a_call_was_refused_is_each_accounts_own(target: Attacked) -> None:
    ours = target.day.ring(STRANGER, target.day.virtual_number("call"))
    before = explained(target, target.victim, ours.call_uuid)
    assert "rule" not in explained(target, target.stranger, ours.call_uuid)

    assert strangers_call(target, ours.call_uuid, STRANGER).status == 200

    theirs = explained(target, target.stranger, ours.call_uuid)
    assert explained(target, target.victim, ours.call_uuid) == before
    assert theirs["rule"] == before["rule"] == "no_session"


# As bytes on the wire.
_PAIRS = f"CallUUID=hostile-2&From={quote(ALICE)}&To={quote(UNRENTED)}"
HOSTILE_BODIES = {
    "UTF-16": _PAIRS.encode("utf-16"),
    "UTF-16 without a mark": _PAIRS.encode("utf-16-le"),
    "UTF-32": _PAIRS.encode("utf-32"),
    "overlong UTF-8": b"CallUUID=hostile-2&From=\xc0\xab12025550101&To=\xe0\x80\xab1",
    "overlong UTF-8, percent-encoded": b"CallUUID=hostile-2&From=%C0%AB12025550101&To=%E0%80%AB1",
    "surrogates": b"CallUUID=hostile-2&From=%ED%A0%80&To=\xed\xa0\x80",
    "NULs": b"CallUUID=hostile-2\x00&From=\x00&To=%00+12025550110%00",
    "NULs only": b"\x00" * 5000,
    "Latin-1": "CallUUID=hostile-2&CallerName=Zoë".encode("latin-1"),
    "broken percent signs": b"CallUUID=hostile-2&From=%&To=%zz%2&%=%",
    "ten thousand parameters": b"&".join(b"P%d=x" % count for count in range(10_000)),
    "one parameter ten thousand times": b"&".join([b"CallUUID=hostile-2"] * 10_000),
    "ten thousand ampersands": b"&" * 10_000,
    "a megabyte of a value": b"CallUUID=hostile-2&CallerName=" + b"x" * 2**20,
    "a megabyte of a name": b"x" * 2**20 + b"=CallUUID",
    "a number of a million digits": b"CallUUID=hostile-2&HangupCause=x&Duration=" + b"9" * 10**6,
    "numbers beyond numbers": (
        b"CallUUID=hostile-2&HangupCause=x&Duration=1e999999&TotalCost=-0x1p-1074&BillDuration=NaN"
    ),
    "digits of other scripts": "CallUUID=hostile-2&From=\u0661\u0662&Duration=\uff14".encode(),
    "JSON": json.dumps({"CallUUID": "hostile-2"}).encode(),
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "multipart": b"--x\r\nContent-Disposition: form-data; name=CallUUID\r\n\r\nhostile-2\r\n--x--",
    "an id like a path": b"CallUUID=../../etc/passwd&From=1&To=2",
    "an id like a key": b"CallUUID=SESSION%23x&From=1&To=2",
    "nothing": b"",
}  # fmt: skip


@pytest.mark.parametrize("end", [*ENDS, DIAL])
@pytest.mark.parametrize("kind", HOSTILE_BODIES)
def test_a_hostile_body_is_refused_in_every_dress(kind: str, end: str, target: Attacked) -> None:
    path = target.webhook_path(end) if end in ENDS else end
    for content_type in (FORM["Content-Type"], "text/plain; charset=utf-16"):
        response = post(target, HOSTILE_BODIES[kind], {"Content-Type": content_type}, path)
        assert response.status in {400, 403}
        assert not is_connected(response)
        assert b"Traceback" not in response.body


@pytest.mark.parametrize(
    "body",
    [
        "!",
        "====",
        "QQ",
        "QQ==\n\n",
        "Q Q=",
        "QQ==QQ==",
        "é",
        base64.b64encode(b"\xff\xfe").decode(),
    ],
)
def test_bad_base64_is_refused(body: str, target: Attacked) -> None:
    """What API Gateway would not send, and `lambda:InvokeFunction` could."""
    path = target.webhook_path()
    event = {
        "version": "2.0",
        "routeKey": "ANY /carriers/{carrier}/call/{step+}",
        "rawPath": path,
        "pathParameters": {"carrier": "plivo", "step": path.partition("/call/")[2]},
        "rawQueryString": "",
        "headers": {},
        "requestContext": {"domainName": HOST, "http": {"method": "POST", "path": path}},
        "body": body,
        "isBase64Encoded": True,
    }

    assert target.service.invoke("answer_call", event)["statusCode"] in {400, 403}


_ODD = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [ALICE, UNRENTED, "9" * 500, "-1", "1e400", "\x00", "\u202e+12025550110", "NaN"]
    ),
)
_NAMES = st.one_of(
    st.sampled_from(["From", "To", "CallerName", "Event", "HangupCause", "Duration", "Digits"]),
    st.sampled_from(["BillDuration", "TotalCost", "HangupCauseCode", "CallStatus", "SIP-H-To"]),
    st.text(min_size=1, max_size=10),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(_NAMES, _ODD, max_size=8), st.sampled_from(ENDS))
def test_whatever_the_carrier_signs_is_answered_with_a_document_or_refused(
    target: Attacked, odd: dict[str, str], end: str
) -> None:
    """A caller chooses their name, their SIP headers and, with some carriers, their number."""
    odd = {name: value.encode(errors="replace").decode() for name, value in odd.items()}
    params: dict[str, Any] = {"CallUUID": "hostile-3"} | {
        name.encode(errors="replace").decode(): value for name, value in odd.items()
    }
    path = target.webhook_path(end)
    headers = signature(target, params, url=BASE_URL + path)

    response = post(target, urlencode(params).encode(), headers, path)

    assert response.status in {200, 400, 403}
    content_type = dict(response.headers)["content-type"]
    if response.status == 200 and content_type == "application/xml":
        assert read_document(content_type, response.body)
