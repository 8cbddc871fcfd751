"""Sessions and interactions as the compatible API shows them: its keys, their order, its types."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

from maskline.api.shapes import (
    InteractionObject,
    LadderPart,
    ListedSession,
    MediaPart,
    MoneyPart,
    NumbersPart,
    OwnPart,
    SessionObject,
    SettingsPart,
    TermsPart,
    TotalsPart,
)
from maskline.carriers import DEFAULT
from maskline.domain.allocation.ladder import rung_of
from maskline.domain.calls.interaction import Interaction
from maskline.domain.calls.report import LegStatus
from maskline.domain.phone_numbers import digits
from maskline.domain.sessions.callback_urls import without_login
from maskline.domain.sessions.request import shown_terms
from maskline.domain.sessions.session import Role, Session, Settings, Strategy
from maskline.domain.sessions.totals import Totals

# (carrier, call uuid) -> URL of the call at the carrier, None if the account has left the carrier.
CallUrl = Callable[[str, str], str | None]


def _no_url(_carrier: str, _call_uuid: str) -> str | None:
    return None


def session_object(
    session: Session,
    interactions: Iterable[Interaction],
    *,
    now: int,
    call_url: CallUrl = _no_url,
) -> SessionObject:
    """A session in create, retrieve and update answers. Order of keys: recorded answers, Sep 2024.

    Ours only, and each only where it says something: the two virtual numbers of a per-party
    session, `subaccount`, `sticky`, the `carrier` of one that named it or whose numbers are not of
    the compatible API's own, and the ladder of a session that has one.
    """
    conversations = [
        _interaction_object(interaction, session, call_url)
        for interaction in sorted(interactions, key=lambda interaction: interaction.started_at)
    ]
    return {
        **_numbers_part(session),
        "status": session.status(now).value,
        "initiate_call_to_first_party": session.terms.initiates_call,
        "session_uuid": session.session_uuid,
        **_settings_part(session),
        **_media_part(session.settings),
        "interaction": conversations or None,
        **_totals_part(session),
        **cast(TermsPart, shown_terms(session.terms)),
        **_own_part(session),
        **ladder_part(session),
    }


def ladder_part(session: Session) -> LadderPart:
    """Show a session's ladder: its rungs, and the one that gave it its numbers."""
    rungs = session.terms.on_exhaustion
    if not rungs:
        return {}
    return {"on_exhaustion": list(rungs), "allocation_rung": rung_of(session)}


def listed_session_object(
    session: Session, interactions: Iterable[Interaction], *, now: int, call_url: CallUrl
) -> ListedSession:
    """A session in a list: the same keys and `resource_uri`, all levels in alphabetical order."""
    shown = session_object(session, interactions, now=now, call_url=call_url)
    conversations = [
        cast(InteractionObject, dict(sorted(entry.items()))) for entry in shown["interaction"] or ()
    ]
    owner = session.subaccount_id or session.account_id
    listed: ListedSession = {
        **shown,
        "interaction": conversations or None,
        "resource_uri": f"{sessions_path(owner)}{session.session_uuid}/",
    }
    return cast(ListedSession, dict(sorted(listed.items())))


def sessions_path(path_id: str) -> str:
    """The path of an account's session collection, with its trailing slash."""
    return f"/v1/Account/{path_id}/Masking/Session/"


def time_text(at: int) -> str:
    """An instant (epoch ms) as the API writes it; fractions of a second are cut off."""
    moment = datetime.fromtimestamp(at // 1000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S} +0000 UTC"


def amount(value: Decimal | None) -> int | float | None:
    """Zero is an integer in every recorded answer, and one client can decode nothing else.

    Null is an amount that is not known (yet).
    """
    if value is None:
        return None
    return float(value) if value else 0


def _numbers_part(session: Session) -> NumbersPart:
    part: NumbersPart = {
        "first_party": digits(session.first_party),
        "second_party": digits(session.second_party),
        "virtual_number": digits(session.first_virtual_number),
    }
    if session.strategy is Strategy.PER_PARTY:
        part["virtual_number_strategy"] = session.strategy.value
        part["first_party_virtual_number"] = digits(session.first_virtual_number)
        part["second_party_virtual_number"] = digits(session.second_virtual_number)
    return part


def _settings_part(session: Session) -> SettingsPart:
    settings = session.settings
    return {
        "callback_url": without_login(settings.callback_url),
        "callback_method": settings.callback_method,
        "created_time": time_text(session.created_at),
        "modified_time": time_text(session.modified_at),
        "expiry_time": time_text(session.expires_at),
        "duration": session.duration_seconds,
        "amount": 0,
        "call_time_limit": settings.call_time_limit_seconds,
        "ring_timeout": settings.ring_timeout_seconds,
    }


def _media_part(settings: Settings) -> MediaPart:
    return {
        "first_party_play_url": settings.first_party_play_url,
        "second_party_play_url": settings.second_party_play_url,
        "record": settings.record,
        "record_file_format": settings.record_file_format,
        "recording_callback_url": without_login(settings.recording_callback_url),
        "recording_callback_method": settings.recording_callback_method,
    }


def _own_part(session: Session) -> OwnPart:
    part: OwnPart = {}
    if session.subaccount_id:
        part["subaccount"] = session.subaccount_id
    if session.terms.is_sticky:
        part["sticky"] = True
    if session.terms.carrier or session.carrier != DEFAULT:
        part["carrier"] = session.carrier
    return part


def _totals_part(session: Session) -> TotalsPart:
    totals, last = session.totals, session.last_interaction_at
    return {
        "total_call_amount": amount(totals.known_amount),
        "total_call_count": totals.call_count,
        "total_call_billed_duration": totals.billed_seconds,
        "total_session_amount": amount(totals.known_amount),
        "last_interaction_time": "" if last is None else time_text(last),
        **_money_part(totals),
    }


def _money_part(totals: Totals) -> MoneyPart:
    """The compatible API charges in dollars and does not say so."""
    return {"currency": totals.currency} if totals.known_amount else {}


def _status(status: LegStatus) -> str:
    """The compatible API has no word for a call that was rejected."""
    return LegStatus.BUSY.value if status is LegStatus.REJECTED else status.value


def _interaction_object(
    interaction: Interaction, session: Session, call_url: CallUrl
) -> InteractionObject:
    first, second = interaction.leg(Role.FIRST), interaction.leg(Role.SECOND)
    ended_at, totals = interaction.ended_at, interaction.totals
    recording = interaction.recording
    carrier = session.carrier_of(interaction.virtual_number)
    return {
        "start_time": time_text(interaction.started_at),
        "end_time": "" if ended_at is None else time_text(ended_at),
        "first_party_resource_url": call_url(carrier, first.uuid) if first.uuid else None,
        "second_party_resource_url": (call_url(carrier, second.uuid) if second.uuid else None),
        "first_party_status": _status(first.status),
        # Null for a leg that was never created.
        "second_party_status": (
            None if second.status is LegStatus.NOT_DIALLED else _status(second.status)
        ),
        "recording_resource_url": recording.resource_url or None if recording else None,
        "auth_id": session.subaccount_id or session.account_id,
        "type": "call",
        "total_call_amount": amount(totals.known_amount),
        "call_billed_duration": totals.billed_seconds,
        "total_call_count": totals.call_count,
        "duration": interaction.duration_seconds,
        **_money_part(totals),
    }
