"""The family's REST API: what we ask it, and where it keeps what."""

from dataclasses import dataclass
from urllib.parse import quote

from maskline.carriers import rest
from maskline.carriers.adapter import within
from maskline.carriers.rest import Answer, Form, Question
from maskline.carriers.twiml.profile import Profile
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall


@dataclass(frozen=True, slots=True)
class Api:
    """The API of one account. None stands for an answer that did not come in time."""

    account: CarrierAccount
    profile: Profile

    def url(self, *path: str, suffix: str = ".json") -> str:
        """Return the URL of a resource of the account."""
        below = "/".join(quote(part, safe="") for part in (self.account.auth_id, *path))
        return f"{self.account.api_url}{self.profile.accounts_path}/{below}{suffix}"

    def call_url(self, call_uuid: str) -> str:
        """Return where the carrier keeps the record of a call."""
        return self.url("Calls", call_uuid, suffix=self.profile.dot_json)

    def calls_url(self) -> str:
        """Return where calls are placed."""
        return self.url("Calls", suffix=self.profile.dot_json)

    def get(self, url: str) -> Answer | None:
        return rest.ask(Question("GET", url, self._authorization))

    def get_at_once(self, url: str) -> Answer | None:
        """Ask while somebody waits."""
        question = Question("GET", url, self._authorization)
        return rest.ask(question, seconds=rest.SECONDS_WHILE_SOMEBODY_WAITS)

    def post(self, url: str, form: Form) -> Answer | None:
        return rest.ask(self.form("POST", url, form))

    def form(self, method: str, url: str, parameters: Form) -> Question:
        """Return a request with a form."""
        return rest.form_question(method, url, self._authorization, parameters)

    def json(self, method: str, url: str, content: Form) -> Question:
        """Return a request with a JSON object."""
        return rest.json_question(method, url, self._authorization, content)

    @property
    def _authorization(self) -> str:
        return self.profile.authorization(self.account)


def call_parameters(call: OutboundCall, urls: CallUrls, profile: Profile) -> dict[str, str | int]:
    """Return what all of the family are told of a call to place, but for its events.

    One URL is told of all of them. The answer URL is tried once more where it fails.
    """
    answer_url = urls.to(Step.FIRST_ANSWER) + profile.retries
    limits = {"TimeLimit": within(profile.talk_seconds, call.time_limit_seconds)}
    return {
        "From": call.caller_id,
        "To": call.callee,
        "Url": answer_url,
        "FallbackUrl": answer_url,
        "StatusCallback": urls.to(Step.FIRST_HANGUP) + profile.retries,
        "StatusCallbackMethod": "POST",
        "Timeout": within(profile.ring_seconds, call.ring_timeout_seconds),
        **(limits if profile.limits_placed_calls else {}),
    }
