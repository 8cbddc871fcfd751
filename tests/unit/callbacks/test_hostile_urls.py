"""Callback URLs of somebody who wants our network, not their own: against real servers.

The API refuses most of these at once; here they come as from the queue, where nothing has checked.
"""

import re
import socket
import time
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskline.callbacks.delivery import Delivered, Network, Refused, Retry, deliver
from maskline.domain.sessions.callback_urls import TargetRules
from tests.unit.callbacks.callback_messages import TOKENS, message
from tests.unit.callbacks.receiver import Receiver, answering, silent

Start = Callable[..., Receiver]
RULES = TargetRules()
LOCAL = TargetRules(allow_loopback=True)
PUBLIC, METADATA = "93.184.215.14", "169.254.169.254"
# This machine and others on our side, as the system's resolver or a parser may take them.
DISGUISES = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::1]",
    "[fe80::1]",
    "[fc00::1]",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "10.0.0.1",
]


def refused_or_unknown(outcome: object) -> bool:
    """Not sent: by our rules, or since the system finds no such host."""
    return isinstance(outcome, Refused) or outcome in (Retry("gaierror"), Retry("OSError"))


@pytest.mark.parametrize("host", DISGUISES)
def test_no_spelling_of_a_private_address_is_connected_to(host: str, receive: Start) -> None:
    receiver = receive(answering(200))
    sent = message(callback_url=f"https://{host}:{receiver.port}/")

    outcome = deliver(sent, number=1, tokens=TOKENS, network=Network(rules=RULES, seconds=5))

    assert refused_or_unknown(outcome), outcome
    assert receiver.connections == 0


def test_a_name_may_not_turn_private_between_two_questions(receive: Start) -> None:
    """DNS rebinding: the address that was judged is the one that is connected to."""
    receiver = receive(answering(200))
    answers = iter([[PUBLIC], ["127.0.0.1"], [METADATA]])
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    sent = message(callback_url=f"https://rebind.example:{receiver.port}/")
    network = Network(rules=RULES, resolver=rebinding, seconds=0.5)

    first = deliver(sent, number=1, tokens=TOKENS, network=network)
    assert isinstance(first, Retry)
    assert asked == ["rebind.example"]
    assert deliver(sent, number=1, tokens=TOKENS, network=network) == Refused(
        "not a public address"
    )
    assert receiver.connections == 0


def test_a_public_address_beside_a_private_one_helps_nobody(receive: Start) -> None:
    receiver = receive(answering(200))
    sent = message(callback_url=f"https://both.example:{receiver.port}/")
    network = Network(rules=RULES, resolver=lambda *_: [PUBLIC, "127.0.0.1"])

    assert deliver(sent, number=1, tokens=TOKENS, network=network) == Refused(
        "not a public address"
    )
    assert receiver.connections == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location", ["{inside}", f"http://{METADATA}/latest/meta-data/", "//127.1/"]
)
def test_no_redirect_leads_inside(status: int, location: str, receive: Start) -> None:
    inside = receive(answering(200))
    receiver = receive(answering(status, Location=location.format(inside=inside.url)))
    sent = message(callback_url=receiver.url)

    outcome = deliver(sent, number=1, tokens=TOKENS, network=Network(rules=LOCAL, seconds=5))

    assert outcome == Retry(f"HTTP {status}")
    assert (inside.connections, receiver.connections) == (0, 1)


def test_a_port_that_speaks_no_tls_hears_no_word_of_ours(receive: Start) -> None:
    """Any port may be named: an SMTP or Redis server gets a TLS greeting and nothing to obey."""
    heard: list[bytes] = []

    def listening(connection: socket.socket) -> None:
        heard.append(connection.recv(65536))

    receiver = receive(listening, speaks_http=False)
    sent = message(callback_url=f"https://odd.example:{receiver.port}/\r\nSTOP")
    network = Network(rules=LOCAL, resolver=lambda *_: ["127.0.0.1"], seconds=5)

    assert isinstance(deliver(sent, number=1, tokens=TOKENS, network=network), Retry)
    [greeting] = heard
    assert greeting[:2] == b"\x16\x03"
    assert b"STOP" not in greeting


_HEADERS = {
    "host",
    "connection",
    "accept-encoding",
    "user-agent",
    "authorization",
    "content-type",
    "content-length",
    "x-plivo-signature-v3",
    "x-plivo-signature-ma-v3",
    "x-plivo-signature-v3-nonce",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
}
_BREAKS = st.one_of(
    st.sampled_from(["\r\nX-Injected: 1", "\n", "\r", "\r\n\r\nGET /admin HTTP/1.1\r\n", "\x00"]),
    st.sampled_from([" HTTP/1.1\r\nX: ", "\u010d\u010a", "%0d%0aX:1", "\t", "#", "?", "\\"]),
    st.text(max_size=10),
)
_TEXT = st.lists(_BREAKS, max_size=4).map("".join)


@settings(max_examples=60)
@given(path=_TEXT, query=_TEXT, method=st.sampled_from(["GET", "POST"]), name=_TEXT)
def test_no_url_adds_a_header_or_a_request(path: str, query: str, method: str, name: str) -> None:
    receiver = Receiver(answering(200))
    try:
        url = f"http://127.0.0.1{name and '.' + name}:{receiver.port}/{path}?{query}"
        sent = message(callback_url=url, callback_method=method)
        network = Network(rules=LOCAL, resolver=lambda *_: ["127.0.0.1"], seconds=10)

        outcome = deliver(sent, number=1, tokens=TOKENS, network=network)
    finally:
        receiver.close()

    # A name with a slash in it loses its port, and nobody listens at the usual one.
    assert isinstance(outcome, Delivered | Refused) or outcome == Retry("ConnectionRefusedError")
    assert len(receiver.requests) == receiver.connections == isinstance(outcome, Delivered)
    for request in receiver.requests:
        assert re.fullmatch(r"(GET|POST) /[!-~]* HTTP/1\.1", request.line)
        assert request.headers.keys() <= _HEADERS


def test_the_receiver_of_these_tests_is_one() -> None:
    """A receiver that takes no request would let all of them pass."""
    receiver = Receiver(silent)
    with socket.create_connection(("127.0.0.1", receiver.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX-Injected: 1\r\n\r\n")
        while not receiver.requests:
            time.sleep(0.01)
    receiver.close()

    assert "x-injected" in receiver.requests[0].headers
