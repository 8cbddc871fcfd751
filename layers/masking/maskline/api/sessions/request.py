"""Bodies of session requests. Tolerates what the official clients really send.

Keys in any case, aliases, unknown keys, numeric and boolean strings; 0, "" and null are unset.
One error is reported at a time, always the same one for the same body: a parameter that is given
twice with different values, then a missing one, then a wrong one in the order of the models, then
one that does not go with the others.
"""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict

from maskline.api import fields, phone_fields
from maskline.api.authentication import GetAccount
from maskline.api.fields import Body, Boolean, Text, Url
from maskline.api.phone_fields import PhoneNumber
from maskline.api.sessions.callback_urls import CallbackUrl
from maskline.api.sessions.pin_parameters import PinParameters, pin_terms
from maskline.api.subaccounts import require_own_subaccount
from maskline.config import DeploymentSettings
from maskline.domain.accounts import Client
from maskline.domain.errors import InvalidParameterError
from maskline.domain.phone_numbers import E164, is_same_phone
from maskline.domain.sessions.request import (
    FIXED_FIELDS,
    IdempotencyKey,
    SessionChange,
    SessionRequest,
)
from maskline.domain.sessions.session import Role, Rung, Settings, Strategy, Terms

MIN_SECONDS = 60
MAX_CALL_SECONDS = 86_400
# No bound is published; a phone that rang for ten minutes is not going to be answered.
MAX_RING_SECONDS = 600
MAX_COOLOFF_SECONDS = 3600

# Official clients name the session in the body of an update, too.
SENT_WITH_UPDATES = frozenset({"session_uuid"})
IDEMPOTENCY_KEY: fields.Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "pattern": "^[ -~]+$",
}
_SINGLE_PARTY = "create_session_with_single_party"
_PARTIES = ("first_party", "second_party")


class _Method(StrEnum):
    GET = "GET"
    POST = "POST"


def _clamped(value: object) -> int | None:
    """Out of bounds is brought in; what is no integer, and 0, leaves the default."""
    number = fields.as_integer(value)
    return min(max(number, MIN_SECONDS), MAX_CALL_SECONDS) if number else None


class _Format(StrEnum):
    MP3 = "mp3"
    WAV = "wav"


class ChangeableSettings(Body):
    """The fields that create and update share."""

    session_expiry: Annotated[
        int | None,
        fields.integer_between(MIN_SECONDS, lambda context: context.session_expiry_max_seconds),
    ] = None
    call_time_limit: Annotated[int | None, fields.accepting(fields.INTEGER, _clamped)] = None
    ring_timeout: Annotated[int | None, fields.integer_between(1, MAX_RING_SECONDS)] = None
    callback_url: CallbackUrl | None = None
    callback_method: Annotated[_Method, fields.choice(_Method)] | None = None
    record: Boolean | None = None
    record_file_format: Annotated[_Format, fields.choice(_Format)] | None = None
    recording_callback_url: CallbackUrl | None = None
    recording_callback_method: Annotated[_Method, fields.choice(_Method)] | None = None
    first_party_play_url: Url | None = None
    second_party_play_url: Url | None = None


class _Parties(Body):
    first_party: PhoneNumber | None = None
    second_party: PhoneNumber | None = None
    create_session_with_single_party: Boolean = False


class Creation(PinParameters, ChangeableSettings, _Parties):
    """Pydantic takes the fields of the last base first: the parties are checked before the rest."""

    aliases: ClassVar[Mapping[str, str]] = {
        "is_pin_authentication": "is_pin_authentication_required",
        "pin_authentication_required": "is_pin_authentication_required",
        "is_authentication_required": "is_pin_authentication_required",
        "sub_account": "subaccount",
        "geo_match": "geomatch",
    }
    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": ["first_party", "second_party"]}, {"required": [_SINGLE_PARTY]}],
            "examples": [{"first_party": "+12025550101", "second_party": "+12025550102"}],
        }
    )

    virtual_number_strategy: Annotated[Strategy, fields.choice(Strategy)] | None = None
    on_exhaustion: Annotated[tuple[Rung, ...], fields.choices(Rung)] = ()
    sticky: Boolean = False
    carrier: Text = ""
    subaccount: Text | None = None
    geomatch: Boolean = True
    initiate_call_to_first_party: Boolean = False
    unknown_caller_play: Url = ""
    virtual_number_cooloff_period: Annotated[
        int, fields.integer_between(0, MAX_COOLOFF_SECONDS)
    ] = 0


def session_request(
    body: Mapping[str, object],
    client: Client,
    *,
    deployment: DeploymentSettings,
    get_account: GetAccount,
) -> SessionRequest:
    """The session that a create body asks for. Raises InvalidParameterError."""
    given = fields.canonical(body, Creation)
    _require_parties(given)
    wanted = fields.validated(Creation, given, deployment)
    _require_sensible_parties(wanted)
    require_own_subaccount(client, wanted.subaccount, get_account=get_account)
    return SessionRequest(
        first_party=wanted.first_party or E164(""),
        second_party=wanted.second_party or E164(""),
        settings=_initial_settings(wanted, deployment),
        terms=_terms(wanted, deployment),
        strategy=wanted.virtual_number_strategy or client.account.default_strategy,
        subaccount_id=wanted.subaccount or client.subaccount_id,
        without_plus=_without_plus(given),
    )


def _without_plus(given: Mapping[str, object]) -> frozenset[Role]:
    written = {role: given.get(f"{role}_party") for role in Role}
    return frozenset(role for role, value in written.items() if phone_fields.lacks_plus(value))


