"""What tests of replacement do and check again and again."""

from functions.replace_numbers import app
from maskline import clock
from maskline.domain.calls.route import routes_of
from maskline.domain.numbers.pool import NumberHealth
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session
from maskline.store.sessions import sessions
from maskline.store.sessions.route_records import route_record
from tests.support.service import Service

REPLACED = "SessionVirtualNumberReplaced"


def call_unhealthy(service: Service, number: E164, **order: int) -> None:
    service.change_number(number, health=NumberHealth.UNHEALTHY, **order)


def call_healthy(service: Service, number: E164) -> None:
    service.change_number(number, health=NumberHealth.HEALTHY)


def run() -> None:
    """What the schedule does every minute."""
    app.handler({}, None)


def orders(service: Service) -> list[str]:
    """The numbers that are still to be replaced."""
    return [item["number"] for item in service.items_of("replacement")]


def numbers_of(session: Session) -> tuple[E164, E164]:
    return session.first_virtual_number, session.second_virtual_number


def assert_table_in_step(service: Service) -> None:
    """The live routes of the table are exactly those of its live sessions (I1)."""
    now = clock.now_ms()
    live = sessions.get_sessions([item["session_uuid"] for item in service.items_of("session")])
    wanted = [
        route_record(route)
        for session in live.values()
        if session.is_live(now)
        for route in routes_of(session)
        if route.expires_at > now
    ]
    stored = [item for item in service.items_of("route") if item["expires_at"] > now]
    assert sorted(map(_place, stored)) == sorted(map(_place, wanted))


def _place(route: dict[str, object]) -> list[str]:
    names = ("PK", "SK", "session_uuid", "caller_id", "expires_at", "reusable_at", "number_shard")
    return [str(route.get(name)) for name in names]
