"""The whole service on the real engine, in one thread, with the faults that a schedule wants.

What follows a fault is what AWS, carriers and clients document: an API client repeats a request
after a 5xx, under its idempotency key; the carrier repeats a webhook as its URL's fragment says;
Lambda repeats a stream's batch, and a queue shows an unfinished message again.
"""

import json
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from local.aws.declarations import EventSourceMapping
from local.aws.engine import Engine
from local.aws.function_log import FunctionLog
from local.aws.runtime import HandlerError, Runtime
from local.phone.carrier_call import Carrier
from local.phone.dialect import Moment
from local.phone.legs import Ending
from local.phone.placed import Outgoing, PlacedCall, place
from local.phone.plivo import PLIVO
from local.phone.simulator import CarrierSimulator
from local.phone.steps import SimulatedCall
from local.phone.webhooks import Courier, Delivery, Webhook
from local.sources.queues import QueuePoller
from local.sources.streams import Record, StreamConsumer
from local.stack.carriers import US_NUMBERS, by_role
from local.stack.seed import Credentials, provision
from maskline import clock
from maskline.store import codec, keys
from tests.faults.injection import Crash, Injector, injected
from tests.faults.outside import Outside
from tests.support.carriers import application_urls
from tests.support.driver import BASE_URL, HOST, Driver, Poller
from tests.support.in_process import forget_what_was_read
from tests.support.manual_clock import ManualClock
from tests.support.scenario import basic

_CLIENT_ATTEMPTS = 8
_HOUR = 3600

POISON = "SESSION#poison"

Json = dict[str, Any]


@dataclass
class Trouble:
    """What goes wrong besides single calls, drawn with `dice`."""

    dice: random.Random = field(default_factory=lambda: random.Random(0))
    duplicates: float = 0.0
    reorders: bool = False
    skew_seconds: float = 0.0
    sweep_is_down: bool = False
    ttl_is_late_days: int = 0

    def repeats(self) -> bool:
        return self.duplicates > 0 and self.dice.random() < self.duplicates

    def skew_ms(self) -> int:
        """How far a function's clock is off."""
        return int(self.dice.uniform(-self.skew_seconds, self.skew_seconds) * 1000)


class FaultyRuntime(Runtime):
    """Every invocation starts cold, on a machine with a clock of its own, and may crash."""

    def __init__(self, engine: Engine, time: ManualClock, trouble: Trouble) -> None:
        super().__init__(engine.deployment)
        self._time = time
        self._trouble = trouble
        self.crashes = 0

    def invoke(self, logical_id: str, event: Any) -> Any:
        forget_what_was_read()
        skew = self._trouble.skew_ms()
        self._time.now += skew
        try:
            return super().invoke(logical_id, event)
        except Crash as crash:
            self.crashes += 1
            raise HandlerError(logical_id) from crash
        finally:
            self._time.now -= skew


def _carrier_api(name: str) -> str:
    return f"https://api.{name}.com"


class Feed(StreamConsumer):
    """A mapping that repeats batches, and keeps order within an item only, as streams do."""

    trouble: Trouble

    def _next_batch(self) -> list[Record]:
        batch = super()._next_batch()
        return _shuffled(batch, self.trouble.dice) if self.trouble.reorders else batch

    def _invoke(self, batch: list[Record]) -> int:
        done = super()._invoke(batch)
        return super()._invoke(batch) if self.trouble.repeats() else done

    def _pause_before_retry(self, attempts: int) -> None:
        """Nobody waits."""


def _shuffled(records: list[Record], dice: random.Random) -> list[Record]:
    """In an order that another shard or another concurrent batch could have given them."""
    lanes: dict[str, list[Record]] = {}
    for record in records:
        lanes.setdefault(json.dumps(record["dynamodb"]["Keys"], sort_keys=True), []).append(record)
    shuffled = []
    while lanes:
        key = dice.choice(sorted(lanes))
        shuffled.append(lanes[key].pop(0))
        if not lanes[key]:
            del lanes[key]
    return shuffled


