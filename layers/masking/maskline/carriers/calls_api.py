"""The part of an adapter that asks a carrier's API about calls."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from maskline.carriers import rest
from maskline.carriers.rest import Answer, Question
from maskline.carriers.urls import CallUrls
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement
from maskline.domain.calls.report import CallReport


class CallsApi(ABC):
    """See Carrier. A carrier says where its calls are, what opens its API, and how to read it.

    `record_end` and `alive_end` end the URL of a call where its record is asked for, and where
    whether it is alive. `unknown_is_alive`: what it says of a call to answer that there is none.
    """

    record_end = ""
    alive_end = ""
    unknown_is_alive: bool | None = False

    @abstractmethod
    def authorization(self, account: CarrierAccount) -> str:
        """Return the Authorization header that opens the API."""

    @abstractmethod
    def call_url(self, account: CarrierAccount, call_uuid: str) -> str:
        """Return where the carrier keeps the record of a call."""

    @abstractmethod
    def order(self, account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Question:
        """Return the request to place a call."""

    @abstractmethod
    def tells_alive(self, answer: Answer) -> bool | None:
        """Read the answer about a call; None if it does not say whether that is on."""

    @abstractmethod
    def read_record(self, leg_uuid: str, record: Mapping[str, Any]) -> CallReport | None:
        """Read the record of a leg; None if it is not over."""

    def question(
        self, account: CarrierAccount, method: str, url: str, content: object = None
    ) -> Question:
        """Return a request with the account's credentials."""
        return rest.json_question(method, url, self.authorization(account), content)

    def is_alive(self, account: CarrierAccount, call_uuid: str) -> bool | None:
        url = self.call_url(account, call_uuid) + self.alive_end
        question = self.question(account, "GET", url)
        answer = rest.ask(question, seconds=rest.SECONDS_WHILE_SOMEBODY_WAITS)
        if answer is None:
            return None
        if answer.status == 404:
            return self.unknown_is_alive
        return self.tells_alive(answer) if answer.is_ok else None

    def record(self, account: CarrierAccount, leg_uuid: str) -> CallReport | None:
        url = self.call_url(account, leg_uuid) + self.record_end
        answer = rest.ask(self.question(account, "GET", url))
        if answer is None or not answer.is_ok or answer.content is None:
            return None
        return self.read_record(leg_uuid, answer.content)

    def place(self, account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Placement:
        return rest.place(self.order(account, call, urls))