def _require_parties(given: Mapping[str, object]) -> None:
    """Both are mandatory; of a single-party session at least one, either one."""
    missing = [name for name in _PARTIES if name not in given]
    is_single = fields.is_true(given.get(_SINGLE_PARTY))
    if missing and (not is_single or len(missing) == 2):
        raise fields.missing(missing[0])


def _require_sensible_parties(wanted: Creation) -> None:
    first, second = wanted.first_party, wanted.second_party
    if first and second and is_same_phone(first, second):
        raise fields.invalid("second_party", "must differ from first_party")
    if wanted.initiate_call_to_first_party and not (first and second):
        raise fields.invalid("initiate_call_to_first_party", "needs both parties")


def _terms(wanted: Creation, deployment: DeploymentSettings) -> Terms:
    return Terms(
        is_geomatched=wanted.geomatch,
        cooloff_seconds=wanted.virtual_number_cooloff_period,
        unknown_caller_play=wanted.unknown_caller_play,
        is_single_party=wanted.create_session_with_single_party,
        initiates_call=wanted.initiate_call_to_first_party,
        pin=pin_terms(wanted, drawn_length=deployment.pin_length),
        on_exhaustion=wanted.on_exhaustion,
        is_sticky=wanted.sticky,
        carrier=wanted.carrier.lower(),
    )


def _initial_settings(wanted: ChangeableSettings, deployment: DeploymentSettings) -> Settings:
    return Settings(
        session_expiry_seconds=wanted.session_expiry or deployment.session_expiry_default_seconds,
        call_time_limit_seconds=(
            wanted.call_time_limit or deployment.call_time_limit_default_seconds
        ),
        ring_timeout_seconds=wanted.ring_timeout or deployment.ring_timeout_default_seconds,
        callback_url=wanted.callback_url or "",
        callback_method=_value(wanted.callback_method, _Method.POST),
        record=wanted.record or False,
        record_file_format=_value(wanted.record_file_format, _Format.MP3),
        recording_callback_url=wanted.recording_callback_url or "",
        recording_callback_method=_value(wanted.recording_callback_method, _Method.POST),
        first_party_play_url=wanted.first_party_play_url or "",
        second_party_play_url=wanted.second_party_play_url or "",
    )


def _value(chosen: StrEnum | None, otherwise: StrEnum) -> str:
    return (chosen or otherwise).value


_CLEARABLE = frozenset(
    {
        "callback_url",
        "recording_callback_url",
        "first_party_play_url",
        "second_party_play_url",
    }
)


def session_change(body: Mapping[str, object], *, deployment: DeploymentSettings) -> SessionChange:
    """The change that an update body asks for. Raises InvalidParameterError."""
    given = fields.canonical(body, Creation, clearable=_CLEARABLE)
    wanted = fields.validated(ChangeableSettings, given, deployment)
    return SessionChange(
        session_expiry_seconds=wanted.session_expiry,
        call_time_limit_seconds=wanted.call_time_limit,
        ring_timeout_seconds=wanted.ring_timeout,
        callback_url=wanted.callback_url,
        callback_method=wanted.callback_method and wanted.callback_method.value,
        record=None if _says_nothing_of_recording(given) else wanted.record,
        record_file_format=wanted.record_file_format and wanted.record_file_format.value,
        recording_callback_url=wanted.recording_callback_url,
        recording_callback_method=(
            wanted.recording_callback_method and wanted.recording_callback_method.value
        ),
        first_party_play_url=wanted.first_party_play_url,
        second_party_play_url=wanted.second_party_play_url,
        fixed=_fixed_fields(given),
        party_problems=phone_fields.phone_number_problems(given, _PARTIES),
        without_plus=_without_plus(given),
    )


def _says_nothing_of_recording(given: Mapping[str, object]) -> bool:
    """One client sends both of these as false in every update, whatever its user asked for.

    Only such a pair leaves the recording alone: false by itself ends it.
    """
    both = ("record", _SINGLE_PARTY)
    return all(name in given and not fields.is_true(given[name]) for name in both)


def _fixed_fields(given: Mapping[str, object]) -> dict[str, object]:
    """Return the values sent for fields that may not change, as the session would hold them.

    false, 0 and "" mean "leave alone": some clients always send them.
    """
    comparable = {name: _comparable(name, given[name]) for name in FIXED_FIELDS if name in given}
    return {name: value for name, value in comparable.items() if value}


def _comparable(name: str, value: object) -> object:
    """Return a value as a session holds it; one that is not valid equals nothing there."""
    if name in _PARTIES:
        return phone_fields.as_phone_number(value) or "invalid"
    if name == "virtual_number_strategy":
        return fields.as_choice(value, Strategy) or "invalid"
    if name == "on_exhaustion":
        rungs = fields.as_choices(value, Rung)
        return "invalid" if rungs is None else rungs
    if name == "carrier" or name.endswith("_party_pin"):
        return str(value).lower()
    boolean = fields.as_boolean(value)
    if isinstance(boolean, bool):
        return boolean
    number = fields.as_integer(value)
    return value if number is None else number


def idempotency_key(
    headers: Mapping[str, str], body: Mapping[str, Any], client: Client
) -> IdempotencyKey | None:
    """The request's idempotency key, None without one. The fingerprint covers client and body.

    Raises InvalidParameterError unless the key is 1 to 255 printable ASCII characters.
    """
    key = headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= IDEMPOTENCY_KEY["maxLength"] or not (
        key.isascii() and key.isprintable()
    ):
        raise InvalidParameterError(
            "Idempotency-Key",
            "Invalid header. Idempotency-Key should be 1 to 255 printable characters",
        )
    request = json.dumps([client.path_id, body], sort_keys=True, separators=(",", ":"))
    return IdempotencyKey(key, hashlib.sha256(request.encode()).hexdigest())
