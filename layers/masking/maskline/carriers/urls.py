"""Our own URLs, under which carriers ask and report.

    /carriers/{carrier}/{door}/{step}/{account}[/{session}[/{call}[/{attempt}]]]/{token}

The token covers all that comes before it: besides the carrier's signature, a webhook can only be
about an account, a session and a call for which we made that very URL.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from maskline.deployment_keys import subkey
from maskline.domain.errors import ForgedWebhookError

_TOKEN_BYTES = 16
# Some carriers' ids hold a colon, which some servers write in another way on the way to us.
_COLON = "~"


class Door(StrEnum):
    """The function that a webhook comes to: of CALL, somebody listens until we answer."""

    CALL = "call"
    EVENT = "event"


class Step(StrEnum):
    """The kind of a webhook: a question or a report.

    FIRST_ steps are of a call that we placed, to the session's first party. Those URLs name no
    call: the carrier gives it an id only when it is placed.
    """

    ANSWER = "answer"
    DIGITS = "digits"
    WHISPER = "whisper"
    FIRST_ANSWER = "first-answer"
    DIAL = "dial"
    DIAL_END = "dial-end"
    RECORDING = "recording"
    HANGUP = "hangup"
    FIRST_RING = "first-ring"
    FIRST_HANGUP = "first-hangup"

    @property
    def door(self) -> Door:
        return Door.CALL if self in _HEARD else Door.EVENT


_HEARD = {Step.ANSWER, Step.DIGITS, Step.WHISPER, Step.FIRST_ANSWER}
# How many of session, call and attempt a URL names.
_IDS = {
    Step.ANSWER: 0,
    Step.HANGUP: 0,
    Step.FIRST_ANSWER: 1,
    Step.FIRST_RING: 1,
    Step.FIRST_HANGUP: 1,
    Step.WHISPER: 2,
    Step.DIAL: 2,
    Step.DIAL_END: 2,
    Step.RECORDING: 2,
    Step.DIGITS: 3,
}


@dataclass(frozen=True, slots=True)
class CallUrls:
    """The URLs of one call of an account at a carrier.

    `base_url` is ours, without a trailing slash. Ids are "" where they are not known (yet);
    `attempt` numbers the PIN that is asked for, from 0.
    """

    base_url: str
    carrier: str
    account_id: str
    session_uuid: str = ""
    call_uuid: str = ""
    attempt: int = 0

    def to(self, step: Step) -> str:
        """Return the URL under which the carrier comes back with this step."""
        call = self.call_uuid.replace(":", _COLON)
        ids = (self.session_uuid, call, str(self.attempt))[: _IDS[step]]
        path = "/".join((self.carrier, step.door, step, self.account_id, *ids))
        return f"{self.base_url}/carriers/{path}/{_token(path)}"


def read_url(base_url: str, carrier: str, door: Door, rest: str) -> tuple[Step, CallUrls]:
    """Return the step and the call of a URL; `rest` is its path from the step on.

    Raises ForgedWebhookError unless we made it.
    """
    path, _, given = rest.rpartition("/")
    text = f"{carrier}/{door}/{path}"
    if not hmac.compare_digest(given.encode(errors="replace"), _token(text).encode()):
        raise ForgedWebhookError("not a URL of ours")
    step, account_id, *ids = path.split("/")
    session_uuid, call, attempt = [*ids, *("", "", "0")[len(ids) :]]
    call_uuid = call.replace(_COLON, ":")
    urls = CallUrls(base_url, carrier, account_id, session_uuid, call_uuid, int(attempt))
    return Step(step), urls


def read_requested(base_url: str, carrier: str, url: str) -> tuple[Step, CallUrls]:
    """Return the step and the call of a URL as a carrier requested it.

    Raises ForgedWebhookError unless we made it.
    """
    path = url.removeprefix(f"{base_url}/carriers/{carrier}/").partition("?")[0]
    door, _, rest = unquote(path).partition("/")
    if door not in list(Door):
        raise ForgedWebhookError("not a URL of ours")
    return read_url(base_url, carrier, Door(door), rest)


def _token(path: str) -> str:
    """128 bits in URL-safe characters. No part of a path holds a slash, so no two read the same."""
    digest = hmac.digest(subkey("webhook-url"), path.encode(errors="replace"), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:_TOKEN_BYTES]).rstrip(b"=").decode("ascii")
