"""The part of an adapter that asks a carrier's API about calls, as a carrier's adapter uses it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from maskline.carriers import rest
from maskline.carriers.rest import Answer
from maskline.carriers.urls import CallUrls
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.domain.calls.report import CallReport


class CallsApi:
    """See Carrier. A carrier says where its calls are, what opens its API, and how to read it.

    `record_end` and `alive_end` end the URL of a call where its record is asked for, and where
    whether it is alive. `unknown_is_alive`: what it says of a call to answer that there is none.
    """

    record_end = ""
    alive_end = ""
    unknown_is_alive: bool | None = False

    def authorization(self, account: CarrierAccount) -> str:
        """Return the Authorization header that opens the API."""
        raise NotImplementedError

    def calls_url(self, account: CarrierAccount) -> str:
        """Return where calls are placed, and below which each is kept."""
        raise NotImplementedError

    def order(self, call: OutboundCall, urls: CallUrls) -> Mapping[str, Any]:
        """Return what the API is told of a call to place."""
        raise NotImplementedError

    def tells_alive(self, answer: Answer) -> bool | None:
        """Read the answer about a call; None if it does not say whether that is on."""
        raise NotImplementedError

    def read_record(self, leg_uuid: str, record: Mapping[str, Any]) -> CallReport | None:
        """Read the record of a leg; None if it is not over."""
        raise NotImplementedError

    def answer_to(
        self, account: CarrierAccount, method: str, url: str, content: object = None
    ) -> Answer | None:
        """Make a request; None if there was no answer in time."""
        return rest.ask(rest.json_question(method, url, self.authorization(account), content))

    def call_url(self, account: CarrierAccount, call_uuid: str) -> str:
        return f"{self.calls_url(account)}/{quote(call_uuid, safe='')}"

    def is_alive(self, account: CarrierAccount, call_uuid: str) -> bool | None:
        url = self.call_url(account, call_uuid) + self.alive_end
        question = rest.json_question("GET", url, self.authorization(account))
        answer = rest.ask(question, seconds=rest.SECONDS_WHILE_SOMEBODY_WAITS)
        if answer is None:
            return None
        if answer.status == 404:
            return self.unknown_is_alive
        return self.tells_alive(answer) if answer.is_ok else None

    def record(self, account: CarrierAccount, leg_uuid: str) -> CallReport | None:
        answer = self.answer_to(account, "GET", self.call_url(account, leg_uuid) + self.record_end)
        if answer is None or not answer.is_ok or answer.content is None:
            return None
        return self.read_record(leg_uuid, answer.content)

    def place(self, account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Placement:
        url, order = self.calls_url(account) + self.record_end, self.order(call, urls)
        return rest.place(rest.json_question("POST", url, self.authorization(account), order))
