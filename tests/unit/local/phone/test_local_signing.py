"""The simulated carrier's signatures against the published vectors."""

import pytest

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
