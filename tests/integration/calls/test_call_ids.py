"""What is kept under a call's id is each account's own: carriers' ids may be alike, or guessed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.aws.engine import Engine
from local.phone.carrier_call import Carrier
from local.phone.plivo import PLIVO
from local.phone.steps import SimulatedCall
from local.phone.webhooks import Webhook
from local.stack.carriers import by_role
from local.stack.seed import Credentials
from tests.support.carriers import application_urls
from tests.support.in_process import BASE_URL, InProcessCourier, Service
from tests.support.scenario import ALICE, BOB, PINS, STRANGER, basic, content_of, parties

ID = "8a7e1c52-93b4-4d0f-a6c8-5f2b7d90e143"
OTHER_ID = "3c9d4b17-02ea-4f68-b5d1-7e8a6c40f259"
# Where the carrier tells an end: the second for want of a hangup URL.
END_URLS = ("hangup_url", "answer_url")


@dataclass
class Account:
    """An account with a carrier and one number, on which Alice and Bob have a session with PINs."""

    service: Service
    number: str
    known: Credentials
    session_uuid: str = ""

    def open(self) -> None:
        known = self.known
        account = {"auth_id": known.auth_id, "auth_tokens": [known.auth_token]}
        at_carrier = {
            "carrier": "plivo",
            "auth_id": known.carrier_auth_id,
            "secrets": {"auth_token": [known.carrier_auth_token]},
        }
        order = {"account": account, "carriers": [at_carrier]}
        self.service.invoke("provision_account", order)
        self.api("POST", "Number/", {"numbers": self.number}, expected=202)
        wanted = parties(ALICE, BOB) | PINS | {"force_pin_authentication": False}
        created = self.api("POST", "Masking/Session/", wanted, expected=201)
        self.session_uuid = created["session_uuid"]

    def ring(self, caller: str, call_uuid: str = ID) -> SimulatedCall:
        """Somebody dials the number, and the account's carrier gives the call this id."""
        return self.incoming(caller, call_uuid).start()

    def incoming(self, caller: str, call_uuid: str = ID) -> SimulatedCall:
        courier = InProcessCourier(PLIVO, (self.known.carrier_auth_token,), service=self.service)
        carrier = Carrier(self.known.carrier_auth_id, courier, **by_role(self.urls))
        return SimulatedCall(carrier, caller, self.number, call_uuid=call_uuid)

    @property
    def urls(self) -> dict[str, str]:
        return application_urls(BASE_URL, self.known.auth_id)

    def tell_the_end(self, call_uuid: str = ID, *, url: str = "hangup_url") -> None:
        """The account's carrier says that a call is over."""
        params = {"CallUUID": call_uuid, "HangupCause": "NORMAL_CLEARING", "Event": "Hangup"}
        webhook = Webhook("hangup", "POST", self.urls[url], params)
        assert self.incoming(STRANGER).deliver(webhook).status == 200

    @property
    def is_talking(self) -> bool:
        return bool(self.session["status"] == "in-progress")

    @property
    def ended(self) -> list[bool]:
        """Of each conversation whether it is over."""
        return [bool(one["end_time"]) for one in self.session["interaction"] or []]

    @property
    def session(self) -> dict[str, Any]:
        path = f"Masking/Session/{self.session_uuid}/"
        return dict(self.api("GET", path)["response"])

    def api(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, expected: int = 200
    ) -> dict[str, Any]:
        response = self.service.request(
            method,
            f"/v1/Account/{self.known.auth_id}/{path}",
            headers=basic(self.known.auth_id, self.known.auth_token),
            body=json.dumps(body).encode() if body else b"",
        )
        return content_of(response, expected)


@dataclass
class Two:
    ours: Account
    theirs: Account


@pytest.fixture
def service(engine: Engine) -> Iterator[Service]:
    with Service(engine) as running:
        yield running


def both(service: Service, known: Credentials, theirs: Credentials) -> Two:
    return Two(Account(service, "+12025550130", known), Account(service, "+12025550131", theirs))


def opened(service: Service, known: Credentials, theirs: Credentials) -> Two:
    two = both(service, known, theirs)
    two.ours.open()
    two.theirs.open()
    return two


@pytest.fixture
def two(service: Service) -> Two:
    """Two accounts, each with a carrier account of its own."""
    return opened(service, Credentials(), Credentials())


@pytest.fixture
def sharing(service: Service) -> Two:
    """Two accounts with one carrier account: a signature does not tell them apart."""
    return opened(service, *one_carrier_account())


def one_carrier_account() -> tuple[Credentials, Credentials]:
    known = Credentials()
    return known, Credentials(
        carrier_auth_id=known.carrier_auth_id, carrier_auth_token=known.carrier_auth_token
    )


def enter_the_pin(call: SimulatedCall) -> SimulatedCall:
    return call.press(PINS["first_party_pin"])


@pytest.mark.parametrize("url", END_URLS)
def test_anothers_hangup_does_not_end_a_call_that_is_asked_for_a_pin(url: str, two: Two) -> None:
    asked = two.ours.ring(STRANGER)

    two.theirs.tell_the_end(url=url)

    assert enter_the_pin(asked).answer().hangup().is_connected
    assert {delivery.status for delivery in asked.deliveries} == {200}
    assert two.ours.ended == [True]


