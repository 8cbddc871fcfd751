"""A day of every operation on a warm service. Each step checks that it was what its name says."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import count, islice
from typing import Any
from unittest.mock import patch

from bench.counting.cost import Cost
from bench.counting.counted_service import CountedService
from local.aws.template import ROOT
from local.phone.placed import Outgoing, place
from local.phone.steps import SimulatedCall
from maskline.carriers.plivo import Plivo
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.report import CallReport
from maskline.domain.numbers.pool import RELEASE_WAIT_MS
from maskline.services.calls import carrier_records
from maskline.services.calls.record import record_hangup, record_report
from maskline.store import keys
from maskline.store.codec import decode, encode
from tests.support import builders
from tests.support.scenario import Scenario, number_path, parties
from tests.unit.callbacks import callback_messages

Row = tuple[str, Cost]
LATE_PRICE = "Sweep: what one call cost is known by now"

# Sessions that a busy party is in, that a page shows, and that a sweep finds over.
MANY = 20
_POOL = tuple(f"+442079460{index:03d}" for index in range(MANY + 2))
_NEW_NUMBERS = tuple(f"+442079460{index:03d}" for index in range(500, 511))
_AUDIO = "https://customer.example.com/audio.mp3"
_OPTIONS = {"callback_url": "https://customer.example.com/masking"}
_PINS = {"is_pin_authentication_required": True, "pin_prompt_play": _AUDIO}
_LONE = {"create_session_with_single_party": True}
_EVENTS = {
    "DialAnswer": "Event: callee answers",
    "DialConnected": "Event: callee is put through",
    "DialHangup": "Event: callee's leg is over",
    "hangup": "Event: caller's leg is over",
    "confirm": "Event: what the callee is to hear",
    "action": "Event: dialling is over",
    "recording": "Event: recording is ready",
    "ring": "Placed call: first party's phone rings",
    "answer": "Placed call: first party answers",
}
_KEY = {"Idempotency-Key": "order-4711"}


class _Pricing(Plivo):
    """A carrier that knows by now what a leg cost."""

    def record(self, account: CarrierAccount, leg_uuid: str) -> CallReport:  # noqa: ARG002
        return builders.callee_ended(leg_uuid=leg_uuid, amount=Decimal("0.01"))


class Day:
    """Its rows are what each step cost, by the name that the table gives it."""

    def __init__(self, service: CountedService) -> None:
        self._service = service
        self._scenario = Scenario(service)
        self._people = (f"+447700900{index:03d}" for index in count())
        self._parties: dict[str, tuple[str, str]] = {}
        self._calls: list[SimulatedCall] = []

    def rows(self) -> Iterator[Row]:
        self._open()
        for steps in (
            self._creates,
            self._replayed_create,
            self._creates_of_a_busy_party,
            self._answers,
            self._answers_to_strangers,
            self._pin_calls,
            self._events_of_a_call,
            self._placed_call,
            self._reads_and_changes,
            self._numbers,
            self._deliveries,
            self._sweeps,
        ):
            yield from steps()

    def events_told(self, name: str) -> int:
        """Count the events that the session of that name told its customer."""
        session_uuid = self._scenario.created[name]["session_uuid"]
        item = self._service.engine.client("dynamodb").get_item(
            TableName=self._service.engine.table_name, Key=encode(keys.session(session_uuid))
        )["Item"]
        return int(item["sequence"]["N"])

    def _open(self) -> None:
        """Accounts and numbers; and then each function's warm copy has read what it keeps."""
        self._scenario.provision()
        self._scenario.api("POST", "Number/", {"numbers": ",".join(_POOL)}, expected=202)
        self._create("first of all")
        self._ring("first of all").answer().hangup()

    # --- Creating ---------------------------------------------------------------------------------

    def _creates(self) -> Iterator[Row]:
        yield self._created("shared")
        yield self._created("per_party", virtual_number_strategy="per_party")
        yield self._created("PINs", generate_pin=True, **_PINS)
        yield self._created("single party", second="", **_LONE)
        yield self._created("the carrier is to call", initiate_call_to_first_party=True)
        yield self._created("sticky", sticky=True)

    def _created(self, what: str, **options: Any) -> Row:
        cost = self._service.cost(lambda: self._create(what, **options))
        return f"Create: {what}", cost

    def _create(
        self, name: str, *, first: str | None = None, second: str | None = None, **options: Any
    ) -> None:
        strangers = self._strangers(2)
        pair = (
            strangers[0] if first is None else first,
            strangers[1] if second is None else second,
        )
        self._parties[name] = pair
        # One after the other: a list of sessions of one instant would be in the order of dice.
        self._service.advance(1)
        self._scenario.create(name, *pair, **(_OPTIONS | options))

    def _strangers(self, number: int) -> list[str]:
        return list(islice(self._people, number))

    def _replayed_create(self) -> Iterator[Row]:
        body = parties(*self._strangers(2)) | _OPTIONS

        def create() -> None:
            self._scenario.api("POST", "Masking/Session/", body, headers=_KEY, expected=201)

        yield "Create: with an idempotency key", self._service.cost(create)
        yield "Create: the same again", self._service.cost(create)

    def _creates_of_a_busy_party(self) -> Iterator[Row]:
        [busy] = self._strangers(1)
        for index in range(MANY):
            self._create(f"busy {index}", first=busy)
        yield self._created(f"shared, one party in {MANY} live sessions", first=busy)
        last = f"shared, one party in {MANY} live sessions"
        yield self._answered(f"party in {MANY} live sessions", last)
        self._create("the last number", first=busy)
        [other] = self._strangers(1)
        refused = parties(busy, other)
        cost = self._service.cost(
            lambda: self._scenario.api("POST", "Masking/Session/", refused, expected=400)
        )
        yield f"Create: refused, all {len(_POOL)} numbers taken", cost

    # --- Calls ------------------------------------------------------------------------------------

    def _ring(self, name: str, caller: str | None = None) -> SimulatedCall:
        who = self._parties[name][0] if caller is None else caller
        call = self._scenario.ring(who, self._scenario.virtual_number(name))
        assert {delivery.status for delivery in call.deliveries} == {200}
        self._calls.append(call)
        return call

    def _answered(self, what: str, name: str, caller: str | None = None) -> Row:
        cost = self._service.cost(lambda: self._ring(name, caller), of="answer_call")
        return f"Answer: {what}", cost

    def _answers(self) -> Iterator[Row]:
        yield self._answered("registered party", "shared")
        call = self._calls[-1]
        [asked] = call.sent("answer")
        yield (
            "Answer: the webhook repeated",
            self._service.cost(lambda: call.deliver(asked.webhook)),
        )
        yield self._answered("line busy", "shared", self._parties["shared"][1])
        refused = self._calls[-1]
        assert refused.outcome == "busy"
        yield "Why: a call that is on", self._why(call)
        yield "Why: a call that was refused", self._why(refused)
        call.answer().hangup()

    def _why(self, call: SimulatedCall) -> Cost:
        return self._api("GET", f"Masking/Call/{call.call_uuid}/")

    def _answers_to_strangers(self) -> Iterator[Row]:
        [stranger] = self._strangers(1)
        # On the last number is the open door, and on the first are sessions with PINs.
        yield self._answered("stranger, nothing to say", "busy 1", stranger)
        assert self._calls[-1].state == "ended"
        yield self._answered("open door", "single party", stranger)
        self._calls[-1].answer().hangup()
        yield self._answered("lone party calls back", "single party")
        self._calls[-1].answer().hangup()
        [party] = self._strangers(1)
        path = self._scenario.session_path("single party")
        yield "Add the missing party", self._api("POST", path, {"second_party": party})

    def _pin_calls(self) -> Iterator[Row]:
        [stranger] = self._strangers(1)
        yield self._answered("stranger is asked for a PIN", "PINs", stranger)
        call = self._calls[-1]
        assert call.state == "entering"
        yield "PIN: wrong", self._service.cost(lambda: call.press("0000"))
        pin = self._scenario.created["PINs"]["session"]["first_party_pin"]
        yield "PIN: right, connected", self._service.cost(lambda: call.press(pin))
        assert call.legs
        call.answer().hangup()
        yield self._answered("registered party of a session with PINs", "PINs")

    def _events_of_a_call(self) -> Iterator[Row]:
        self._create(
            "recorded",
            record=True,
            recording_callback_url="https://customer.example.com/recordings",
            second_party_play_url=_AUDIO,
        )
        call = self._ring("recorded")
        yield from self._told(call, call.answer)
        answered = call.deliveries[1].webhook
        yield "Event: the same again", self._service.cost(lambda: call.deliver(answered))
        yield from self._told(call, call.hangup)

    def _told(self, call: SimulatedCall, action: Callable[[], object]) -> Iterator[Row]:
        """Yield a row for each webhook that the carrier sends during the action."""
        known = len(call.deliveries)
        costs = self._service.costs(action)
        for delivery, cost in zip(call.deliveries[known:], costs, strict=True):
            assert delivery.status == 200
            webhook = delivery.webhook
            what = webhook.params["Event"] if webhook.kind == "dial" else webhook.kind
            yield _EVENTS[what], cost

    def _placed_call(self) -> Iterator[Row]:
        event = _event("place_call_order")
        [record] = event["Records"]
        session_uuid = self._scenario.created["the carrier is to call"]["session_uuid"]
        record["body"] = session_uuid
        yield "Placed call: ordered", self._invoked("place_call", event)
        order = self._service.outside.call_orders[-1]
        [call] = place(order, Outgoing(), self._scenario.carrier().carrier)
        yield from self._told(call, call.start)

    # --- Sessions ---------------------------------------------------------------------------------

    def _reads_and_changes(self) -> Iterator[Row]:
        yield "Get: no conversation", self._api("GET", self._scenario.session_path("per_party"))
        yield "Get: one conversation", self._api("GET", self._scenario.session_path("recorded"))
        change = {"session_expiry": 7200}
        yield "Update", self._api("POST", self._scenario.session_path("shared"), change)
        yield "End", self._api("DELETE", self._scenario.session_path("per_party"))
        yield f"List: first page of {MANY}", self._api("GET", "Masking/Session/")

    def _api(self, method: str, path: str, body: Any = None, *, expected: int = 200) -> Cost:
        return self._service.cost(lambda: self._scenario.api(method, path, body, expected=expected))

    # --- Numbers, and what runs behind ------------------------------------------------------------

    def _numbers(self) -> Iterator[Row]:
        one, *ten = _NEW_NUMBERS
        yield "Number: add 1", self._api("POST", "Number/", {"numbers": one}, expected=202)
        yield (
            "Number: add 10",
            self._api("POST", "Number/", {"numbers": ",".join(ten)}, expected=202),
        )
        yield "Number: get", self._api("GET", number_path(one))
        yield "Number: list 33", self._api("GET", "Number/")
        yield (
            "Number: retire",
            self._api("POST", number_path(one), {"status": "retired"}, expected=202),
        )
        self._service.advance(RELEASE_WAIT_MS // 1000)
        yield "Number: release", self._api("DELETE", number_path(one), expected=204)

    def _deliveries(self) -> Iterator[Row]:
        [_, record] = _event("publish_events_call")["Records"]
        records = [_of_session(record, f"00000000-0000-4000-8000-{n:012d}") for n in range(MANY)]
        published = self._invoked("publish_events", {"Records": records})
        yield f"Publish: a stream batch of {MANY} sessions' calls", published
        event = _event("deliver_callback_hangup")
        [message] = event["Records"]
        told = callback_messages.message(
            account_id=self._service.credentials.auth_id,
            callback_url=f"{self._service.outside.url}/taken",
        )
        message["body"] = callback_messages.sealed(told).to_body()
        yield (
            "Deliver a callback",
            self._invoked("deliver_callback", event),
        )
        assert self._service.outside.callbacks

    def _sweeps(self) -> Iterator[Row]:
        yield "Sweep: nothing due", self._invoked("expire_sessions", {})
        for index in range(MANY):
            self._create(f"brief {index}", session_expiry=60)
        self._service.advance(90)
        yield f"Sweep: {MANY} sessions due", self._invoked("expire_sessions", {})
        for index in range(MANY):
            self._create(f"called {index}", session_expiry=60)
            self._ring(f"called {index}").answer().hangup()
        self._service.advance(90)
        called = f"Sweep: {MANY} sessions due that had a call"
        yield called, self._invoked("expire_sessions", {})
        yield LATE_PRICE, self._late_price()

    def _late_price(self) -> Cost:
        """Some carriers tell what a call cost some minutes after it. Both legs are asked for."""
        self._create("priced later")
        call = self._scenario.ring(
            self._parties["priced later"][0], self._scenario.virtual_number("priced later")
        )
        session_uuid = self._scenario.created["priced later"]["session_uuid"]
        unpriced: dict[str, Any] = {"amount": None, "is_priced_later": True}
        record_report(session_uuid, call.call_uuid, builders.callee_ended(**unpriced))
        caller = builders.caller_ended(leg_uuid=call.call_uuid, **unpriced)
        record_hangup(self._service.credentials.auth_id, caller)
        self._service.advance(120)
        with patch.object(carrier_records, "carrier", lambda _: _Pricing()):
            cost = self._invoked("expire_sessions", {})
        shown = self._scenario.api("GET", f"Masking/Session/{session_uuid}/")["response"]
        assert shown["total_call_amount"] == 0.02
        return cost

    def _invoked(self, folder: str, event: Any) -> Cost:
        return self._service.cost(lambda: self._service.invoke(folder, event))


def _event(name: str) -> Any:
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


def _of_session(record: Any, session_uuid: str) -> Any:
    """Return a copy of the change that belongs to another session."""
    text = json.dumps(record)
    known, _ = keys.session_and_call(decode(record["dynamodb"]["Keys"]))
    return json.loads(text.replace(known, session_uuid))
