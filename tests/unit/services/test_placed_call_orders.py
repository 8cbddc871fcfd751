"""A call that we place, reported in any order: the same is told, once, and one leg is connected."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, combinations, permutations
from typing import Any

import pytest

from maskline.carriers import DEFAULT
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import CallOrder, OrderStatus, first_leg, order_of
from maskline.domain.calls.events import SessionEvent
from maskline.domain.calls.interaction import Interaction
from maskline.domain.calls.plan import CallPlan, Dial
from maskline.domain.calls.report import LegStatus, ReportKind
from maskline.domain.sessions.session import Session
from maskline.services.calls import follow_placed as follow_placed_call
from maskline.services.calls import overdue as overdue_calls
from maskline.services.calls import record as record_call
from maskline.store.calls.orders import OrderChange, OrderedCall
from tests.support import builders
from tests.support.builders import CALL_UUID, NOW
from tests.support.carriers import ScriptedCarrier

LEG, OTHER = CALL_UUID, "other"
FIRST_LEG = ("ring", "answer", "hangup")
CALLEE = ("callee answered", "callee ended", "dial over")
# Told of whoever picks up, and of the second party, who may have been dialled or not.
BEGINNING = ["SessionFirstPartyRing", "SessionFirstPartyAnswer", "SessionSecondPartyRing"]
CONVERSATION = [
    *BEGINNING,
    "SessionSecondPartyAnswer",
    "SessionSecondPartyHangup",
    "SessionFirstPartyHangup",
    "SessionPartiesHangup",
]
CUT_SHORT = [
    *BEGINNING,
    "SessionFirstPartyHangup",
    "SessionSecondPartyHangup",
    "SessionPartiesHangup",
]


class _Carrier(ScriptedCarrier):
    """It knows which legs of a story are up."""

    def __init__(self, story: "Story") -> None:
        super().__init__()
        self._story = story

    def is_alive(self, account: CarrierAccount, call_uuid: str) -> bool:
        return self._story.is_up(call_uuid)


class Story:
    """A claimed order and its carrier. It stands in for the table, one webhook after the other."""

    def __init__(self) -> None:
        terms = builders.terms(initiates_call=True)
        self.now = NOW
        self.session: Session = builders.session(terms=terms)
        due = order_of(self.session)
        assert due is not None
        self.order = CallOrder(due.session_uuid, OrderStatus.CLAIMED, due.deadline, "claim")
        self.legs: dict[str, Interaction] = {}
        self.told: list[str] = []
        self.hung_up: set[str] = set()
        self.plans: dict[str, list[CallPlan]] = {}

    def read_order(self, session_uuid: str, call_uuid: str = "") -> OrderedCall:
        assert session_uuid == self.session.session_uuid
        known = self.legs.get(call_uuid or self.order.call_uuid)
        return OrderedCall(self.session, self.order, known)

    def save_order(
        self,
        call: tuple[Session, Interaction],
        told: tuple[SessionEvent, ...],
        *,
        change: OrderChange,
        now: int,
    ) -> None:
        assert change.before == self.order
        self.order = change.after
        self.save_call(call, told, now=now)

    def settle(self, ordered: OrderedCall) -> None:
        self.order = ordered.order.after(ordered.order.call_uuid, settles=True)

    def read_call(self, session_uuid: str, call_uuid: str) -> tuple[Session, Interaction] | None:
        assert session_uuid == self.session.session_uuid
        return (self.session, self.legs[call_uuid]) if call_uuid in self.legs else None

    def save_call(
        self,
        call: tuple[Session, Interaction],
        told: tuple[SessionEvent, ...],
        _more: Sequence[object] = (),
        *,
        now: int,
    ) -> None:
        assert now == self.now
        self.session, interaction = call
        self.legs[interaction.call_uuid] = interaction
        self.told += [event.name for event in told]

    def list_overdue(self, now: int, _shards: Iterable[int]) -> Iterator[tuple[str, str]]:
        uuid = self.session.session_uuid
        if self.order.status is not OrderStatus.OVER and self.order.deadline <= now:
            yield uuid, ""
        for call_uuid, leg in tuple(self.legs.items()):
            if leg.overdue_at is not None and leg.overdue_at <= now:
                yield uuid, call_uuid

    def hear(self, name: str, leg: str = LEG) -> None:
        """One of the carrier's webhooks, by its name."""
        uuid = self.session.session_uuid
        match name:
            case "answer":
                plan = follow_placed_call.answer_first_leg(
                    uuid, leg, _Carrier(self), builders.carrier_account()
                )
                self.plans.setdefault(leg, []).append(plan)
            case "ring":
                self._first_leg(first_leg(ReportKind.RINGING, leg))
            case "hangup":
                self.hung_up.add(leg)
                self._first_leg(builders.caller_ended(leg_uuid=leg))
            case "busy":
                unmet = {"duration_seconds": 0, "billed_seconds": 0}
                self._first_leg(builders.caller_ended(LegStatus.BUSY, leg_uuid=leg, **unmet))
            case "callee answered":
                self._callee(builders.answered(), leg)
            case "callee ended":
                self._callee(builders.callee_ended(), leg)
            case "dial over":
                self._callee(builders.dial_over(), leg)

    def _first_leg(self, report: Any) -> None:
        uuid = self.session.session_uuid
        assert follow_placed_call.record_first_leg(uuid, report, DEFAULT)

    def _callee(self, report: Any, leg: str) -> None:
        place = (self.session.session_uuid, leg)
        assert record_call.record_report(*place, report)

    def is_up(self, leg: str) -> bool:
        return leg not in self.hung_up

    def sweep_later(self) -> None:
        self.now += 3_600_000
        swept = overdue_calls.give_up_overdue_calls()
        assert swept.failed == 0

    def is_connected(self, leg: str) -> bool:
        return any(isinstance(plan, Dial) for plan in self.plans.get(leg, []))

    @property
    def outcome(self) -> tuple[Session, dict[str, Interaction], Counter[str]]:
        return self.session, self.legs, Counter(self.told)