class Repeater(Poller):
    """A mapping whose messages may come again although they were taken."""

    trouble: Trouble

    def _settle(self, message: Any, *, has_failed: bool) -> None:
        super()._settle(message, has_failed=has_failed or self.trouble.repeats())


@dataclass(frozen=True)
class FaultyCourier(Courier):
    """Brings webhooks straight to the functions, as often as the carrier would."""

    world: "World | None" = None

    def _send_once(self, webhook: Webhook, *, read_seconds: float) -> Delivery:
        assert self.world is not None
        parts = urlsplit(webhook.url)
        if parts.hostname != HOST:
            return Delivery(webhook, 200, "application/xml", b"<Response><Hangup/></Response>")
        request = self.prepared(webhook)
        response = self.world.request(
            "POST", parts.path, headers=request.headers, body=request.body
        )
        content_type = dict(response.headers).get("content-type", "")
        delivery = Delivery(webhook, response.status, content_type, response.body)
        self.world.webhooks.append(delivery)
        if self.world.trouble.repeats():
            return replace(self, world=self.world)._send_once(webhook, read_seconds=read_seconds)
        return delivery


class World(Driver):
    """`acknowledged` are the sessions that a client was told of, by the client's own keys."""

    def __init__(self, engine: Engine, injector: Injector, trouble: Trouble | None = None) -> None:
        self.time = ManualClock()
        super().__init__(engine, Credentials(), self.time.now_ms)
        self.injector = injector
        self.trouble = trouble or Trouble()
        self.outside = Outside()
        self.log = FunctionLog()
        self.runtime: FaultyRuntime = FaultyRuntime(engine, self.time, self.trouble)
        self.acknowledged: dict[str, Json] = {}
        self.replays = 0
        self.webhooks: list[Delivery] = []
        self.calls: list[SimulatedCall] = []
        self.connect()

    def _new_consumer(self, mapping: EventSourceMapping) -> StreamConsumer:
        feed = Feed(mapping, self.runtime, discard=self._discard)
        feed.trouble = self.trouble
        return feed

    def _new_poller(self, mapping: EventSourceMapping) -> QueuePoller:
        poller = Repeater(mapping, self.engine, self.runtime)
        poller.trouble = self.trouble
        return poller

    @contextmanager
    def running(self) -> Iterator["World"]:
        with ExitStack() as stack:
            self.log.start()
            stack.callback(self.log.stop)
            stack.enter_context(patch.object(clock, "now_ms", self.time.now_ms))
            # Two do what eight do, and there are fewer calls that are all alike.
            stack.enter_context(patch.object(keys, "SHARDS", 2))
            stack.enter_context(injected(self.injector, self.outside.send))
            yield self

    def set_up(self) -> None:
        """An account with a pool, before anything goes wrong."""
        # The queue keeps real time: what a crashed replay had in its hands would be out of sight.
        self.engine.client("sqs").set_queue_attributes(
            QueueUrl=self.engine.queue_urls["CallbackDeadLetterQueue"],
            Attributes={"VisibilityTimeout": "0"},
        )
        self.provision()
        self.api("POST", "Number/", {"numbers": ",".join(US_NUMBERS)})

    def begin(self) -> None:
        """From here on the schedule counts."""
        self.injector.is_on = True

    def provision(self) -> None:
        self._invoke_until_done(lambda: provision(self.runtime, self.credentials, _carrier_api))

    def rotate_keys(self) -> None:
        self._invoke_until_done(lambda: self.invoke("rotate_keys", {}))

    def replace_numbers(self) -> None:
        """The minute's run; the next minute's makes up for one that failed."""
        with suppress(HandlerError):
            self.invoke("replace_numbers", {})

    def replay(self) -> None:
        """The operator sends the dead letters again."""
        self.replays += 1
        self._invoke_until_done(lambda: self.invoke("replay_callbacks", {"limit": 100}))

    def _invoke_until_done(self, attempt: Callable[[], object]) -> None:
        for _ in range(_CLIENT_ATTEMPTS):
            with suppress(HandlerError):
                attempt()
                return

    def api(self, method: str, path: str, body: Json | None = None, *, key: str = "") -> Any:
        """What a client gets in the end, who repeats a request while we fail."""
        known = self.credentials
        headers = basic(known.auth_id, known.auth_token) | ({"Idempotency-Key": key} if key else {})
        sent = json.dumps(body).encode() if body is not None else b""
        target = f"/v1/Account/{known.auth_id}/{path}"
        for _ in range(_CLIENT_ATTEMPTS):
            response = self.request(method, target, headers=headers, body=sent)
            if response.status < 500:
                break
        return response

    def create(self, name: str, first: str, second: str, **options: Any) -> None:
        body = {"first_party": first, "second_party": second} | options
        response = self.api("POST", "Masking/Session/", body, key=f"create-{name}")
        assert response.status == 201, response.text
        self.acknowledged[name] = json.loads(response.body)

    def end(self, name: str) -> None:
        response = self.api("DELETE", self.path_of(name))
        assert response.status in {200, 400}, response.text

    def path_of(self, name: str) -> str:
        return f"Masking/Session/{self.acknowledged[name]['session_uuid']}/"

    def number_of(self, name: str, role: str = "first") -> str:
        """The virtual number that a party dials."""
        session = self.acknowledged[name]["session"]
        shown = session.get(f"{role}_party_virtual_number") or session["virtual_number"]
        return "+" + str(shown).removeprefix("+")

    def ring(self, caller: str, dialled: str) -> SimulatedCall:
        """A call up to what happens first."""
        call = CarrierSimulator(self.carrier()).place(caller, dialled)
        self.calls.append(call)
        self.outside.live_calls.add(call.call_uuid)
        return call.start()

    def hang_up_before_the_answer(self, caller: str, dialled: str) -> None:
        """The carrier tells that a call is over, and then asks again what to do with it."""
        call = CarrierSimulator(self.carrier()).place(caller, dialled)
        call.ended = Ending("hangup", "caller", None, 0)
        for webhook in call.webhooks(Moment.CALL_ENDED):
            call.deliver(webhook)
        call.start()
        self.calls.append(call)

    def placed_calls(self) -> list[PlacedCall]:
        """The calls that the carrier was asked for, not dialled yet."""
        orders, self.outside.call_orders = self.outside.call_orders, []
        placed = [call for order in orders for call in place(order, Outgoing(), self.carrier())]
        self.calls.extend(placed)
        return placed

    def carrier(self) -> Carrier:
        known = self.credentials
        courier = FaultyCourier(PLIVO, (known.carrier_auth_token,), world=self)
        urls = by_role(application_urls(BASE_URL, known.auth_id))
        return Carrier(known.carrier_auth_id, courier, **urls)

    def run_schedules(self) -> None:
        """What runs every minute, unless it is down."""
        if self.trouble.sweep_is_down:
            return
        super().run_schedules()

    def carry_on(self) -> None:
        """Let all work until nothing is left; a retry need not be waited for."""
        for _ in range(60):
            self._release()
            if not self._was_busy():
                return

    def settle(self) -> None:
        """Hours later: all sessions are over, and the sweep has told what nobody else tells.

        While the sweep is down, TTL does it days later, and the sweep only what it alone does.
        """
        self.carry_on()
        self.time.advance(seconds=4 * _HOUR)
        if self.trouble.sweep_is_down:
            self.time.advance(seconds=self.trouble.ttl_is_late_days * 24 * _HOUR)
            self.collect_expired_items()
            self.carry_on()
            self.trouble.sweep_is_down = False
        self.run_schedules()
        self.carry_on()

    def poison(self) -> None:
        """What makes no sense, in the stream and in the queue, between what does."""
        record = {"PK": POISON, "SK": "SESSION", "item": "session", "outbox": [1]}
        self.engine.client("dynamodb").put_item(
            TableName=self.engine.table_name, Item=codec.encode(record)
        )
        for number in range(3):
            self.engine.client("sqs").send_message(
                QueueUrl=self.engine.queue_urls["CallbackQueue"],
                MessageBody='{"session_uuid": 1}' if number else "not JSON",
                MessageGroupId=f"poison-{number}",
                MessageDeduplicationId=str(uuid.uuid4()),
            )
