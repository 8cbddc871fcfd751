"""A person who calls and is asked for a PIN, on the real engine."""

from dataclasses import dataclass, field
from itertools import count

from maskline.domain.call_plan import CallPlan, CollectPin
from maskline.domain.phone_numbers import E164, CallerId
from maskline.services.answer_call import Caller, answer_call
from maskline.services.collect_pin import PinEntry, collect_pin
from maskline.services.kept_answer import Answer
from maskline.store.dialled import read_dialled
from tests.builders import MAIN_ID

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
        facts = read_dialled(CallerId(self.phone), self.dialled)
        caller = Caller(self.call_uuid, facts)
        self.answer = answer_call(caller, is_alive=lambda _: self.others_live)
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
        self.answer = collect_pin(
            entry, authenticate=_genuine, is_alive=lambda *_: self.others_live
        )
        return self.answer.plan


def _genuine(account_id: str | None) -> None:
    assert account_id in {None, MAIN_ID}
