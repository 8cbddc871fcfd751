"""The URLs under which the carrier reports on a Dial that we ordered.

They carry a token of ours besides the carrier's signature: a report can only be about a call that
we answered with these very ids, whoever else has an account with the carrier.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from maskline.domain.errors import ForgedWebhookError

TOKEN_BYTES = 16
# How the carrier repeats a webhook that we could not answer; by default it does so after a timeout,
# and not after a 5xx. It keeps the fragment to itself and leaves it out of what it signs.
RETRIES = "#rc=3&rp=5xx,ct,rt"
_FIRST = ("answer", "ring", "hangup")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """`dial_url` is told of what happens meanwhile, `dial_end_url` asked what to do afterwards.

    `whisper_url` is asked what the callee hears first, `recording_url` told of the recording.
    """

    dial_url: str
    dial_end_url: str
    whisper_url: str
    recording_url: str


def follow_up(base_url: str, *, key: bytes, session_uuid: str, call_uuid: str) -> FollowUp:
    """The URLs of one call. `base_url` is ours, without a trailing slash."""
    token = follow_up_token(key, session_uuid=session_uuid, call_uuid=call_uuid)
    path = f"{session_uuid}/{call_uuid}/{token}{RETRIES}"
    return FollowUp(
        dial_url=f"{base_url}/carriers/plivo/dial/{path}",
        dial_end_url=f"{base_url}/carriers/plivo/dial-end/{path}",
        whisper_url=f"{base_url}/carriers/plivo/whisper/{path}",
        recording_url=f"{base_url}/carriers/plivo/recording/{path}",
    )


@dataclass(frozen=True, slots=True)
class FirstLegUrls:
    """Of a call that we place: asked what to do on its answer, told that it rings and that it ends.

    They name no call: the carrier gives it an id only when it is placed.
    """

    answer_url: str
    ring_url: str
    hangup_url: str


def first_leg_urls(base_url: str, *, key: bytes, session_uuid: str) -> FirstLegUrls:
    """The URLs of a session's first call. `key` is a subkey for this purpose alone."""
    token = follow_up_token(key, session_uuid=session_uuid, call_uuid="")
    path = f"{session_uuid}/{token}{RETRIES}"
    return FirstLegUrls(*(f"{base_url}/carriers/plivo/first-{event}/{path}" for event in _FIRST))


def require_own_first_leg(path: Mapping[str, str], *, key: bytes) -> str:
    """The session of such a URL. Raises ForgedWebhookError unless we made it."""
    return require_own_follow_up({**path, "call_uuid": ""}, key=key)[0]


def follow_up_token(key: bytes, *, session_uuid: str, call_uuid: str) -> str:
    """128 bits in URL-safe characters. `key` is a subkey for this purpose alone."""
    # Neither id can hold a slash, so two pairs never read the same.
    digest = hmac.digest(key, f"{session_uuid}/{call_uuid}".encode(), hashlib.sha256)
    return url_safe(digest[:TOKEN_BYTES])


def url_safe(token: bytes) -> str:
    """As a segment of a path."""
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode("ascii")


def require_own_follow_up(path: Mapping[str, str], *, key: bytes) -> tuple[str, str]:
    """Session and call of a follow-up URL. Raises ForgedWebhookError unless we made it."""
    session_uuid, call_uuid, token = path["session_uuid"], path["call_uuid"], path["token"]
    if not check_follow_up_token(token, key=key, session_uuid=session_uuid, call_uuid=call_uuid):
        raise ForgedWebhookError("not a follow-up URL of ours")
    return session_uuid, call_uuid


def check_follow_up_token(token: str, *, key: bytes, session_uuid: str, call_uuid: str) -> bool:
    """Whether we made this token for this call."""
    expected = follow_up_token(key, session_uuid=session_uuid, call_uuid=call_uuid)
    return hmac.compare_digest(token.encode(errors="replace"), expected.encode())
