"""How long a session lives, what changes that, and what a client sees of it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.domain.errors import InvalidParameterError, SessionExpiredError
from maskline.domain.sessions.request import SessionChange
from maskline.domain.sessions.session import (
    LiveCall,
    Role,
    Status,
    ended,
    require_live,
    updated,
)
from maskline.domain.sessions.totals import Totals
from tests.support import builders
from tests.support.builders import NOW, party, virtual


def at(time: str) -> int:
    """Epoch milliseconds of a time on one day."""
    moment = datetime.fromisoformat(f"2024-09-05T{time}").replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


# Samples of the compatible API; the fractions are ours, since it prints whole seconds.
@pytest.mark.parametrize(
    ("created", "modified", "session_expiry", "expiry", "duration"),
    [
        ("10:44:37.800", "10:44:49.100", 1800, "11:14:49.100", 1811),
        ("10:53:32.100", "10:53:45.000", 600, "11:03:45.000", 612),
        ("04:47:18.000", "05:23:53.000", 16400, "09:57:13.000", 18595),
    ],
)
def test_a_new_expiry_counts_from_the_update(
    created: str, modified: str, session_expiry: int, expiry: str, duration: int
) -> None:
    session = builders.session(created_at=at(created), expires_at=at(created) + 900_000)
    settings = builders.settings(session_expiry_seconds=session_expiry)

    changed = updated(session, settings, restart_expiry=True, now=at(modified))

    assert changed.modified_at == at(modified)
    assert changed.expires_at == at(expiry)
    assert changed.duration_seconds == duration


def test_other_settings_leave_the_expiry_alone() -> None:
    session = builders.session()
    settings = builders.settings(ring_timeout_seconds=10)

    changed = updated(session, settings, restart_expiry=False, now=NOW + 5000)

    assert changed.expires_at == session.expires_at
    assert changed.settings.ring_timeout_seconds == 10
    assert changed.modified_at == NOW + 5000


def test_an_ended_session_has_the_duration_that_it_lived() -> None:
    session = builders.session(created_at=at("07:56:22.300"), expires_at=at("08:56:22.300"))

    over = ended(session, at("08:18:10.100"))

    assert over.duration_seconds == 1307
    assert over.expires_at == over.modified_at == at("08:18:10.100")
    assert not over.is_live(at("08:18:10.100"))


def test_an_ended_session_has_no_timeout_to_tell() -> None:
    assert builders.session().timeout_pending
    assert not ended(builders.session(), NOW + 1).timeout_pending


def test_a_session_lives_until_the_millisecond_at_which_it_expires() -> None:
    session = builders.session(expires_at=NOW + 1000)

    assert session.is_live(NOW + 999)
    assert not session.is_live(NOW + 1000)
    require_live(session, NOW + 999)
    with pytest.raises(SessionExpiredError, match="Session already expired"):
        require_live(session, NOW + 1000)


def test_the_status_follows_the_clock_and_the_line() -> None:
    talking = builders.session(expires_at=NOW + 2000, live_call=LiveCall("call", until=NOW + 1000))

    assert builders.session().status(NOW) is Status.ACTIVE
    assert talking.status(NOW + 999) is Status.IN_PROGRESS
    assert talking.status(NOW + 1000) is Status.ACTIVE
    assert talking.status(NOW + 2000) is Status.EXPIRED


def test_an_expired_session_is_expired_even_while_its_last_call_goes_on() -> None:
    talking = builders.session(expires_at=NOW, live_call=LiveCall("call", until=NOW + 1000))

    assert talking.status(NOW) is Status.EXPIRED


def test_roles_name_their_parties_and_numbers() -> None:
    session = builders.session()

    assert session.party(Role.FIRST) == party(0)
    assert session.party(Role.FIRST.other) == party(1)
    assert session.virtual_number(Role.FIRST) == virtual(0)
    assert session.virtual_number(Role.SECOND) == virtual(1)
    assert Role.SECOND.other is Role.FIRST


totals = st.builds(
    Totals,
    st.integers(0, 9),
    st.integers(0, 99_999),
    st.decimals(0, 99, places=5, allow_nan=False, allow_infinity=False),
)


@given(one=totals, other=totals)
def test_totals_that_were_added_can_be_taken_away(one: Totals, other: Totals) -> None:
    assert one + other - other == one
    assert Totals() + one == one


def test_totals_of_money_are_exact() -> None:
    tenth = Totals(amount=Decimal("0.1"))

    assert (tenth + tenth + tenth).amount == Decimal("0.3")


def test_a_change_touches_only_what_it_names() -> None:
    settings = builders.settings()

    changed = SessionChange(ring_timeout_seconds=15, callback_url="").applied_to(settings)

    assert changed == builders.settings(ring_timeout_seconds=15, callback_url="")


def test_only_a_new_expiry_restarts_the_sessions_time() -> None:
    assert SessionChange(session_expiry_seconds=60).restarts_expiry
    assert not SessionChange(ring_timeout_seconds=60).restarts_expiry


def test_a_fixed_field_passes_with_its_own_value_and_is_named_with_another() -> None:
    session = builders.session()
    same = {"first_party": party(0), "second_party": party(1), "subaccount": ""}

    SessionChange(fixed=same).require_fixed_unchanged(session)

    with pytest.raises(InvalidParameterError, match="second_party cannot be updated") as refused:
        SessionChange(fixed=same | {"second_party": party(2)}).require_fixed_unchanged(session)
    assert refused.value.field == "second_party"
    assert party(2) not in str(refused.value)
