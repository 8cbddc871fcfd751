"""One attempt against real servers, kind and unkind."""

import logging
import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from maskline.callbacks.delivery import Delivered, Delivery, Network, Refused, Retry, deliver
from maskline.domain.sessions.callback_urls import TargetRules
from maskline.wire.outbound import HttpRequest, send
from tests.unit.callbacks.callback_messages import TOKENS, message
from tests.unit.callbacks.receiver import (
    Behaviour,
    Dripping,
    Flooding,
    Receiver,
    answering,
    broken_headers,
    dripping_body,
    dripping_handshake,
    dripping_headers,
    dripping_interim_answers,
    flooding_body,
    flooding_gzip,
    flooding_header,
    flooding_headers,
    flooding_status_line,
    garbage,
    hanging_up,
    silent,
)
from tests.unit.callbacks.trust import Authority

Start = Callable[..., Receiver]
HOST = "hooks.customer.example"
LOCAL = TargetRules(allow_loopback=True)
IMPATIENT = Network(rules=LOCAL, seconds=0.5)
ENDURED_BYTES = 64 * 2**20


def _deliver(url: str, *, method: str = "POST", network: Network | None = None) -> Delivery:
    sent = message(callback_url=url, callback_method=method)
    return deliver(
        sent, number=1, tokens=TOKENS, network=network or Network(rules=LOCAL, seconds=2)
    )


def _resolver(*answers: Sequence[str]) -> Callable[[str, int], Sequence[str]]:
    """Each resolution gets the next answer."""
    left: Iterator[Sequence[str]] = iter(answers)
    return lambda _host, _port: next(left)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_a_2xx_is_success(status: int, receive: Start) -> None:
    receiver = receive(answering(status))

    assert _deliver(f"{receiver.url}/status?tenant=7") == Delivered(f"HTTP {status}")
    (request,) = receiver.requests
    assert request.line == "POST /status?tenant=7 HTTP/1.1"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert ("EventName", "SessionSecondPartyRing") in request.form


@pytest.mark.parametrize("target", ["/caf%c3%a9?x=%2f", "/100%?list[]=a|b", "//a//b?"])
def test_the_target_is_sent_as_it_was_signed(target: str, receive: Start) -> None:
    """A receiver verifies the URL in its own spelling."""
    receiver = receive(answering(200))

    send(HttpRequest("POST", f"{receiver.url}{target}", {}, b""), seconds=2)

    assert receiver.requests[0].target == target.removesuffix("?")


def test_no_log_line_names_the_url(receive: Start, caplog: pytest.LogCaptureFixture) -> None:
    """An HTTP library may have its own words for an answer whose headers are broken."""
    caplog.set_level(logging.DEBUG)
    receiver = receive(broken_headers)

    assert _deliver(f"{receiver.url}/secret-path") == Delivered("HTTP 200")
    assert "callback attempted" in caplog.text
    assert not re.search(f"secret-path|127.0.0.1|{receiver.port}", caplog.text)


def test_a_get_carries_the_event_in_its_query(receive: Start) -> None:
    receiver = receive(answering(200))

    assert isinstance(_deliver(f"{receiver.url}?tenant=7", method="GET"), Delivered)
    (request,) = receiver.requests
    assert request.method == "GET"
    assert request.query[:2] == [("tenant", "7"), ("EventName", "SessionSecondPartyRing")]
    assert request.body == b""


@pytest.mark.parametrize("status", [300, 301, 307, 400, 403, 404, 410, 429, 500, 503])
def test_anything_else_is_tried_again(status: int, receive: Start) -> None:
    receiver = receive(answering(status))

    assert _deliver(receiver.url) == Retry(f"HTTP {status}")


def test_a_redirect_is_not_followed(receive: Start) -> None:
    elsewhere = receive(answering(200))
    receiver = receive(answering(302, Location=f"{elsewhere.url}/status"))

    assert _deliver(receiver.url) == Retry("HTTP 302")
    assert elsewhere.connections == 0


def test_retry_after_is_passed_on(receive: Start) -> None:
    receiver = receive(answering(503, Retry_After="120"))

    assert _deliver(receiver.url) == Retry("HTTP 503", asked_seconds=120)


def test_silence_is_cut_off(receive: Start) -> None:
    """The receiver hangs up after a minute, which would be another outcome."""
    receiver = receive(silent)

    assert _deliver(receiver.url, network=IMPATIENT) == Retry("no answer in time")


@pytest.mark.parametrize("behaviour", [dripping_headers, dripping_interim_answers])
def test_a_slow_answer_is_cut_off(behaviour: Callable[[], Dripping], receive: Start) -> None:
    dripping = behaviour()
    receiver = receive(dripping)

    assert _deliver(receiver.url, network=IMPATIENT) == Retry("no answer in time")
    assert dripping.was_cut_off


def test_nothing_is_sent_after_a_resolver_that_took_all_the_time(receive: Start) -> None:
    receiver = receive(answering(200))

    def resolver(_host: str, _port: int) -> Sequence[str]:
        time.sleep(0.02)
        return ["127.0.0.1"]

    network = Network(rules=LOCAL, resolver=resolver, seconds=0.01)

    assert _deliver(receiver.url, network=network) == Retry("no answer in time")
    assert receiver.connections == 0


