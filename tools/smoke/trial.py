"""The steps: what an operator, a client and the carrier do to a stack, and what must come of it."""

import time
from typing import Any

from local.phone.carrier_call import Carrier
from local.phone.dialects import DIALECTS
from local.phone.instructions import InvalidDocumentError, NotSimulatedError
from local.phone.simulator import CarrierSimulator, Script, follow
from local.phone.steps import SimulatedCall
from local.phone.webhooks import Courier, Signature
from local.stack.carriers import by_role
from maskline.carriers import DEFAULT
from tools.smoke.calls import require_connected, require_turned_away
from tools.smoke.client import Client
from tools.smoke.made import Made, failed_requests, is_timeout_pending
from tools.smoke.places import Place
from tools.smoke.receiver import Receiver
from tools.smoke.report import Effort, FailedError, SkippedError

SESSION = "/Masking/Session"
SHORTEST_EXPIRY = 60
EVENTS_OF_A_CALL = 7
_SWEEP_SECONDS = 75
_RECEIVER_SECONDS = 15
# A log shows a line some seconds after it was written.
_LOG_SECONDS = 45
_UNLOGGED_SECONDS = 3
# What led to a session is kept until TTL takes it.
_OVER = ("session_over", "no_session")
_PROMPT, _WRONG = "https://audio.example/prompt.mp3", "https://audio.example/wrong.mp3"


