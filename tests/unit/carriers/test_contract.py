"""What every carrier's adapter must do, judged by the simulator of that carrier."""

from collections.abc import Iterator
from contextlib import suppress
from typing import get_args

import pytest

from local.phone.dialects import DIALECTS
from local.phone.webhooks import Delivery, Kind, Webhook
from maskline import carriers
from maskline.carriers import UnknownCarrierError, carrier
from maskline.carriers.adapter import Document
from maskline.carriers.request import CarrierRequest, MalformedWebhookError
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls import plan as call_plan
from maskline.domain.calls.plan import Announcement, CallPlan
from maskline.domain.phone_numbers import E164
from tests.support import builders
from tests.support.known_secret import known_secret
from tests.unit.carriers.twiml import published
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


def read_document(name: str, plan: CallPlan, document: Document) -> object:
    """By the rules of the carrier's simulator and, of the XML family, by the published names."""
    body = document.body.encode()
    if name in TWIML:
        published.read(name, document.content_type, body)
    kind: Kind = "confirm" if isinstance(plan, call_plan.Whisper) else "answer"
    webhook = Webhook(kind, "POST", BASE_URL, {})
    return DIALECTS[name].read(kind, Delivery(webhook, 200, document.content_type, body))


TWIML = ("signalwire", "telnyx", "twilio")


@pytest.fixture(autouse=True)
def _secret() -> Iterator[None]:
    with known_secret():
        yield


def urls_of(name: str) -> CallUrls:
    ids = (builders.MAIN_ID, builders.SESSION_UUID, builders.CALL_UUID, 1)
    return CallUrls(BASE_URL, name, *ids)


def account_of(name: str) -> CarrierAccount:
    secrets = dict.fromkeys(carrier(name).secrets, ("a secret",))
    api_url = carrier(name).api_url or "https://customer.carrier.example"
    return builders.carrier_account(carrier=name, secrets=secrets, api_url=api_url)


def test_every_kind_of_plan_is_tried() -> None:
    assert {type(plan) for plan in PLANS} == {*get_args(CallPlan)}


@pytest.mark.parametrize("name", carriers.NAMES)
@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: type(plan).__name__)
def test_a_plan_is_written_as_the_carrier_reads_it(plan: CallPlan, name: str) -> None:
    document = carrier(name).render(plan, urls_of(name))

    assert read_document(name, plan, document) is not None


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
    # "" where every customer of the carrier has an address of their own.
    assert adapter.api_url == "" or adapter.api_url.startswith("https://")
    account = account_of(name)
    assert adapter.call_url(account, "call-1").startswith(account.api_url)
    given = adapter.application_urls(urls_of(name)).values()
    assert {url.partition("#")[0] for url in given} == {
        urls_of(name).to(step) for step in (Step.ANSWER, Step.HANGUP)
    }


@pytest.mark.parametrize("name", ["", "nobody", "adapter", "urls", "../plivo", "plivo.api"])
def test_nothing_else_is_a_carrier(name: str) -> None:
    with pytest.raises(UnknownCarrierError):
        carrier(name)
