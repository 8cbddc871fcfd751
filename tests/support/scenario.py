"""A day of the service: every function runs, by its real event, on every branch that calls AWS.

Each step checks that it took the branch it is there for: a step that missed it proves nothing.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from local.gateway.messages import HttpResponse
from local.phone.carrier_call import Carrier
from local.phone.placed import Outgoing, place
from local.phone.plivo import PLIVO
from local.phone.simulator import CarrierSimulator, Script, finish
from local.phone.steps import SimulatedCall
from local.stack.carriers import US_NUMBERS, by_role
from tests.support.carriers import application_urls
from tests.support.disturbances import (
    aws_fails,
    first_answer_is_lost,
    first_write_collides,
    holdings_out_of_date,
    nothing_makes_sense,
    nothing_remembered,
    small_batches,
)
from tests.support.driver import BASE_URL
from tests.support.in_process import InProcessCourier, Service

ALICE, BOB, CAROL, DAVE, ERIN, FRANK, GRACE, JUDY = (f"+1202555012{digit}" for digit in range(8))
HEIDI, IVAN = "+447700900121", "+447700900122"
KARL, LAURA = "+447700900123", "+447700900124"
KEN, STRANGER = "+12025550128", "+12025550129"
PEOPLE = (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    ERIN,
    FRANK,
    GRACE,
    HEIDI,
    IVAN,
    JUDY,
    KEN,
    STRANGER,
    KARL,
    LAURA,
)
POOL = US_NUMBERS[:4]
SPARE, SUBACCOUNT_NUMBER, UNRENTED = "+12025550131", "+12025550132", "+442079460199"
NUMBERS = (*POOL, SPARE, SUBACCOUNT_NUMBER, UNRENTED)

IDEMPOTENCY_KEY = "order-4711"
FALLBACK_URL = "https://customer.example.com/fallback"
PASSWORD = "correct-horse-battery"
UNKNOWN_UUID = "99999999-2222-4333-8444-555555555500"

PINS: dict[str, Any] = {
    "is_pin_authentication_required": True,
    "force_pin_authentication": True,
    "first_party_pin": "482193756104827",
    "second_party_pin": "739015824663019",
    "pin_prompt_play": "https://customer.example.com/prompt.mp3",
    "pin_retry": 2,
}

Json = dict[str, Any]


@dataclass
class Scenario:
    """`created` holds the answer to the creation of each session that a later step names."""

    service: Service
    created: dict[str, Json] = field(default_factory=dict)
    _urls: dict[str, str] = field(default_factory=dict)

    def play(self) -> None:
        """The whole day. Only the requests that it makes on purpose are refused."""
        for step in (
            self.provision,
            self.manage_numbers,
            self.release_a_number,
            self.create_sessions,
            self.repeat_a_create,
            self.create_under_contention,
            self.exhaust_the_pool,
            self.make_calls,
            self.make_odd_calls,
            self.hear_audio,
            self.find_the_line_busy,
            self.end_a_call_at_the_answer_url,
            self.request_calls,
            self.request_a_call_while_the_table_is_away,
            self.open_a_door_and_close_it,
            self.add_a_party_with_a_pin,
            self.call_with_a_pin,
            self.rotate_keys,
            self.read_sessions,
            self.explain_calls,
            self.lose_the_ends_of_calls,
            self.change_sessions,
            self.service.carry_on,
            self.put_records_aside,
            self.give_up_a_callback,
            self.replace_a_number,
            self.leave_a_carrier_and_come_back,
            self.erase_a_person,
            self.expire_without_a_sweep,
        ):
            try:
                step()
            finally:
                failures = self.service.runtime.failures
                assert not failures, f"{step.__name__}: {failures}"

    def provision(self, *further: dict[str, Any], **limits: int) -> None:
        """Set up the account, with `further` carriers."""
        known = self.service.credentials
        main = {
            "auth_id": known.auth_id,
            "auth_tokens": [known.auth_token],
            "limits": {"destination_countries": ["GB", "US"], **limits},
        }
        subaccount = {
            "auth_id": known.subaccount_id,
            "auth_tokens": [known.subaccount_token],
        }
        carrier = {
            "carrier": "plivo",
            "auth_id": known.carrier_auth_id,
            "secrets": {"auth_token": [known.carrier_auth_token]},
            "api_url": self.service.outside.api_url("plivo"),
        }
        order = {"account": main, "subaccounts": [subaccount], "carriers": [carrier, *further]}
        answer = self.service.invoke("provision_account", order)
        assert answer["message"] == "provisioned"
        # The carrier's application keeps them, whatever becomes of our secret.
        self._urls = answer["carriers"]["plivo"]

    def manage_numbers(self) -> None:
        pool = {"numbers": ",".join(POOL), "fallback_answer_url": FALLBACK_URL}
        self.api("POST", "Number/", pool, expected=202)
        self.api("POST", "Number/", pool, expected=202)
        subaccount_id = self.service.credentials.subaccount_id
        owned = {"numbers": SUBACCOUNT_NUMBER, "subaccount": subaccount_id}
        self.api("POST", "Number/", owned, expected=202)
        self.api("POST", "Number/", owned | {"alias": "another"}, expected=409)
        assert self.api("GET", "Number/")["meta"]["total_count"] == 5
        assert self.api("GET", "Number/", as_subaccount=True)["meta"]["total_count"] == 1
        path = number_path(POOL[0])
        self.api("POST", path, {"alias": "front desk"}, expected=202)
        assert self.api("GET", path)["alias"] == "front desk"
        self.api("GET", number_path(UNRENTED), expected=404)

    def release_a_number(self) -> None:
        """Refused while it is active, new retired, or in use; done five minutes after that."""
        path = number_path(SPARE)
        self.api("POST", "Number/", {"numbers": SPARE}, expected=202)
        self.api("DELETE", path, expected=409)
        for _ in (*POOL, SPARE):
            self.create("spare", HEIDI, IVAN, geomatch=False)
        assert self.virtual_number("spare") == SPARE
        self.api("POST", path, {"status": "retired"}, expected=202)
        self.api("DELETE", path, expected=409)
        self.service.advance(300)
        self.api("DELETE", path, expected=409)
        self.api("DELETE", self.session_path("spare"))
        self.service.advance(300)
        self.api("DELETE", path, expected=204)

    def create_sessions(self) -> None:
        outside = self.service.outside.url
        taken = f"{outside}/taken"
        recorded = {"record": True, "recording_callback_url": taken}
        self.create("call", ALICE, BOB, callback_url=taken, **recorded)
        self.create("broken", CAROL, DAVE, callback_url=f"{outside}/broken", callback_method="GET")
        locked = f"{outside}/broken".replace("//", f"//shop:{PASSWORD}@")
        self.create("brief", CAROL, ERIN, callback_url=locked, session_expiry=60)
        self.create("per party", ALICE, ERIN, virtual_number_strategy="per_party")
        own = parties(FRANK, ALICE)
        self.api("POST", "Masking/Session", own, as_subaccount=True, expected=201)
        self.api("POST", "Masking/Session", parties("12", BOB), expected=400)

    def repeat_a_create(self) -> None:
        """The same answer to the same request, a conflict for another under the same key."""
        key = {"Idempotency-Key": IDEMPOTENCY_KEY}
        path, body = "Masking/Session/", parties(DAVE, ERIN)
        first = self.api("POST", path, body, headers=key, expected=201)
        assert self.api("POST", path, body, headers=key, expected=201) == first
        self.api("POST", path, parties(DAVE, FRANK), headers=key, expected=409)
        with nothing_remembered():
            assert self.api("POST", path, body, headers=key, expected=201) == first

    def create_under_contention(self) -> None:
        with holdings_out_of_date():
            self.create("contended", ALICE, DAVE)
        assert self.virtual_number("contended") not in POOL[:2]
        with first_write_collides():
            self.create("collided", BOB, ERIN)
        with first_answer_is_lost():
            self.create("unanswered", BOB, FRANK)

    def exhaust_the_pool(self) -> None:
        """Heidi holds all of it since `release_a_number`; what is limited is counted from here."""
        self.provision(creates_per_minute=30_000, calls_per_caller_per_hour=30_000)
        refused = self.api("POST", "Masking/Session/", parties(GRACE, HEIDI), expected=400)
        assert "exhausted" in refused["error"]

    def make_calls(self) -> None:
        call = self.ring(ALICE, self.virtual_number("call")).answer().hangup()
        assert call.is_connected
        assert call.sent("recording")[0].status == 200
        for delivery in list(call.deliveries):
            assert call.deliver(delivery.webhook).status == 200
        by_get = self.ring(BOB, self.virtual_number("call"), method="GET").decline("busy")
        assert by_get.outcome == "busy"
        broken = self.ring(CAROL, self.virtual_number("broken")).hangup("callee")
        assert broken.legs
        assert not broken.is_connected

    def make_odd_calls(self) -> None:
        assert self.ring(GRACE, UNRENTED).heard
        assert self.ring("anonymous", SUBACCOUNT_NUMBER).heard
        assert "<Redirect>" in self.ring(GRACE, POOL[1]).deliveries[0].text
        forged = self.ring(ALICE, self.virtual_number("call"), signature="wrong")
        assert forged.deliveries[0].status == 403

    def hear_audio(self) -> None:
        """Each party has a file to hear, and so have strangers."""
        audio = {role: f"https://customer.example.com/{role}.mp3" for role in ("one", "two", "who")}
        self.create(
            "audio",
            CAROL,
            FRANK,
            first_party_play_url=audio["one"],
            second_party_play_url=audio["two"],
            unknown_caller_play=audio["who"],
        )
        call = self.ring(CAROL, self.virtual_number("audio")).answer().hangup()
        assert (call.heard, call.whispered) == ([audio["one"]], [audio["two"]])
        assert self.ring(UNRENTED, self.virtual_number("audio")).heard == [audio["who"]]

    def find_the_line_busy(self) -> None:
        """By a call that the carrier knows, and then by one that it does not know any more."""
        dialled = self.virtual_number("call")
        talking = self.ring(ALICE, dialled).answer()
        assert self.ring(BOB, dialled).outcome == "busy"
        self.service.outside.live_calls.remove(talking.call_uuid)
        assert self.ring(BOB, dialled).answer().hangup().is_connected
        talking.hangup()

    def end_a_call_at_the_answer_url(self) -> None:
        """What the carrier does for an application without a hangup URL."""
        answers_at = self.carrier().carrier.answer_url
        call = self.ring(ALICE, self.virtual_number("call"), status_url=answers_at)
        assert call.answer().hangup().sent("hangup")[0].status == 200

    def request_calls(self) -> None:
        """One that connects, one that the carrier refuses, one of which it never says anything."""
        self.order_call("requested")
        [call] = place(self.service.outside.call_orders[-1], Outgoing(), self.carrier().carrier)
        assert finish(call.start(), Script()).is_connected
        assert {delivery.status for delivery in call.deliveries} == {200}
        self.order_call("refused", api_status=400)
        assert self.api("GET", self.session_path("refused"))["response"]["interaction"]
        self.order_call("deleted", is_deleted=True)
        self.order_call("unheard", api_status=500)

    def request_a_call_while_the_table_is_away(self) -> None:
        """The order comes again, and its call is placed."""
        asked = len(self.service.outside.call_orders)
        self.service.outside.call_api_status = 201
        options = {"initiate_call_to_first_party": True, "geomatch": False}
        self.create("delayed", KARL, LAURA, **options)
        with aws_fails(TimeoutError(), operation="TransactWriteItems"):
            self.service.carry_on()
        failures = self.service.runtime.failures
        assert [failure.partition(":")[0] for failure in failures] == ["place_call"]
        failures.clear()
        assert len(self.service.outside.call_orders) == asked
        self.service.try_again()
        assert len(self.service.outside.call_orders) == asked + 1

    def order_call(self, name: str, *, api_status: int = 201, is_deleted: bool = False) -> None:
        self.service.outside.call_api_status = api_status
        options = {"initiate_call_to_first_party": True, "geomatch": False}
        self.create(name, KARL, LAURA, **options)
        if is_deleted:
            self.api("DELETE", self.session_path(name))
        self.service.carry_on()

    def open_a_door_and_close_it(self) -> None:
        """Anybody reaches a lone party, and is reached back, until somebody is added."""
        self.create("lone", GRACE, "", create_session_with_single_party=True)
        dialled = self.virtual_number("lone")
        assert self.ring(GRACE, dialled).heard
        assert self.ring(JUDY, dialled).answer().hangup().is_connected
        assert self.ring(GRACE, dialled).answer().hangup().is_connected
        self.api("POST", self.session_path("lone"), {"second_party": JUDY})
        assert not self.ring(SPARE, dialled).legs
        self.create("refused", FRANK, "", create_session_with_single_party=True)
        self.api("POST", self.session_path("refused"), {"second_party": HEIDI}, expected=400)

    def add_a_party_with_a_pin(self) -> None:
        """The party's number has to be free for them, and for their PIN."""
        self.create(
            "pins",
            GRACE,
            "",
            create_session_with_single_party=True,
            virtual_number_strategy="per_party",
            is_pin_authentication_required=True,
            generate_pin=True,
            pin_prompt_play="https://customer.example.com/prompt.mp3",
        )
        added = self.api("POST", self.session_path("pins"), {"second_party": JUDY})["session"]
        assert added["second_party"] == JUDY.removeprefix("+")

    def call_with_a_pin(self) -> None:
        """A stranger who errs once, every webhook twice; then a party who must give the PIN."""
        self.create("forced pins", JUDY, KEN, sticky=True, **PINS)
        dialled = self.virtual_number("forced pins")
        for caller in (STRANGER, JUDY):
            call = self.ring(caller, dialled).press().press("0000").press(PINS["first_party_pin"])
            for delivery in list(call.deliveries):
                assert call.deliver(delivery.webhook).status == 200
            assert call.answer().hangup().is_connected

    def rotate_keys(self) -> None:
        assert self.service.invoke("rotate_keys", {}) == {"rotated": 1}

    def read_sessions(self) -> None:
        assert self.api("GET", self.session_path("call"))["response"]["interaction"]
        assert not self.api("GET", self.session_path("contended"))["response"]["interaction"]
        self.api("GET", f"Masking/Session/{UNKNOWN_UUID}", expected=404)
        page = self.api("GET", f"Masking/Session/?first_party={quote(ALICE)}&limit=2")["response"]
        assert page["meta"]["next"]
        by_second = self.api("GET", f"Masking/Session/?second_party={quote(BOB)}")["response"]
        assert by_second["objects"]
        everything = self.api("GET", "Masking/Session")["response"]["objects"]
        assert any(session["interaction"] for session in everything)
        owner = self.service.credentials.subaccount_id
        for narrowed in ("status=active", "duration__gte=3600", f"subaccount={owner}"):
            assert self.api("GET", f"Masking/Session?{narrowed}")["response"]["objects"]
        nothing = self.api("GET", f"Masking/Session?virtual_number={quote(UNRENTED)}")
        assert nothing["response"]["objects"] == []

    def explain_calls(self) -> None:
        """Those that were connected, by either leg, and refused, and one that nobody knows."""
        talking = self.ring(ALICE, self.virtual_number("call")).answer()
        busy = self.ring(BOB, self.virtual_number("call"))
        assert self.api("GET", f"Masking/Call/{talking.call_uuid}/")["rule"] == "own_phone"
        place = f"{self.session_path('call')}Interaction"
        assert self.api("GET", f"{place}/{talking.legs[0].uuid}")["rule"] == "own_phone"
        told = self.api("GET", f"{place}/{busy.call_uuid}")
        assert told["other_call_uuid"] == talking.call_uuid
        self.api("GET", f"Masking/Call/{UNKNOWN_UUID}", expected=404)
        dialled = self.virtual_number("call").removeprefix("+")
        listed = self.api("GET", f"Masking/Call/?virtual_number={dialled}")["response"]["objects"]
        assert [call["rule"] for call in listed[:2]] == ["line_busy", "own_phone"]
        talking.hangup()

    def lose_the_ends_of_calls(self) -> None:
        """Of one in a session that will be ended, and of one in a session that will time out."""
        self.create("silent", KEN, GRACE, session_expiry=60)
        for name, caller in (("per party", ALICE), ("silent", KEN)):
            assert self.ring(caller, self.virtual_number(name)).answer().is_connected

    def change_sessions(self) -> None:
        change = {"session_expiry": 7200, "ring_timeout": 30}
        for name in ("call", "contended"):
            self.api("POST", self.session_path(name), change)
        self.api("DELETE", self.session_path("per party"))
        self.api("DELETE", self.session_path("per party"), expected=400)

    def put_records_aside(self) -> None:
        """The events of a call cannot be read when they come, and can when they are replayed."""
        told = self.told_of("call")
        with nothing_makes_sense():
            self.ring(ALICE, self.virtual_number("call")).answer().hangup()
            self.service.carry_on()
        assert self.told_of("call") == told
        assert self.service.invoke("replay_callbacks", {})["published"]
        self.service.carry_on()
        assert self.told_of("call") > told

    def told_of(self, name: str) -> int:
        """How many callbacks of a session have come."""
        told = f"SessionUUID={self.created[name]['session_uuid']}"
        return sum(told in form for form in self.service.outside.callbacks)

    def give_up_a_callback(self) -> None:
        """A session's only event, its timeout, goes to a URL that takes nothing."""
        self.service.advance(90)
        self.service.run_schedules()
        for _ in range(10):
            self.service.try_again()
        moved = self.service.invoke("replay_callbacks", {"limit": 1})
        assert moved == {"moved": 1, "published": 0}

    def replace_a_number(self) -> None:
        """The subaccount's only number goes bad: its sessions wait for another, and move to it.

        So does an open door: it looks whether strangers hear anything on the other number.
        """
        path = number_path(SUBACCOUNT_NUMBER)
        owned = {"subaccount": self.service.credentials.subaccount_id}
        self.create("moved", GRACE, BOB, geomatch=False, **owned)
        self.create("moved too", CAROL, DAVE, geomatch=False, **owned)
        door = {"create_session_with_single_party": True, "geomatch": False}
        self.create("moved door", ERIN, "", **door, **owned)
        self.api("POST", path, {"health": "unhealthy"}, expected=202)
        self.service.run_schedules()
        assert self.shown_number("moved") == SUBACCOUNT_NUMBER
        self.api("POST", "Number/", {"numbers": SPARE} | owned, expected=202)
        with small_batches():
            self.service.run_schedules()
        for _ in range(2):
            self.service.run_schedules()
        for name, caller in (("moved", BOB), ("moved too", CAROL)):
            assert self.shown_number(name) == SPARE
            assert self.ring(caller, SUBACCOUNT_NUMBER).answer().hangup().is_connected
        assert self.shown_number("moved door") == SPARE
        self.service.advance(6 * 60)
        self.service.run_schedules()
        self.api("POST", path, {"health": "healthy"}, expected=202)

    def leave_a_carrier_and_come_back(self) -> None:
        """There is no other one, so that sessions wait."""
        self.api("GET", "Carrier/nobody/", expected=404)
        self.api("GET", "Carrier/", as_subaccount=True, expected=400)
        [before] = self.api("GET", "Carrier/")["objects"]
        path = f"Carrier/{before['carrier']}/"
        self.api("POST", path, {"health": "unhealthy"}, expected=202)
        self.api("POST", "Masking/Session/", parties(GRACE, JUDY), expected=400)
        self.service.run_schedules()
        left = self.api("GET", path)
        assert (left["health"], left["live_sessions"]) == ("unhealthy", before["live_sessions"])
        self.api("POST", path, {"health": "healthy"}, expected=202)
        self.service.run_schedules()

    def erase_a_person(self) -> None:
        """Judy called one session as an outsider, and is a party of others, some with PINs."""
        path = "Masking/Erasure/"
        self.api("POST", path, {"number": JUDY}, as_subaccount=True, expected=400)
        ordered = self.api("POST", path, {"number": JUDY}, expected=202)
        path = f"{path}{ordered['erasure_id']}/"
        assert self.api("GET", path)["state"] == "erasing"
        for _ in range(2):
            self.service.run_schedules()
            self.service.advance(60)
        self.service.run_schedules()
        erased = self.api("GET", path)
        assert erased["state"] == "erased"
        assert erased["erased"]["sessions"] == 3
        assert erased["erased"]["interactions"] == 3
        assert erased["receipt"]
        assert self.api("GET", self.session_path("lone"))["response"]["second_party"] == ""
        self.api("GET", f"Masking/Erasure/{UNKNOWN_UUID}", expected=404)

    def expire_without_a_sweep(self) -> None:
        """The end of a call is lost here, too."""
        assert self.ring(BOB, self.virtual_number("call")).answer().is_connected
        self.service.advance(3 * 3600)
        assert "<Redirect>" in self.ring(ALICE, self.virtual_number("call")).deliveries[0].text
        assert self.service.collect_expired_items()
        self.service.carry_on()
        assert any("EventName=SessionTimeout" in form for form in self.service.outside.callbacks)
        self.service.run_schedules()

    def api(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        expected: int = 200,
        as_subaccount: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        """What the account is answered. `path` is what follows its id."""
        known = self.service.credentials
        auth_id = known.subaccount_id if as_subaccount else known.auth_id
        token = known.subaccount_token if as_subaccount else known.auth_token
        response = self.service.request(
            method,
            f"/v1/Account/{auth_id}/{path}",
            headers={**basic(auth_id, token), **(headers or {})},
            body=json.dumps(body).encode() if body is not None else b"",
        )
        return content_of(response, expected)

    def create(self, name: str, first: str, second: str, **options: Any) -> None:
        body = parties(first, second) | options
        self.created[name] = self.api("POST", "Masking/Session/", body, expected=201)

    def ring(
        self, caller: str, dialled: str, *, signature: Any = "valid", **changes: Any
    ) -> SimulatedCall:
        """A call up to the ringing phone, or to its end. The carrier knows it as alive."""
        call = self.carrier().signing(signature).having(**changes).place(caller, dialled)
        self.service.outside.live_calls.put(call.call_uuid, {"from": caller, "to": dialled})
        return call.start()

    def carrier(self) -> CarrierSimulator:
        known = self.service.credentials
        courier = InProcessCourier(PLIVO, (known.carrier_auth_token,), service=self.service)
        urls = self._urls or application_urls(BASE_URL, known.auth_id)
        urls = by_role(urls)
        return CarrierSimulator(
            Carrier(known.carrier_auth_id, courier, urls["answer_url"], urls["status_url"])
        )

    def session_path(self, name: str) -> str:
        return f"Masking/Session/{self.created[name]['session_uuid']}/"

    def shown_number(self, name: str) -> str:
        """The session's virtual number as it is now."""
        shown = self.api("GET", self.session_path(name))["response"]["virtual_number"]
        return f"+{shown}"

    def virtual_number(self, name: str) -> str:
        """The one that the session's first party dials."""
        session = self.created[name]["session"]
        shown = session.get("first_party_virtual_number") or session["virtual_number"]
        return "+" + str(shown).removeprefix("+")


def parties(first: str, second: str) -> Json:
    return {"first_party": first, "second_party": second}


def number_path(number: str) -> str:
    return f"Number/{number.removeprefix('+')}/"


def basic(auth_id: str, token: str) -> dict[str, str]:
    encoded = base64.b64encode(f"{auth_id}:{token}".encode()).decode()
    return {"Authorization": f"Basic {encoded}", "Content-Type": "application/json"}


def content_of(response: HttpResponse, expected: int) -> Json:
    assert response.status == expected, f"{response.status}: {response.text}"
    content: Json = json.loads(response.body or b"{}")
    return content
