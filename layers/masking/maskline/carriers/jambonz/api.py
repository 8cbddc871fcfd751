"""jambonz's own API: what we ask it, and where it keeps what. Source: jambonz-api-server."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from maskline.carriers import rest
from maskline.carriers.jambonz import webhooks
from maskline.carriers.jambonz.verbs import retried
from maskline.carriers.rest import Answer, Question
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.call_order import OutboundCall, Placement

# The name of the secret that opens the API, with its first value.
API_KEY = "api_key"

_UNPROCESSABLE = 422
# A call is refused that names no application and no speech. These are jambonz's own defaults for an
# application, whose URLs would go before those of a call that names it.
_SPEECH = {
    "speech_synthesis_vendor": "google",
    "speech_synthesis_language": "en-US",
    "speech_synthesis_voice": "en-US-Standard-C",
    "speech_recognizer_vendor": "google",
    "speech_recognizer_language": "en-US",
}


def question(
    account: CarrierAccount, method: str, path: str, content: Mapping[str, Any] | None = None
) -> Question:
    """Return a request to the account's jambonz; `path` is below the API's version."""
    body = rest.json_body(content) if content is not None else None
    url = f"{_base(account)}/{path}"
    return Question(method, url, rest.bearer(account.secrets[API_KEY][0]), "application/json", body)


def call_url(account: CarrierAccount, call_uuid: str) -> str:
    """Return where jambonz keeps the record of a call."""
    return f"{_base(account)}/{_call_path(account, call_uuid)}"


def _base(account: CarrierAccount) -> str:
    """The address with the API's version, whether the account's `api_url` has it or not."""
    return f"{account.api_url.removesuffix('/v1')}/v1"


def _call_path(account: CarrierAccount, call_uuid: str) -> str:
    return f"{_calls_path(account)}/{quote(call_uuid, safe='')}"


def _calls_path(account: CarrierAccount) -> str:
    return f"Accounts/{account.auth_id}/Calls"


def is_call_alive(account: CarrierAccount, call_uuid: str) -> bool | None:
    """Tell if a call is on; None if jambonz does not say. A call that is over stays for a while."""
    answer = rest.ask(
        question(account, "GET", _call_path(account, call_uuid)),
        seconds=rest.SECONDS_WHILE_SOMEBODY_WAITS,
    )
    if answer is not None and answer.status == 404:
        return False
    if answer is None or not answer.is_ok or answer.content is None:
        return None
    return not webhooks.is_over(answer.content)


def end_call(account: CarrierAccount, call_uuid: str) -> None:
    """Hang up; a call that was not answered is given up by another word."""
    answer = _updated(account, call_uuid, "completed")
    if answer is not None and answer.status == _UNPROCESSABLE:
        _updated(account, call_uuid, "no-answer")


def _updated(account: CarrierAccount, call_uuid: str, status: str) -> Answer | None:
    update = {"call_status": status}
    return rest.ask(question(account, "PUT", _call_path(account, call_uuid), update))


def call_record(account: CarrierAccount, leg_uuid: str) -> Mapping[str, Any] | None:
    """Return the record of a leg, None if there is none (any more)."""
    answer = rest.ask(question(account, "GET", _call_path(account, leg_uuid)))
    return answer.content if answer is not None and answer.is_ok else None


def place_call(account: CarrierAccount, call: OutboundCall, urls: CallUrls) -> Placement:
    """Ask jambonz to call somebody."""
    order = {
        "from": call.caller_id,
        "to": {"type": "phone", "number": call.callee},
        "call_hook": retried(urls.to(Step.FIRST_ANSWER)),
        "call_status_hook": retried(urls.to(Step.FIRST_HANGUP)),
        "timeout": call.ring_timeout_seconds,
        "timeLimit": call.time_limit_seconds,
        **_SPEECH,
    }
    return rest.place(question(account, "POST", _calls_path(account), order))
