"""The carrier's signatures against the published vectors and the official SDK."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plivo.utils import signature_v3

from local.phone.plivo.signing import sign, signed_text

KEY = "EXAMPLEauthtokenEXAMPLEauthtokenEXAMPLEtok"
NONCE = "12345678901234567890"
URL = "https://hooks.example.com/masking/status"
EVENT = {
    "EventName": "SessionFirstPartyAnswer",
    "From": "+12025550101",
    "VirtualNumber": "12025550199",
}
PAIR = {"To": "x", "From": "y"}


@pytest.mark.parametrize(
    ("method", "url", "params", "signature"),
    [
        ("POST", URL, EVENT, "nrB+kk0bow/gcMVQgWet4kh3H3Ai73V7ildhWP8In6E="),
        ("POST", f"{URL}?b=2&a=1", PAIR, "Gcu0koXJ4iI9l6pr//1k6J320ZTypANZ31Fg5qexU84="),
        ("POST", URL, {}, "4AJY9Sz6uKbxlK+Is56UUwzd7j2H7Vm91goLqQiN0I4="),
        ("POST", f"{URL}?b=2&a=1", {}, "dGqT2uOMH2FTstsCvHxX9SMtFVCgopuUwhUv9V4WSBQ="),
        ("GET", f"{URL}?b=2&a=1", PAIR, "COaj1AdrBtjY57hezNtK9XA5RAdcWsrzKcvWIW3jnp4="),
        ("GET", URL, PAIR, "AfmWmYsZAnKJ1qUDfERQsZQqWhIRBU0KMj+Oj/r6T4k="),
    ],
)
def test_published_vectors(method: str, url: str, params: dict[str, str], signature: str) -> None:
    assert sign(signed_text(method, url, params), token=KEY, nonce=NONCE) == signature


WORDS = st.text("abcXYZ019+ .", min_size=1, max_size=6)


@given(
    method=st.sampled_from(["GET", "POST"]),
    query=st.dictionaries(st.sampled_from(["b", "a", "Z"]), st.sampled_from(["1", "x-y"])),
    params=st.dictionaries(st.sampled_from(["From", "To", "CallUUID", "x"]), WORDS),
)
def test_official_sdk_accepts_every_signature(
    method: str, query: dict[str, str], params: dict[str, str]
) -> None:
    url = "&".join([f"{name}={value}" for name, value in query.items()])
    url = f"{URL}?{url}" if url else URL

    signature = sign(signed_text(method, url, params), token=KEY, nonce=NONCE)

    assert signature_v3.validate_v3_signature(method, url, NONCE, KEY, signature, dict(params))
