"""What a client asks of sessions, validated: the input of the session services."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from maskline.domain.errors import InvalidParameterError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Session, Settings, Strategy


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """A session to create. `subaccount_id` is "" for the main account."""

    first_party: E164
    second_party: E164
    settings: Settings
    strategy: Strategy
    subaccount_id: str


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's name for a request, and a hash of who asked for what."""

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SessionChange:
    """New settings of a session; None leaves a setting alone, callback_url "" ends the callbacks.

    `fixed` holds what the client sent for fields that may not change, by their public names.
    """

    session_expiry_seconds: int | None = None
    call_time_limit_seconds: int | None = None
    ring_timeout_seconds: int | None = None
    callback_url: str | None = None
    callback_method: str | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)

    @property
    def restarts_expiry(self) -> bool:
        """Whether the session's time starts anew."""
        return self.session_expiry_seconds is not None

    def applied_to(self, settings: Settings) -> Settings:
        """The settings after the change."""
        wanted: dict[str, Any] = {
            "session_expiry_seconds": self.session_expiry_seconds,
            "call_time_limit_seconds": self.call_time_limit_seconds,
            "ring_timeout_seconds": self.ring_timeout_seconds,
            "callback_url": self.callback_url,
            "callback_method": self.callback_method,
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        return replace(settings, **given)

    def require_fixed_unchanged(self, session: Session) -> None:
        """Raise InvalidParameterError for the first fixed field that the request would change.

        The same value passes: some clients always send the whole session.
        """
        current = {
            "first_party": session.first_party,
            "second_party": session.second_party,
            "virtual_number_strategy": session.strategy,
            "subaccount": session.subaccount_id,
        }
        for name, wanted in self.fixed.items():
            if wanted != current[name]:
                raise InvalidParameterError(name, f"Invalid parameter. {name} cannot be updated")
