"""A carrier's API that answers nonsense, or cannot be asked at all, is no answer and no failure."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import pytest

from maskline import carriers
from maskline.carriers import carrier
from maskline.carriers.desk import CarrierApiError, RentedNumber, desk
from maskline.carriers.urls import CallUrls
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.domain.calls.report import CallReport
from tests.support import builders
from tests.support.known_secret import known_secret
from tests.unit.callbacks.receiver import Receiver, answering

CALL = OutboundCall(builders.virtual(0), builders.party(0), 60, 1860)
ODD = (None, True, 1, 1.5, "text", [], [1], [None], ["text"], {}, {"data": 1}, [[1]])
FIELDS = (
    *("status", "price", "price_unit", "duration", "data", "call_status", "sip_status", "meta"),
    *("incoming_phone_numbers", "next_page_uri", "numbers", "count", "objects", "api_id"),
    *("capabilities", "links", "total_count", "error-code", "application_sid", "bill_duration"),
)
NONSENSE = {
    "empty": b"",
    "html": b"<html><body>Service temporarily unavailable</body></html>",
    "text": b'"completed"',
    "null": b"null",
    "number": b"1e999",
    "list": b"[1, null, [], {}]",
    "cut off": b'{"status": "completed", "pri',
    "no utf-8": b'{"status": "\xff\xfe"}',
    "deep list": b"[" * 200_000,
    "deep object": b'{"data":' * 100_000,
    "long number": b'{"status": ' + b"9" * 10_000 + b"}",
    "no numbers": b'{"status": NaN, "price": -Infinity, "count": NaN, "total_count": Infinity}',
    **{f"all {json.dumps(odd)}": json.dumps(dict.fromkeys(FIELDS, odd)).encode() for odd in ODD},
    **{
        f"pages of {json.dumps(odd)}": json.dumps(
            {
                "incoming_phone_numbers": [odd],
                "data": [odd],
                "numbers": [odd],
                "objects": [odd],
                "meta": {"total_pages": odd, "total_count": odd},
                "count": odd,
            }
        ).encode()
        for odd in ODD
    },
}


@pytest.fixture
def answers(
    deployment: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[bytes], Receiver]]:
    started: list[Receiver] = []

    def start(body: bytes) -> Receiver:
        started.append(Receiver(answering(200, body)))
        return started[-1]

    monkeypatch.setattr("time.sleep", lambda _: None)
    with known_secret():
        yield start
    for receiver in started:
        receiver.close()


def urls(name: str) -> CallUrls:
    return CallUrls("https://m.example", name, builders.MAIN_ID, builders.SESSION_UUID)


def account(name: str, api_url: str) -> CarrierAccount:
    secrets = dict.fromkeys(carrier(name).secrets, ("a-secret",))
    known = builders.carrier_account(carrier=name, secrets=secrets, api_url=api_url)
    return replace(known, auth_id="an-account")


def everything_but_placing(name: str, known: CarrierAccount) -> None:
    asked = carrier(name)
    assert asked.is_alive(known, builders.CALL_UUID) in (True, False, None)
    found = asked.record(known, builders.CALL_UUID)
    assert found is None or isinstance(found, CallReport)
    asked.end(known, builders.CALL_UUID)
    try:
        listed = list(islice(desk(name).rented(known, urls(name)), 10_000))
    except CarrierApiError:
        return
    assert all(isinstance(one, RentedNumber) for one in listed)
    assert len(listed) < 10_000


@pytest.mark.parametrize("name", carriers.NAMES)
@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_no_failure(
    name: str, body: bytes, answers: Callable[[bytes], Receiver]
) -> None:
    known = account(name, answers(body).url)

    everything_but_placing(name, known)

    assert carrier(name).place(known, CALL, urls(name)) is Placement.ACCEPTED


@pytest.mark.parametrize("name", carriers.NAMES)
@pytest.mark.parametrize("kind", ["empty", "html", "text", "null", "number", "cut off"])
def test_nonsense_is_not_a_list_without_numbers(
    name: str, kind: str, answers: Callable[[bytes], Receiver]
) -> None:
    known = account(name, answers(NONSENSE[kind]).url)

    with pytest.raises(CarrierApiError):
        list(desk(name).rented(known, urls(name)))


@pytest.mark.parametrize("name", carriers.NAMES)
@pytest.mark.parametrize(
    "api_url",
    ["http://127.0.0.1:99999", "http://[::1", "http://127.0.0.1 x", "http://", "nowhere", ""],
)
def test_an_address_that_is_none_is_no_failure(name: str, api_url: str, answers: object) -> None:
    known = account(name, api_url)

    everything_but_placing(name, known)

    unsent = (Placement.UNREACHABLE, Placement.UNKNOWN, Placement.REFUSED)
    assert carrier(name).place(known, CALL, urls(name)) in unsent


@pytest.mark.parametrize("name", carriers.NAMES)
@pytest.mark.parametrize("secret", ["line\nbreak", "snow ☃", " "])
def test_a_secret_that_no_header_takes_is_no_failure(
    name: str, secret: str, answers: Callable[[bytes], Receiver]
) -> None:
    known = account(name, answers(b"{}").url)
    odd = replace(known, secrets=dict.fromkeys(known.secrets, (secret,)))

    everything_but_placing(name, odd)

    assert isinstance(carrier(name).place(odd, CALL, urls(name)), Placement)
