"""A person who calls and is asked for a PIN, on the real engine."""

from dataclasses import dataclass, field
from itertools import count

from maskline.carriers import DEFAULT
from maskline.carriers.adapter import Inbound
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.plan import CallPlan, CollectPin
from maskline.domain.phone_numbers import E164, CallerId
from maskline.services.calls.answer import answer_call
from maskline.services.calls.collect_pin import PinEntry, collect_pin
from maskline.services.calls.kept_answer import Answer
from maskline.store.numbers.pool import get_number
from tests.support import builders
from tests.support.carriers import ScriptedCarrier

_CALLS = count(1)


@dataclass
class PinCaller:
    """One call. `entries` are the webhooks sent so far, so that a test can repeat them."""

    phone: E164 | None
    dialled: E164
    call_uuid: str = field(default_factory=lambda: f"pin-call-{next(_CALLS)}")
    others_live: bool = True
    answer: Answer | None = None
    entries: list[PinEntry] = field(default_factory=list)

    def dial(self) -> CallPlan:
        """The answer webhook."""
        call = Inbound(self.call_uuid, CallerId(self.phone), self.dialled)
        self.answer = answer_call(call, self._carrier, self._account)
        return self.answer.plan

    def enter(self, digits: str = "") -> CallPlan:
        """Digits at the prompt that was heard last, "" for none."""
        assert self.answer is not None
        assert isinstance(self.answer.plan, CollectPin)
        prompted = self.answer
        entry = PinEntry(prompted.session_uuid, self.call_uuid, prompted.pin_attempt, digits)
        return self.send(entry)

    def send(self, entry: PinEntry) -> CallPlan:
        """A webhook, maybe once more."""
        self.entries.append(entry)
        self.answer = collect_pin(entry, self._carrier, self._account)
        return self.answer.plan

    @property
    def _account(self) -> CarrierAccount:
        """At the carrier that rents out the number: it is the one that asks."""
        number = get_number(self.dialled)
        return builders.carrier_account(carrier=number.carrier if number else DEFAULT)

    @property
    def _carrier(self) -> ScriptedCarrier:
        return ScriptedCarrier(others_live=self.others_live)
