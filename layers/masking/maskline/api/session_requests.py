"""Bodies of session requests. Tolerates what the official clients really send.

Keys in any case, aliases, unknown keys, numeric and boolean strings; 0, "" and null are unset.
One error is reported at a time, always the same one for the same body: an unsupported parameter
(it may change what is mandatory), then a missing, then a wrong one in the order of the models.
"""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from maskline.api import fields
from maskline.api.authentication import GetAccount
from maskline.api.fields import Body, PhoneNumber, Text, Url
from maskline.api.subaccounts import require_own_subaccount
from maskline.api.unsupported import require_supported
from maskline.config import DeploymentSettings
from maskline.domain.accounts import Caller
from maskline.domain.errors import InvalidParameterError
from maskline.domain.session_requests import IdempotencyKey, SessionChange, SessionRequest
from maskline.domain.sessions import Settings, Strategy

MIN_SECONDS = 60
MAX_CALL_SECONDS = 86_400
# No bound is published; a phone that rang for ten minutes is not going to be answered.
MAX_RING_SECONDS = 600

_ALIASES = {
    "is_pin_authentication": "is_pin_authentication_required",
    "pin_authentication_required": "is_pin_authentication_required",
    "is_authentication_required": "is_pin_authentication_required",
    "sub_account": "subaccount",
    "geo_match": "geomatch",
}
_FIXED = ("first_party", "second_party", "virtual_number_strategy", "subaccount")


class _Method(StrEnum):
    GET = "GET"
    POST = "POST"


def _clamped(value: object) -> int | None:
    """Out of bounds is brought in; what is no integer, and 0, leaves the default."""
    number = fields.as_integer(value)
    return min(max(number, MIN_SECONDS), MAX_CALL_SECONDS) if number else None


def _deliverable(value: str, info: ValidationInfo) -> str:
    """Callbacks go to https only, or in the local stack to this machine."""
    url = fields.as_url(value)
    allows_loopback = getattr(info.context, "allow_loopback_callbacks", False)
    is_local = url is not None and allows_loopback and fields.is_loopback(url)
    if url is not None and url.scheme != "https" and not is_local:
        raise PydanticCustomError("invalid", "Invalid parameter. callback_url should use https")
    return value


class _Settings(Body):
    """What create and update share."""

    session_expiry: Annotated[
        int | None,
        fields.integer_between(MIN_SECONDS, lambda context: context.session_expiry_max_seconds),
    ] = None
    call_time_limit: Annotated[int | None, BeforeValidator(_clamped)] = None
    ring_timeout: Annotated[
        int | None, fields.integer_between(1, lambda _context: MAX_RING_SECONDS)
    ] = None
    callback_url: Annotated[Url, AfterValidator(_deliverable)] | None = None
    callback_method: Annotated[_Method, fields.choice(_Method)] | None = None


class _Parties(Body):
    first_party: PhoneNumber
    second_party: PhoneNumber


class _Creation(_Settings, _Parties):
    """Pydantic takes the fields of the last base first: the parties are checked before the rest."""

    virtual_number_strategy: Annotated[Strategy, fields.choice(Strategy)] | None = None
    subaccount: Text | None = None


def session_request(
    body: Mapping[str, object],
    caller: Caller,
    *,
    deployment: DeploymentSettings,
    get_account: GetAccount,
) -> SessionRequest:
    """The session that a create body asks for. Raises InvalidParameterError."""
    given = fields.canonical(body, aliases=_ALIASES)
    require_supported(given)
    wanted = fields.validated(_Creation, given, deployment)
    if wanted.first_party == wanted.second_party:
        raise fields.invalid("second_party", "must differ from first_party")
    require_own_subaccount(caller, wanted.subaccount, get_account=get_account)
    return SessionRequest(
        first_party=wanted.first_party,
        second_party=wanted.second_party,
        settings=_initial_settings(wanted, deployment),
        strategy=wanted.virtual_number_strategy or caller.account.default_strategy,
        subaccount_id=wanted.subaccount or caller.subaccount_id,
    )


def _initial_settings(wanted: _Settings, deployment: DeploymentSettings) -> Settings:
    return Settings(
        session_expiry_seconds=wanted.session_expiry or deployment.session_expiry_default_seconds,
        call_time_limit_seconds=(
            wanted.call_time_limit or deployment.call_time_limit_default_seconds
        ),
        ring_timeout_seconds=wanted.ring_timeout or deployment.ring_timeout_default_seconds,
        callback_url=wanted.callback_url or "",
        callback_method=(wanted.callback_method or _Method.POST).value,
    )


def session_change(body: Mapping[str, object], *, deployment: DeploymentSettings) -> SessionChange:
    """The change that an update body asks for. Raises InvalidParameterError."""
    given = fields.canonical(body, aliases=_ALIASES, clearable=frozenset({"callback_url"}))
    require_supported(given, is_update=True)
    wanted = fields.validated(_Settings, given, deployment)
    return SessionChange(
        session_expiry_seconds=wanted.session_expiry,
        call_time_limit_seconds=wanted.call_time_limit,
        ring_timeout_seconds=wanted.ring_timeout,
        callback_url=wanted.callback_url,
        callback_method=wanted.callback_method.value if wanted.callback_method else None,
        fixed={name: _comparable(name, given[name]) for name in _FIXED if given.get(name)},
    )


def _comparable(name: str, value: object) -> str:
    """A fixed field as the session holds it; what is not even valid equals nothing it holds."""
    if name.endswith("_party"):
        return fields.as_phone_number(value) or "invalid"
    if name == "virtual_number_strategy":
        return fields.as_choice(value, Strategy) or "invalid"
    return str(value)


def idempotency_key(
    headers: Mapping[str, str], body: Mapping[str, Any], caller: Caller
) -> IdempotencyKey | None:
    """The request's idempotency key, None without one. The fingerprint covers caller and body.

    Raises InvalidParameterError unless the key is 1 to 255 printable ASCII characters.
    """
    key = headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not (key.isascii() and key.isprintable()):
        raise InvalidParameterError(
            "Idempotency-Key",
            "Invalid header. Idempotency-Key should be 1 to 255 printable characters",
        )
    request = json.dumps([caller.path_id, body], sort_keys=True, separators=(",", ":"))
    return IdempotencyKey(key, hashlib.sha256(request.encode()).hexdigest())
