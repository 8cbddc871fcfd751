"""The carrier in tests: its URLs for an account, and one that answers what a test says."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType

import pytest

from maskline import carriers
from maskline.carriers import DEFAULT, carrier
from maskline.carriers.plivo import Plivo
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement


def application_urls(base_url: str, account_id: str) -> dict[str, str]:
    """What the carrier's application is told: answer_url and hangup_url, whole."""
    return dict(carrier(DEFAULT).application_urls(CallUrls(base_url, DEFAULT, account_id)))


def answer_url(base_url: str, account_id: str) -> str:
    """The answer URL as the carrier requests it."""
    return CallUrls(base_url, DEFAULT, account_id).to(Step.ANSWER)


def hangup_url(base_url: str, account_id: str) -> str:
    """The hangup URL as the carrier requests it."""
    return CallUrls(base_url, DEFAULT, account_id).to(Step.HANGUP)


@dataclass
class ScriptedCarrier(Plivo):
    """`others_live` is what it says of other calls, `placement` of a call that it is to place.

    `meanwhile` happens as it is asked to.
    """

    others_live: bool = True
    placement: Placement = Placement.ACCEPTED
    meanwhile: Callable[[], object] = lambda: None
    asked: list[tuple[CarrierAccount, str]] = field(default_factory=list)
    placed: list[tuple[CarrierAccount, OutboundCall, CallUrls]] = field(default_factory=list)

    def is_alive(self, account: CarrierAccount, call_uuid: str) -> bool:
        self.asked.append((account, call_uuid))
        return self.others_live

    def place(self, account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Placement:
        self.placed.append((account, call, urls))
        self.meanwhile()
        return self.placement


OTHER = "other"


class OtherCarrier(ScriptedCarrier):
    """A second carrier, which speaks as the first and has other words for its credentials."""

    name = OTHER
    api_url = "https://api.other.example"
    account_name = "project_id"
    secrets = ("signing_key",)


def install_other(monkeypatch: pytest.MonkeyPatch) -> OtherCarrier:
    """Have the deployment know a second carrier."""
    other = OtherCarrier()
    module = ModuleType(f"maskline.carriers.{OTHER}")
    module.CARRIER = other  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(carriers, "NAMES", (DEFAULT, OTHER))
    carrier.cache_clear()
    return other