class Trial:
    """One run: each method is a step, and returns a sentence about what it saw.

    A step raises FailedError, SkippedError, or whatever comes of a stack that does not answer.
    """

    def __init__(
        self, place: Place, made: Made, *, callback_url: str = "", receiver: Receiver | None = None
    ) -> None:
        self._place, self._made, self._receiver = place, made, receiver
        self._callback_url = receiver.url if receiver else callback_url
        self._first, self._second, self._stranger = made.people
        self._client = Client(place.api.rstrip("/"), made.account_id, made.account_token)
        self._carrier = CarrierSimulator(
            Carrier(
                account_id=made.carrier_id,
                courier=Courier(DIALECTS[DEFAULT], (made.carrier_token,)),
                answer_url="",
                status_url="",
            )
        )
        self._short: dict[str, Any] = {}
        self._main: dict[str, Any] = {}
        self._with_pins: dict[str, Any] = {}
        self._short_ends_at = 0
        self._is_short_over = False
        self._conversations = 0
        self._rules: dict[str, tuple[str, ...]] = {}

    @property
    def effort(self) -> Effort:
        """Count what the run took so far."""
        webhooks = sum(len(call.deliveries) for call in self._made.calls)
        sessions, calls = len(self._made.sessions), len(self._made.calls)
        return Effort(self._client.requests, webhooks, sessions, calls)

    # --- the account and its sessions ---

    def provision(self) -> str:
        urls = self._place.provision(self._made.order())
        self._carrier = self._carrier.having(**by_role(urls[DEFAULT]))
        return "The operator's function made an account and a carrier."

    def add_numbers(self) -> str:
        numbers = ",".join(number.removeprefix("+") for number in self._made.numbers)
        answer = self._client.send("POST", "/Number/", {"numbers": numbers, "carrier": DEFAULT})
        results = answer.expect(202, "Adding numbers")["numbers"]
        refused = [one["status"] for one in results if one["status"] != "Success"]
        if refused:
            raise FailedError(f"{len(refused)} numbers were not added: {refused[0]}.")
        return f"{len(results)} fictional numbers are in its pool."

    def create_sessions(self) -> str:
        """Between the same two people, written in three ways: each has a number of its own."""
        plain, from_abroad = self._second[1:], f"00{self._second[1:]}"
        self._short = self._created(f"{SESSION}/", plain, session_expiry=SHORTEST_EXPIRY)
        self._short_ends_at = self._place.now_ms() + SHORTEST_EXPIRY * 1000
        callback = {"callback_url": self._callback_url} if self._callback_url else {}
        self._main = self._created(f"{SESSION}/", self._second, **callback)
        self._with_pins = self._created(
            SESSION,
            from_abroad,
            is_pin_authentication_required=True,
            generate_pin=True,
            generate_pin_length=6,
            pin_prompt_play=_PROMPT,
            incorrect_pin_play=_WRONG,
        )
        self._made.pins += [self._with_pins[f"{role}_party_pin"] for role in ("first", "second")]
        sessions = (self._short, self._main, self._with_pins)
        if any(one["second_party"] != plain for one in sessions):
            raise FailedError("A party is shown as somebody else.")
        if len({one["virtual_number"] for one in sessions}) < len(sessions):
            raise FailedError("Two sessions of the same people share a number.")
        return "Three sessions of the same two people have a number each."

    def _created(self, path: str, second_party: str, **parameters: Any) -> dict[str, Any]:
        content = {"first_party": self._first, "second_party": second_party, **parameters}
        answer = self._client.send("POST", path, content).expect(201, "Creating a session")
        session: dict[str, Any] = answer["session"]
        self._made.sessions.append(session["session_uuid"])
        return session

    def read_paths(self) -> str:
        one = f"{SESSION}/{self._main['session_uuid']}"
        for path in (one, f"{one}/", SESSION, f"{SESSION}/", "/Number", "/Number/"):
            kind = "with" if path.endswith("/") else "without"
            self._client.send("GET", path).expect(200, f"A path {kind} its last slash")
        return "A session, the list and the pool are found either way."

    def show_wrong_token(self) -> str:
        answer = self._client.send("GET", f"{SESSION}/", token=self._made.carrier_token)
        answer.expect(401, "A wrong token")
        return "Refused with 401."

    # --- calls ---

    def call_forth(self) -> str:
        return self._conversation(self._first, self._second)

    def call_back(self) -> str:
        return self._conversation(self._second, self._first)

    def _conversation(self, caller: str, callee: str) -> str:
        number = _dialled(self._main)
        call = self._call(caller, number)
        require_connected(call, to=callee, caller_id=number)
        self._rules[call.call_uuid] = ("own_phone",)
        self._conversations += 1
        return "Connected, and the other party sees the virtual number."

    def call_as_stranger(self) -> str:
        return self._turned_away(self._stranger, self._main, ("no_session",))

    def forge(self) -> str:
        for signature in ("wrong", "absent"):
            call = self._call(self._first, _dialled(self._main), signature=signature)
            statuses = {delivery.status for delivery in call.deliveries}
            if statuses != {403} or call.legs:
                raise FailedError(f"With a signature that is {signature}: answered {statuses}.")
        return "Webhooks with a wrong signature, or without one, are refused with 403."

    def enter_pins(self) -> str:
        """A stranger proves to be the first party."""
        right = self._made.pins[0]
        wrong = next(pin for pin in ("111111", "222222", "333333") if pin not in self._made.pins)
        number = _dialled(self._with_pins)
        call = self._call(self._stranger, number, Script(digits=(wrong, right)))
        require_connected(call, to=self._second, caller_id=number)
        if call.heard != [_PROMPT, _WRONG, _PROMPT]:
            raise FailedError("A wrong PIN was not refused, or the prompt is another.")
        self._rules[call.call_uuid] = ("pin",)
        return "A stranger was asked, refused with a wrong PIN and connected with the right one."

    def _call(
        self,
        caller: str,
        dialled: str,
        script: Script | None = None,
        *,
        signature: Signature = "valid",
    ) -> SimulatedCall:
        call = self._carrier.signing(signature).place(caller, dialled)
        self._made.calls.append(call)
        try:
            return follow(call, script or Script())
        except (InvalidDocumentError, NotSimulatedError) as error:
            raise FailedError(f"The carrier cannot follow the answer: {error}") from None

    def _turned_away(
        self, caller: str, session: dict[str, Any], rules: tuple[str, ...] = _OVER
    ) -> str:
        call = self._call(caller, _dialled(session))
        require_turned_away(call)
        self._rules[call.call_uuid] = rules
        return "Told that the number does not connect the call."

    # --- what is known afterwards ---

    def read_totals(self) -> str:
        self._require_conversations()
        shown = self._shown(self._main)
        counted = (shown["status"], shown["total_call_count"], len(shown["interaction"] or ()))
        if counted != ("active", 4, 2) or not shown["total_call_amount"]:
            raise FailedError(f"The session shows {counted}, not two calls of two legs that cost.")
        return f"Two calls of two legs, {shown['total_call_amount']} dollars at the carrier."

    def explain(self) -> str:
        """Ask why each call went as it did."""
        if not self._rules:
            raise SkippedError("Not tried without a call.")
        for call_uuid, rules in self._rules.items():
            answer = self._client.send("GET", f"/Masking/Call/{call_uuid}/")
            given = answer.expect(200, "Asking why")["rule"]
            if given not in rules:
                raise FailedError(f"The rule of a call is {given}, not {' or '.join(rules)}.")
        return f"The rules of {len(self._rules)} calls are told."

    def tell_customer(self) -> str:
        if not self._callback_url:
            raise SkippedError("Nobody to tell: CALLBACK_URL=https://... names a receiver.")
        self._require_conversations()
        expected = 2 * EVENTS_OF_A_CALL
        if self._receiver is None:
            return self._told_elsewhere(expected)
        signed = self._receiver.wait_for(expected, within=_RECEIVER_SECONDS)
        if sorted(signed) != list(range(1, expected + 1)):
            raise FailedError(f"{len(signed)} of {expected} callbacks came.")
        if not all(signed.values()):
            raise FailedError("A callback is not signed with the account's token.")
        return f"{expected} callbacks came, signed and numbered without a gap."

    def _require_conversations(self) -> None:
        if self._conversations < 2:
            raise SkippedError("Not tried without two calls.")

    def _told_elsewhere(self, expected: int) -> str:
        """Their receiver is somebody else's: what the stack knows is whether it took them."""
        session_uuid = self._main["session_uuid"]
        taken = self._place.taken(session_uuid)
        ends_at = time.monotonic() + (_UNLOGGED_SECONDS if taken is None else _LOG_SECONDS)
        while time.monotonic() < ends_at and (taken is None or taken < expected):
            if failed_requests(session_uuid):
                raise FailedError("The receiver did not take one with 2xx; it is tried again.")
            time.sleep(1)
            taken = self._place.taken(session_uuid)
        if taken is None:
            return "No request failed: whether they are right is for the receiver to see."
        if taken < expected:
            raise FailedError(f"{taken} of {expected} callbacks were taken, by the stack's log.")
        return f"{taken} callbacks were taken: whether they are right is for the receiver to see."

    # --- ends ---

    def end_session(self) -> str:
        path = f"{SESSION}/{self._main['session_uuid']}/"
        self._client.send("DELETE", path).expect(200, "Ending a session")
        return self._turned_away(self._first, self._main)

    def outlive_session(self) -> str:
        left = self._short_ends_at + 1000 - self._place.now_ms()
        self._place.let_pass(max(0, left) / 1000)
        told = self._turned_away(self._first, self._short)
        if (status := self._shown(self._short)["status"]) != "expired":
            raise FailedError(f"The session is {status}, not expired.")
        self._is_short_over = True
        return told

    def await_sweep(self) -> str:
        """Each minute a function tells the timeouts that are due."""
        if not self._is_short_over:
            raise SkippedError("Not tried without an expired session.")
        ends_at = time.monotonic() + _SWEEP_SECONDS
        while is_timeout_pending(self._short["session_uuid"]):
            if time.monotonic() > ends_at:
                raise FailedError(f"No sweep has told the timeout in {_SWEEP_SECONDS} s.")
            time.sleep(1)
        return "The sweep has told the timeout."

    def _shown(self, session: dict[str, Any]) -> dict[str, Any]:
        answer = self._client.send("GET", f"{SESSION}/{session['session_uuid']}/")
        shown: dict[str, Any] = answer.expect(200, "Reading a session")["response"]
        return shown


def _dialled(session: dict[str, Any]) -> str:
    return f"+{session['virtual_number'].removeprefix('+')}"
