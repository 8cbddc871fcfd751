"""What every carrier's adapter must do, judged by the simulator of that carrier."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import get_args

import pytest

from local.phone.plivo.xml import read_document
from local.phone.vonage.ncco import read_ncco
from maskline import carriers
from maskline.carriers import UnknownCarrierError, carrier
from maskline.carriers.request import CarrierRequest, MalformedWebhookError
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls import plan as call_plan
from maskline.domain.calls.plan import Announcement, CallPlan
from maskline.domain.phone_numbers import E164
from tests.support import builders
from tests.support.known_secret import known_secret
from tests.unit.carriers.webhook_requests import BASE_URL

AUDIO = "https://customer.example.com/a.mp3"
CALLEE, SHOWN = E164("+12025550102"), E164("+12025550199")
PLANS: list[CallPlan] = [
    call_plan.Dial(CALLEE, SHOWN, 45, 3600),
    call_plan.Dial(CALLEE, SHOWN, 45, 3600, AUDIO, has_whisper=True, record_format="mp3"),
    call_plan.Play(AUDIO),
    call_plan.Whisper(AUDIO),
    call_plan.Whisper(""),
    call_plan.CollectPin(AUDIO, 5),
    call_plan.CollectPin(AUDIO, 5, AUDIO, 3),
    *map(call_plan.Announce, Announcement),
    call_plan.Busy(),
    call_plan.HandOver("https://customer.example.com/answer"),
    call_plan.HangUp(),
]
# How the simulator of a carrier reads a document: it raises for what the carrier would not follow.
READERS: dict[str, Callable[[str, bytes], object]] = {
    "plivo": read_document,
    "vonage": read_ncco,
}


@pytest.fixture(autouse=True)
def _secret() -> Iterator[None]:
    with known_secret():
        yield


def urls_of(name: str) -> CallUrls:
    ids = (builders.MAIN_ID, builders.SESSION_UUID, builders.CALL_UUID, 1)
    return CallUrls(BASE_URL, name, *ids)


def account_of(name: str) -> CarrierAccount:
    secrets = dict.fromkeys(carrier(name).secrets, ("a secret",))
    api_url = carrier(name).api_url
    return builders.carrier_account(carrier=name, secrets=secrets, api_url=api_url)


def test_every_kind_of_plan_is_tried() -> None:
    assert {type(plan) for plan in PLANS} == {*get_args(CallPlan)}


@pytest.mark.parametrize("name", carriers.NAMES)
@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: type(plan).__name__)
def test_a_plan_is_written_as_the_carrier_reads_it(plan: CallPlan, name: str) -> None:
    document = carrier(name).render(plan, urls_of(name))

    assert READERS[name](document.content_type, document.body.encode())


@pytest.mark.parametrize("name", carriers.NAMES)
def test_a_number_is_dialled_with_the_virtual_number_shown(name: str) -> None:
    body = carrier(name).render(PLANS[0], urls_of(name)).body

    assert CALLEE.removeprefix("+") in body
    assert SHOWN.removeprefix("+") in body


@pytest.mark.parametrize("name", carriers.NAMES)
@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_an_empty_webhook_is_forged_and_nothing_that_makes_it_fail_otherwise(
    method: str, step: Step, name: str
) -> None:
    request = CarrierRequest(method, urls_of(name).to(step), BASE_URL, {})

    assert not carrier(name).is_genuine(request, account_of(name))
    with suppress(MalformedWebhookError):
        carrier(name).read(step, request, account_of(name))


@pytest.mark.parametrize("name", carriers.NAMES)
def test_an_adapter_says_what_it_is_called_and_what_it_must_be_told(name: str) -> None:
    adapter = carrier(name)

    assert adapter.name == name
    assert adapter.secrets
    assert adapter.api_url.startswith("https://")
    assert adapter.call_url(account_of(name), "call-1").startswith(adapter.api_url)
    given = adapter.application_urls(urls_of(name)).values()
    assert {url.partition("#")[0] for url in given} == {
        urls_of(name).to(step) for step in (Step.ANSWER, Step.HANGUP)
    }


@pytest.mark.parametrize("name", ["", "nobody", "adapter", "urls", "../plivo", "plivo.api"])
def test_nothing_else_is_a_carrier(name: str) -> None:
    with pytest.raises(UnknownCarrierError):
        carrier(name)
