"""The list's filters: every spelling, every window, and what is wrong with them."""

import pytest

from tests.e2e.conftest import NewAccount
from tests.e2e.people import pair
from tests.e2e.service import Service
from tests.e2e.wire import COLLECTION, Client

LIST_QUERIES = [
    ("limit=0", "limit"),
    ("limit=21", "limit"),
    ("offset=-1", "offset"),
    ("limit=many", "limit"),
    ("status=sleeping", "status"),
    ("created_time=yesterday", "created_time"),
    ("duration__gt=long", "duration__gt"),
    ("created_time__gte=2020-01-01+00:00&created_time__lt=2020-03-01+00:00", "created_time"),
    ("frist_party=12025550101", "query"),
]


@pytest.mark.parametrize(("query", "field"), LIST_QUERIES)
def test_a_wrong_list_argument_is_refused_naming_it(query: str, field: str, client: Client) -> None:
    answer = client.send("GET", f"{COLLECTION}/?{query}")

    assert (answer.status, field in answer.error) == (400, True)
    assert answer.json["field"] == field


def test_the_list_of_numbers_refuses_a_filter_that_it_does_not_know(client: Client) -> None:
    answer = client.send("GET", "/Number/?helth=unhealthy&limit=1")

    assert (answer.status, answer.json["error_code"]) == (400, "invalid_parameter")
    assert answer.json["field"] == "query"
    assert answer.error.startswith("Unknown query parameter. This list takes number_startswith, ")
    assert client.send("GET", "/Number/?health=unhealthy&limit=1").status == 200


@pytest.mark.parametrize(
    "name", ["duration", "session_duration", "durations", "duration__gte", "duration_gte"]
)
def test_the_list_knows_every_spelling_of_its_filters(name: str, client: Client) -> None:
    first, second = pair()
    created = client.create(first, second, session_expiry=4321)

    assert (
        client.sessions(first_party=first, **{name: "4321"})[0]["session_uuid"]
        == (created["session_uuid"])
    )
    assert client.sessions(first_party=first, **{name: "4322"}) == []


EMPTY_WINDOWS = [
    "created_time__gt=2099-01-01 00:00",
    "created_time__lt=2099-01-01 00:00&created_time__gt=2098-12-31 00:00",
    "created_time=2099-01-01 00:00:00",
    "created_time__gt=2026-01-02 00:00&created_time__lt=2026-01-01 00:00",
    "created_time__lt=0001-01-01 00:00",
    "expiry_time=0001-01-01 00:00",
    "expiry_time__gt=2099-01-01 00:00",
    "duration__gt=10&duration__lt=5",
]


@pytest.mark.parametrize("query", EMPTY_WINDOWS)
def test_a_window_that_nothing_can_be_in_is_empty(query: str, client: Client) -> None:
    client.create(*pair())

    answer = client.send("GET", f"{COLLECTION}/?{query.replace(' ', '+')}")

    assert answer.status == 200, answer.text
    assert answer.json["response"]["objects"] == []
    assert answer.json["response"]["meta"]["total_count"] == 0


@pytest.mark.parametrize("name", ["created_time__lt", "created_time__lte", "expiry_time__lt"])
def test_before_a_distant_day_is_everything_until_now(name: str, client: Client) -> None:
    first, second = pair()
    created = client.create(first, second)

    found = client.sessions(first_party=first, **{name: "2099-01-01 00:00"})

    assert [session["session_uuid"] for session in found] == [created["session_uuid"]]


def test_without_a_time_filter_the_list_shows_seven_days_and_with_one_more(
    new_account: NewAccount, service: Service
) -> None:
    client = new_account(1).client
    created = client.create(*pair())
    service.advance(8 * 86_400)

    assert client.sessions() == []
    filters = {"created_time__lte": created["created_time"][:19]}
    assert [session["session_uuid"] for session in client.sessions(**filters)] == [
        created["session_uuid"]
    ]
    assert client.session(created["session_uuid"])["status"] == "expired"