@pytest.mark.parametrize("url", END_URLS)
def test_anothers_hangup_does_not_end_a_call_before_it_lands(url: str, two: Two) -> None:
    two.theirs.tell_the_end(url=url)

    assert two.ours.ring(ALICE).answer().is_connected
    assert two.ours.is_talking


@pytest.mark.parametrize("url", END_URLS)
def test_anothers_hangup_does_not_end_a_call_that_is_on(url: str, two: Two) -> None:
    """Nor does its answer tell that we know the id."""
    talking = two.ours.ring(ALICE).answer()

    two.theirs.tell_the_end(url=url)

    assert two.ours.is_talking
    talking.hangup()
    assert two.ours.ended == [True]


@pytest.mark.parametrize("url", END_URLS)
def test_ones_own_hangup_ends_either_call(url: str, two: Two) -> None:
    """So that the two above could fail."""
    two.ours.tell_the_end(url=url)
    assert two.ours.ring(ALICE).outcome == "ended"

    asked = two.ours.ring(STRANGER, OTHER_ID)
    two.ours.tell_the_end(OTHER_ID, url=url)
    assert enter_the_pin(asked).outcome == "ended"
    assert two.ours.ended == two.theirs.ended == []


def test_two_accounts_talk_under_one_id(two: Two) -> None:
    """Each hangup ends its own account's conversation, in whichever order they come."""
    asked = two.ours.ring(STRANGER)
    their_call = two.theirs.ring(ALICE).answer()
    our_call = enter_the_pin(asked).answer()
    assert our_call.is_connected
    assert (two.ours.is_talking, two.theirs.is_talking) == (True, True)

    our_call.hangup()
    assert (two.ours.is_talking, two.theirs.is_talking) == (False, True)

    their_call.hangup()
    assert two.ours.ended == two.theirs.ended == [True]
    deliveries = our_call.deliveries + their_call.deliveries
    assert {delivery.status for delivery in deliveries} == {200}


@pytest.mark.parametrize("comes_back_first", ["ours", "theirs"])
def test_two_accounts_ask_for_pins_under_one_id(comes_back_first: str, two: Two) -> None:
    """Each caller is asked by their own account, and wrong digits count for nobody else."""
    calls = {"theirs": two.theirs.ring(STRANGER), "ours": two.ours.ring(STRANGER)}
    assert [call.state for call in calls.values()] == ["entering", "entering"]

    first = calls.pop(comes_back_first)
    [other] = calls.values()
    first.press("0000")

    assert enter_the_pin(other).answer().hangup().is_connected
    assert enter_the_pin(first).answer().hangup().is_connected
    assert two.ours.ended == two.theirs.ended == [True]


def test_a_repeated_answer_webhook_finds_its_own_accounts_question(two: Two) -> None:
    two.theirs.ring(STRANGER).press("0000")
    asked = two.ours.ring(STRANGER).press("0000").press("0000")

    landed = asked.deliveries[0].webhook
    again = asked.deliver(landed)

    # The third of the three attempts that the session gives.
    assert again.status == 200
    assert again.body == asked.sent("digits")[-1].body
    assert f"/{ID}/2/" in again.text


def test_an_erasure_forgets_only_its_own_accounts_question(two: Two) -> None:
    their_call = two.theirs.ring(STRANGER)
    enter_the_pin(two.ours.ring(STRANGER)).answer().hangup()

    ordered = two.ours.api("POST", "Masking/Erasure/", {"number": STRANGER}, expected=202)
    two.ours.service.run_schedules()

    erasure = two.ours.api("GET", f"Masking/Erasure/{ordered['erasure_id']}/")
    assert erasure["erased"]["interactions"] == 1
    assert enter_the_pin(their_call).answer().is_connected


def test_a_call_of_one_account_is_not_ended_by_the_other_that_shares_its_carrier(
    sharing: Two,
) -> None:
    """The signature may be either's: the URL says whose it is."""
    our_call = sharing.ours.ring(ALICE).answer()
    asked = sharing.theirs.ring(STRANGER, OTHER_ID)

    our_call.hangup()

    assert (sharing.ours.ended, sharing.theirs.ended) == ([True], [])
    their_call = enter_the_pin(asked).answer()
    assert their_call.is_connected
    their_call.hangup()
    assert (sharing.ours.ended, sharing.theirs.ended) == ([True], [True])


def test_a_hangup_before_its_call_ends_that_call_whichever_of_two_that_share_a_carrier_has_it(
    sharing: Two,
) -> None:
    for account, call_uuid in ((sharing.ours, ID), (sharing.theirs, OTHER_ID)):
        account.tell_the_end(call_uuid)
        assert account.ring(ALICE, call_uuid).outcome == "ended"
        assert account.ended == []

    assert sharing.ours.ring(ALICE, "call-3").answer().is_connected
    assert sharing.theirs.ring(ALICE, "call-4").answer().is_connected
