"""Signatures: the published vectors, the official SDK as oracle, and everything that is a no."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plivo.utils.signature_v3 import validate_v3_signature

from maskline.carriers.plivo.signature import verify
from maskline.carriers.request import CarrierRequest
from maskline.wire.signatures import v3_signature, v3_text
from tests.unit.carriers.webhook_requests import TOKEN

U = "https://hooks.example.com/masking/status"
NONCE = "12345678901234567890"
STATUS = (
    ("EventName", "SessionFirstPartyAnswer"),
    ("From", "+12025550101"),
    ("VirtualNumber", "12025550199"),
)
TO_FROM = (("To", "x"), ("From", "y"))

VECTORS = [
    pytest.param(
        "POST",
        U,
        STATUS,
        f"{U}?EventNameSessionFirstPartyAnswerFrom+12025550101VirtualNumber12025550199",
        "nrB+kk0bow/gcMVQgWet4kh3H3Ai73V7ildhWP8In6E=",
        id="post",
    ),
    pytest.param(
        "POST",
        f"{U}?b=2&a=1",
        TO_FROM,
        f"{U}?a=1&b=2.FromyTox",
        "Gcu0koXJ4iI9l6pr//1k6J320ZTypANZ31Fg5qexU84=",
        id="post-with-query",
    ),
    pytest.param(
        "POST", U, (), U, "4AJY9Sz6uKbxlK+Is56UUwzd7j2H7Vm91goLqQiN0I4=", id="post-nothing"
    ),
    pytest.param(
        "POST",
        f"{U}?b=2&a=1",
        (),
        f"{U}?a=1&b=2",
        "dGqT2uOMH2FTstsCvHxX9SMtFVCgopuUwhUv9V4WSBQ=",
        id="post-only-query",
    ),
    pytest.param(
        "GET",
        f"{U}?b=2&a=1&To=x&From=y",
        (),
        f"{U}?From=y&To=x&a=1&b=2",
        "COaj1AdrBtjY57hezNtK9XA5RAdcWsrzKcvWIW3jnp4=",
        id="get-with-query",
    ),
    pytest.param(
        "GET",
        f"{U}?To=x&From=y",
        (),
        f"{U}?From=y&To=x",
        "AfmWmYsZAnKJ1qUDfERQsZQqWhIRBU0KMj+Oj/r6T4k=",
        id="get",
    ),
]


def _signed(
    method: str = "POST", url: str = U, form: Any = STATUS, *, token: str = TOKEN
) -> CarrierRequest:
    signature = v3_signature(v3_text(method, url, form), nonce=NONCE, token=token)
    headers = {"x-plivo-signature-v3": signature, "x-plivo-signature-v3-nonce": NONCE}
    return CarrierRequest(method, url, "https://hooks.example.com", headers, form=form)


@pytest.mark.parametrize(("method", "url", "form", "text", "signature"), VECTORS)
def test_published_vectors(
    method: str, url: str, form: tuple[tuple[str, str], ...], text: str, signature: str
) -> None:
    assert v3_text(method, url, form) == text
    assert v3_signature(text, nonce=NONCE, token=TOKEN) == signature
    headers = {"x-plivo-signature-v3": signature, "x-plivo-signature-v3-nonce": NONCE}
    request = CarrierRequest(method, url, "https://hooks.example.com", headers, form=form)
    assert verify(request, [TOKEN])


# The SDK reads percent-encoded bytes of a URL as Latin-1, so that the oracle holds for ASCII there.
_ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
_UNICODE = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_QUERY = st.lists(st.tuples(_ASCII, _ASCII), max_size=4)
_FORM = st.dictionaries(
    _UNICODE, st.one_of(_UNICODE, st.lists(_UNICODE, min_size=1, max_size=3)), max_size=4
)
_PATHS = st.sampled_from(["", "/", "/carriers/plivo/call/answer", "/a/b/"])


def _pairs(form: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, values in form.items()
        for value in (values if isinstance(values, list) else [values])
    ]


@given(_PATHS, _QUERY, _FORM)
def test_the_official_sdk_accepts_a_post_that_we_sign(
    path: str, query: list[tuple[str, str]], form: dict[str, Any]
) -> None:
    url = f"https://hooks.example.com{path}{'?' if query else ''}{urlencode(query)}"
    signature = v3_signature(v3_text("POST", url, _pairs(form)), nonce=NONCE, token=TOKEN)

    assert validate_v3_signature("POST", url, NONCE, TOKEN, signature, dict(form))


@given(_PATHS, _QUERY)
def test_the_official_sdk_accepts_a_get_that_we_sign(
    path: str, query: list[tuple[str, str]]
) -> None:
    url = f"https://hooks.example.com{path}{'?' if query else ''}{urlencode(query)}"
    signature = v3_signature(v3_text("GET", url), nonce=NONCE, token=TOKEN)

    assert validate_v3_signature("GET", url, NONCE, TOKEN, signature)


@given(_QUERY, _FORM)
def test_the_official_sdk_accepts_a_get_with_parameters_of_its_own(
    query: list[tuple[str, str]], form: dict[str, Any]
) -> None:
    given_apart = {name: value for name, value in form.items() if name not in dict(query)}
    merged = urlencode([*query, *_pairs(given_apart)])
    text = v3_text("GET", f"{U}?{merged}" if merged else U)
    url = f"{U}?{urlencode(query)}" if query else U

    signature = v3_signature(text, nonce=NONCE, token=TOKEN)

    assert validate_v3_signature("GET", url, NONCE, TOKEN, signature, dict(given_apart))


def test_a_percent_encoded_query_is_read_as_utf_8() -> None:
    assert v3_text("GET", f"{U}?CallerName=Zo%C3%AB+B") == f"{U}?CallerName=Zoë B"


def test_any_of_several_tokens_will_do() -> None:
    assert verify(_signed(), ["new-token", TOKEN])


def test_any_of_several_signatures_will_do() -> None:
    request = _signed()
    signature = request.headers["x-plivo-signature-v3"]
    listed = replace(
        request, headers={**request.headers, "x-plivo-signature-v3": f"other, {signature}"}
    )

    assert verify(listed, [TOKEN])


def test_the_main_accounts_signature_will_do() -> None:
    request = _signed()
    headers = {
        "x-plivo-signature-v3": "made with the token of a subaccount that we do not know",
        "x-plivo-signature-ma-v3": request.headers["x-plivo-signature-v3"],
        "x-plivo-signature-v3-nonce": NONCE,
    }

    assert verify(replace(request, headers=headers), [TOKEN])


@pytest.mark.parametrize("missing", ["x-plivo-signature-v3", "x-plivo-signature-v3-nonce"])
def test_a_missing_header_is_a_no(missing: str) -> None:
    request = _signed()
    headers = {name: value for name, value in request.headers.items() if name != missing}

    assert not verify(replace(request, headers=headers), [TOKEN])


@pytest.mark.parametrize(
    "change",
    [
        {"method": "GET"},
        {"url": f"{U}/"},
        {"url": f"{U}?a=1"},
        {"url": "http://hooks.example.com/masking/status"},
        {"url": "https://[::1/masking/status"},
        {"url": f"{U}\udcff"},
        {"form": (*STATUS, ("To", "12025550102"))},
        {"form": ()},
    ],
)
def test_a_changed_request_is_a_no(change: dict[str, Any]) -> None:
    assert not verify(replace(_signed(), **change), [TOKEN])


@pytest.mark.parametrize("tokens", [[], [""], ["another"], [TOKEN[:-1]]])
def test_without_the_right_token_it_is_a_no(tokens: list[str]) -> None:
    assert not verify(_signed(), tokens)


def test_an_empty_token_signs_nothing() -> None:
    assert not verify(_signed(token=""), [""])


@given(st.dictionaries(st.sampled_from(list(_signed().headers)), st.text(max_size=60)))
def test_no_header_makes_it_raise(headers: dict[str, str]) -> None:
    request = replace(_signed(), headers=headers)

    assert not verify(request, [TOKEN])