Begin = Callable[[], Story]


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Begin:
    def start() -> Story:
        story = Story()
        monkeypatch.setattr("maskline.clock.now_ms", lambda: story.now)
        for module, name, stand_in in (
            ("calls.orders", "read", story.read_order),
            ("calls.orders", "save", story.save_order),
            ("calls.orders", "settle", story.settle),
            ("calls.reports", "read_call", story.read_call),
            ("calls.reports", "save_call", story.save_call),
            ("calls.reports", "list_overdue", story.list_overdue),
        ):
            monkeypatch.setattr(f"maskline.store.{module}.{name}", stand_in)
        # The carrier has no record that says more than it has reported.
        for name in ("end_call", "read_record"):
            monkeypatch.setattr(overdue_calls, name, lambda *_: None)
        return story

    return start


def lived(begin: Begin, webhooks: Iterable[str], *, repeated: bool = False) -> Story:
    """What becomes of it in the end. `repeated`: the carrier says all again after each webhook."""
    story = begin()
    heard: list[str] = []
    for name in webhooks:
        heard.append(name)
        story.hear(name)
        for again in heard if repeated else ():
            story.hear(again)
    story.sweep_later()
    return story


def carried_out(order: tuple[str, ...]) -> bool:
    """Whether it can be: only a leg that is up when it gets its document dials with it."""
    return all(order.index("answer") < order.index(name) for name in (*CALLEE, "hangup"))


def assert_in_order_of_life(told: list[str]) -> None:
    """No party answers before the ring or hangs up before the answer, and the sum comes last."""
    assert told[-1] == "SessionPartiesHangup"
    first = [name for name in told if name.startswith("SessionFirst")]
    assert first == [name for name in CONVERSATION if name in first]
    assert told.index("SessionSecondPartyRing") < told.index("SessionSecondPartyHangup")