def test_a_slow_handshake_is_cut_off(authority: Authority, receive: Start) -> None:
    dripping = dripping_handshake()
    receiver = receive(dripping, speaks_http=False)
    network = Network(
        rules=LOCAL,
        resolver=_resolver(["127.0.0.1"]),
        trust=authority.client_context(),
        seconds=0.5,
    )

    outcome = _deliver(f"https://{HOST}:{receiver.port}/", network=network)

    assert outcome == Retry("no answer in time")
    assert dripping.was_cut_off


def test_the_status_decides_however_slow_the_body(receive: Start) -> None:
    dripping = dripping_body()
    receiver = receive(dripping)

    assert _deliver(receiver.url, network=IMPATIENT) == Delivered("HTTP 200")
    assert dripping.was_cut_off


@pytest.mark.parametrize("behaviour", [flooding_body, flooding_gzip])
def test_the_status_decides_however_long_the_body(
    behaviour: Callable[[], Flooding], receive: Start
) -> None:
    """Nor is it unpacked: what is taken of it is less than the buffers of the two sockets."""
    flooding = behaviour()
    receiver = receive(flooding)

    assert _deliver(receiver.url) == Delivered("HTTP 200")
    assert flooding.given < ENDURED_BYTES


@pytest.mark.parametrize("behaviour", [flooding_status_line, flooding_header, flooding_headers])
def test_a_head_without_end_is_tried_again(
    behaviour: Callable[[], Flooding], receive: Start
) -> None:
    flooding = behaviour()
    receiver = receive(flooding)

    assert isinstance(_deliver(receiver.url), Retry)
    assert flooding.given < ENDURED_BYTES


@pytest.mark.parametrize("behaviour", [garbage, hanging_up])
def test_a_broken_answer_is_tried_again(behaviour: Behaviour, receive: Start) -> None:
    assert isinstance(_deliver(receive(behaviour).url), Retry)


def test_nobody_there_is_tried_again(receive: Start) -> None:
    receiver = receive(answering(200))
    receiver.close()

    assert _deliver(receiver.url) == Retry("ConnectionRefusedError")


def test_an_unknown_host_is_tried_again() -> None:
    def resolver(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such host")

    network = Network(rules=LOCAL, resolver=resolver, seconds=1)

    assert _deliver("https://customer.example/", network=network) == Retry("OSError")


def test_https_goes_to_the_checked_address_under_the_hosts_name(
    authority: Authority, receive: Start
) -> None:
    receiver = receive(answering(204), tls=authority.server_context(HOST))
    network = Network(
        rules=LOCAL,
        resolver=_resolver(["127.0.0.1"]),
        trust=authority.client_context(),
        seconds=3,
    )

    outcome = _deliver(f"https://{HOST}:{receiver.port}/status", network=network)

    assert outcome == Delivered("HTTP 204")
    assert receiver.names_asked_for == [HOST]
    assert receiver.requests[0].headers["host"] == f"{HOST}:{receiver.port}"


@pytest.mark.parametrize("trusted", [False, True])
def test_a_certificate_must_be_the_hosts_and_trusted(
    *, trusted: bool, authority: Authority, receive: Start
) -> None:
    certified_name = HOST if not trusted else "other.example"
    receiver = receive(answering(204), tls=authority.server_context(certified_name))
    trust = authority.client_context() if trusted else ssl.create_default_context()
    network = Network(rules=LOCAL, resolver=_resolver(["127.0.0.1"]), trust=trust, seconds=3)

    outcome = _deliver(f"https://{HOST}:{receiver.port}/", network=network)

    assert outcome == Retry("SSLCertVerificationError")
    assert receiver.requests == []


def test_a_private_address_is_refused_without_a_connection(receive: Start) -> None:
    receiver = receive(answering(200))
    network = Network(rules=TargetRules(), resolver=_resolver(["127.0.0.1"]))

    outcome = _deliver(f"https://{HOST}:{receiver.port}/", network=network)

    assert outcome == Refused("not a public address")
    assert receiver.connections == 0


def test_a_name_that_changes_its_mind_is_asked_once(authority: Authority, receive: Start) -> None:
    receiver = receive(answering(204), tls=authority.server_context(HOST))
    network = Network(
        rules=LOCAL,
        resolver=_resolver(["127.0.0.1"], ["169.254.169.254"]),
        trust=authority.client_context(),
        seconds=3,
    )
    url = f"https://{HOST}:{receiver.port}/"

    assert _deliver(url, network=network) == Delivered("HTTP 204")
    assert _deliver(url, network=network) == Refused("not a public address")


def test_the_next_address_is_tried_if_one_does_not_answer(receive: Start) -> None:
    receiver = receive(answering(200))
    network = Network(rules=LOCAL, resolver=_resolver(["::1", "127.0.0.1"]), seconds=3)

    outcome = _deliver(f"http://{HOST}:{receiver.port}/", network=network)

    assert outcome == Delivered("HTTP 200")


def test_http_is_refused_in_a_real_deployment(receive: Start) -> None:
    receiver = receive(answering(200))

    assert _deliver(receiver.url, network=Network()) == Refused("not https")
    assert receiver.connections == 0


def test_nothing_is_sent_that_nobody_can_vouch_for(receive: Start) -> None:
    receiver = receive(answering(200))
    sent = message(callback_url=receiver.url)

    outcome = deliver(sent, number=1, tokens=(), network=Network(rules=LOCAL))

    assert outcome == Refused("no account to sign for")
    assert receiver.connections == 0
