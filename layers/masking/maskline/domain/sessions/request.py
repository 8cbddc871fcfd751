"""A client's requests about sessions, validated: the input of the session services."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from maskline.domain.errors import InvalidParameterError
from maskline.domain.phone_numbers import E164, is_same_phone
from maskline.domain.sessions.callback_urls import FIELDS, without_login
from maskline.domain.sessions.session import Role, Session, Settings, Strategy, Terms


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """A session to create. `subaccount_id` is "" for the main account, a missing party is "".

    Where PINs are to be generated, those of `terms` are still "". `without_plus` names the parties
    whose numbers the client wrote without one, so that a refusal can say how they were read.
    """

    first_party: E164
    second_party: E164
    settings: Settings
    terms: Terms
    strategy: Strategy
    subaccount_id: str
    without_plus: frozenset[Role] = field(default=frozenset(), compare=False)

    def party(self, role: Role) -> E164:
        """The real number of a role, "" for the missing one."""
        return self.first_party if role is Role.FIRST else self.second_party

    @property
    def is_geomatched(self) -> bool:
        """True if its numbers must be of its parties' countries."""
        return self.terms.is_geomatched

    @property
    def wished_carrier(self) -> str:
        """The carrier that its numbers must be of, "" for any."""
        return self.terms.carrier


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's name for a request, and a hash of who asked for what."""

    key: str
    fingerprint: str


# Public names of what a session keeps for life.
FIXED_FIELDS = (
    "first_party",
    "second_party",
    "virtual_number_strategy",
    "carrier",
    "on_exhaustion",
    "sticky",
    "subaccount",
    "initiate_call_to_first_party",
    "geomatch",
    "unknown_caller_play",
    "is_pin_authentication_required",
    "force_pin_authentication",
    "generate_pin",
    "generate_pin_length",
    "first_party_pin",
    "second_party_pin",
    "pin_prompt_play",
    "pin_retry",
    "pin_retry_wait",
    "incorrect_pin_play",
    "create_session_with_single_party",
    "virtual_number_cooloff_period",
)


@dataclass(frozen=True, slots=True)
class SessionChange:
    """New settings of a session; None leaves a setting alone, a URL of "" ends its use.

    A callback URL as it is shown leaves the setting alone, too: who repeats it was not told the
    login.

    `fixed` holds what the client sent for fields that may not change, by their public names.
    `party_problems` says of parties among them why they are no number to add, as a part of a
    sentence. `without_plus` is that of a SessionRequest.
    """

    session_expiry_seconds: int | None = None
    call_time_limit_seconds: int | None = None
    ring_timeout_seconds: int | None = None
    callback_url: str | None = None
    callback_method: str | None = None
    record: bool | None = None
    record_file_format: str | None = None
    recording_callback_url: str | None = None
    recording_callback_method: str | None = None
    first_party_play_url: str | None = None
    second_party_play_url: str | None = None
    fixed: Mapping[str, object] = field(default_factory=dict)
    party_problems: Mapping[str, str] = field(default_factory=dict)
    without_plus: frozenset[Role] = field(default=frozenset(), compare=False)

    @property
    def restarts_expiry(self) -> bool:
        """True if the session's time starts anew."""
        return self.session_expiry_seconds is not None

    def applied_to(self, settings: Settings) -> Settings:
        """The settings after the change."""
        wanted = {setting.name: getattr(self, setting.name) for setting in fields(settings)}
        shown = {name: without_login(getattr(settings, name)) for name in FIELDS}
        given = {
            name: value
            for name, value in wanted.items()
            if value is not None and value != shown.get(name)
        }
        return replace(settings, **given)

    def party_to_add(self, session: Session) -> E164 | None:
        """The phone for the missing role of a single-party session, if the request brings one."""
        if session.missing_role is None:
            return None
        number = self.fixed.get(f"{session.missing_role}_party")
        return E164(str(number)) if number else None

    def require_fixed_unchanged(self, session: Session) -> None:
        """Raise InvalidParameterError for the first fixed field that the request would change.

        The same value passes, since some clients always send the whole session, and so does the
        missing party of a single-party session.
        """
        current, missing = _fixed_values(session), session.missing_role
        # Whoever repeats the create's body says what was asked for, whatever came of it.
        asked = current | {
            "virtual_number_strategy": session.asked_strategy,
            "carrier": session.terms.carrier,
        }
        for name, wanted in self.fixed.items():
            if missing and name == f"{missing}_party":
                self._require_addable(missing, session)
            elif wanted not in (current[name], asked[name]) and not _is_party(
                session, name, wanted
            ):
                raise InvalidParameterError(name, f"Invalid parameter. {name} cannot be updated")

    def _require_addable(self, role: Role, session: Session) -> None:
        """Refuse all but a phone number other than the other party's, as a create does."""
        name, added = f"{role}_party", self.party_to_add(session)
        if name in self.party_problems:
            reason = f"Invalid parameter. {name} {self.party_problems[name]}"
            raise InvalidParameterError(name, reason)
        if added and is_same_phone(added, session.party(role.other)):
            reason = f"Invalid parameter. {name} must differ from {role.other}_party"
            raise InvalidParameterError(name, reason)


def _is_party(session: Session, name: str, wanted: object) -> bool:
    """Tell if a field names the party that the session has, in another form of their number."""
    parties = {f"{role}_party": session.party(role) for role in Role}
    return name in parties and is_same_phone(parties[name], E164(str(wanted)))


def _fixed_values(session: Session) -> dict[str, object]:
    return {
        "first_party": session.first_party,
        "second_party": session.second_party,
        "virtual_number_strategy": session.strategy,
        "carrier": session.carrier,
        "on_exhaustion": session.terms.on_exhaustion,
        "sticky": session.terms.is_sticky,
        "subaccount": session.subaccount_id,
        "initiate_call_to_first_party": session.terms.initiates_call,
        "geomatch": session.terms.is_geomatched,
        **shown_terms(session.terms),
    }


def shown_terms(terms: Terms) -> dict[str, object]:
    """The terms that the session object shows, by their public names and in its order.

    The PIN fields are null where PINs are off; PINs are in clear, as the original shows them.
    """
    pins = terms.pin
    return {
        "unknown_caller_play": terms.unknown_caller_play,
        "is_pin_authentication_required": pins is not None,
        "generate_pin": pins and pins.is_generated,
        "generate_pin_length": pins and pins.generated_length,
        "first_party_pin": pins and pins.first_pin,
        "second_party_pin": pins and pins.second_pin,
        "pin_prompt_play": pins and pins.prompt_url,
        "pin_retry": pins and pins.retries,
        "pin_retry_wait": pins and pins.wait_seconds,
        "incorrect_pin_play": pins and pins.incorrect_url,
        "create_session_with_single_party": True if terms.is_single_party else None,
        "virtual_number_cooloff_period": terms.cooloff_seconds,
        "force_pin_authentication": pins is not None and pins.is_forced,
    }