CONVERSATIONS = list(filter(carried_out, permutations((*FIRST_LEG, *CALLEE))))


@pytest.mark.parametrize("repeated", [False, True])
def test_a_conversation_is_the_same_in_every_order(begin: Begin, repeated: bool) -> None:
    expected = lived(begin, (*FIRST_LEG[:2], *CALLEE, "hangup"))
    assert expected.told == CONVERSATION
    assert len(CONVERSATIONS) == 6 * 24

    for order in CONVERSATIONS:
        story = lived(begin, order, repeated=repeated)

        assert story.outcome == expected.outcome, order
        assert_in_order_of_life(story.told)
        assert story.session.live_call is None


@pytest.mark.parametrize("repeated", [False, True])
def test_who_hangs_up_at_once_is_told_of_alike_in_every_order(begin: Begin, repeated: bool) -> None:
    """The very sequence, though in half of the orders nobody was dialled any more."""
    expected = lived(begin, FIRST_LEG)
    assert expected.told == CUT_SHORT

    for order in permutations(FIRST_LEG):
        story = lived(begin, order, repeated=repeated)

        assert (story.outcome, story.told) == (expected.outcome, CUT_SHORT), order
        is_late = order.index("hangup") < order.index("answer")
        assert story.is_connected(LEG) is not is_late
        assert story.session.live_call is None


def test_with_webhooks_lost_the_order_of_the_others_makes_no_difference(begin: Begin) -> None:
    survivors = chain.from_iterable(combinations(FIRST_LEG, size) for size in (1, 2))

    for kept in survivors:
        outcomes = [lived(begin, order) for order in permutations(kept)]

        assert all(story.outcome == outcomes[0].outcome for story in outcomes), kept
        if "hangup" in kept:
            assert {story.told[-1] for story in outcomes} == {"SessionPartiesHangup"}


def test_who_does_not_pick_up_is_told_of_at_once(begin: Begin) -> None:
    expected = lived(begin, ("ring", "busy"))
    for order in permutations(("ring", "busy")):
        assert lived(begin, order).outcome == expected.outcome

    story = begin()
    story.hear("busy")
    assert story.told == ["SessionFirstPartyHangup", "SessionPartiesHangup"]


TWO_LEGS = [(name, leg) for leg in (LEG, OTHER) for name in FIRST_LEG]


def test_of_two_legs_the_first_that_answers_and_is_up_is_connected(begin: Begin) -> None:
    """Every interleaving of a call that the carrier made twice of one request.

    The legs differ by their names only: whichever is heard of first is called LEG.
    """
    for order in permutations(TWO_LEGS):
        if order[0][1] != LEG:
            continue
        story = begin()
        winner = None
        for name, leg in order:
            if name == "answer" and winner is None and story.is_up(leg):
                winner = leg
            story.hear(name, leg)
            story.hear(name, leg)
            assert story.order.status is (OrderStatus.OVER if winner else OrderStatus.CLAIMED)
        assert {leg for leg in (LEG, OTHER) if story.is_connected(leg)} == {winner} - {None}, order

        story.sweep_later()

        assert story.order.status is OrderStatus.OVER
        assert story.session.totals.call_count == 2
        told = Counter(story.told)
        assert told["SessionFirstPartyHangup"] == told["SessionPartiesHangup"] == 2, order
        assert story.session.live_call is None


def test_a_leg_that_was_told_sorry_is_not_connected_by_a_repetition(begin: Begin) -> None:
    story = begin()
    for name, leg in (("answer", OTHER), ("answer", LEG), ("hangup", OTHER), ("dial over", OTHER)):
        story.hear(name, leg)

    story.hear("answer", LEG)
    story.hear("answer", OTHER)

    assert not story.is_connected(LEG)
    assert [isinstance(plan, Dial) for plan in story.plans[OTHER]] == [True, False]
