"""The calls to a virtual number: for support, which has a number and a time but no call id."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from local.aws.engine import Engine
from local.phone.steps import SimulatedCall
from tests.support.explained import FREE_PINS, PIN, Company, opened
from tests.support.scenario import ALICE, BOB, PEOPLE, STRANGER, SUBACCOUNT_NUMBER, UNRENTED

Json = dict[str, Any]


@pytest.fixture(scope="module")
def company(running_engine: Engine) -> Iterator[Company]:
    with opened(running_engine) as made:
        yield made


def listed(company: Company, number: str, *, as_subaccount: bool = False, **query: object) -> Json:
    arguments = "&".join(f"{name}={value}" for name, value in query.items())
    path = f"Masking/Call/?virtual_number={number.removeprefix('+')}&{arguments}"
    answer: Json = company.api("GET", path, as_subaccount=as_subaccount)["response"]
    assert not [person for person in (*PEOPLE, STRANGER) if person[1:] in str(answer)]
    return answer


def ids(page: Json) -> list[str]:
    return [one["call_uuid"] for one in page["objects"]]


def time_of(company: Company, seconds_ago: int) -> str:
    at = datetime.fromtimestamp(company.service.now_ms() // 1000 - seconds_ago, UTC)
    return at.strftime("%Y-%m-%d+%H:%M:%S")


def test_a_number_shows_its_calls_newest_first_each_as_by_its_id(company: Company) -> None:
    number = company.session("some calls")
    calls: list[SimulatedCall] = []
    for call in (
        lambda: company.ring(STRANGER, number),
        lambda: company.ring(ALICE, number).decline("busy"),
        lambda: company.ring(BOB, number).answer().hangup(),
    ):
        calls.insert(0, call())
        company.service.advance(1)

    page = listed(company, number)

    assert ids(page) == [call.call_uuid for call in calls]
    assert [one["outcome"] for one in page["objects"]] == ["answered", "busy", None]
    for one in page["objects"]:
        alone = company.api("GET", f"Masking/Call/{one['call_uuid']}/")
        assert {name: alone[name] for name in one} == one
    assert page["meta"] == {"limit": 20, "next": None}


def test_a_call_to_a_number_in_no_pool_is_found(company: Company) -> None:
    call = company.ring(STRANGER, UNRENTED)

    assert ids(listed(company, UNRENTED)) == [call.call_uuid]


def test_a_call_that_entered_a_pin_is_listed_once_by_its_connection(company: Company) -> None:
    call = company.ring(STRANGER, company.session("proven", **FREE_PINS)).press(PIN).answer()

    [one] = listed(company, call.dialled_number)["objects"]

    assert (one["call_uuid"], one["rule"]) == (call.call_uuid, "pin")


def test_a_call_that_we_placed_is_listed_once(company: Company) -> None:
    [call] = company.ordered("placed")
    call.start().answer()

    [one] = listed(company, call.caller)["objects"]

    assert (one["call_uuid"], one["rule"]) == (call.call_uuid, "placed_call")


def test_pages_follow_one_another_and_none_is_missed(company: Company) -> None:
    number = company.session("many calls")
    made = [company.ring(STRANGER, number).call_uuid for _ in range(7)]

    page, seen = listed(company, number, limit=3), []
    while True:
        seen += ids(page)
        assert len(page["objects"]) <= 3
        if page["meta"]["next"] is None:
            break
        page = company.api("GET", _below_account(page["meta"]["next"]))["response"]

    assert sorted(seen) == sorted(made)
    assert len(seen) == 7


def _below_account(link: str) -> str:
    return "Masking/Call/?" + link.partition("/Masking/Call/?")[2]


def test_since_and_until_bound_the_time(company: Company) -> None:
    number = company.session("hours")
    made = []
    for _ in range(3):
        made.append(company.ring(STRANGER, number).call_uuid)
        company.service.advance(3600)

    assert ids(listed(company, number, since=time_of(company, 2 * 3600 + 60))) == made[:0:-1]
    assert ids(listed(company, number, until=time_of(company, 2 * 3600 + 60))) == made[:1]
    company.service.advance(86_400)
    assert ids(listed(company, number)) == []


def test_a_call_is_shown_to_whom_it_belongs(company: Company) -> None:
    """The main account sees all, a subaccount what is of its sessions and its numbers."""
    theirs = {"subaccount": company.service.credentials.subaccount_id}
    company.api("POST", "Number/", {"numbers": SUBACCOUNT_NUMBER, **theirs}, expected=202)
    shared = company.session("of the main account")
    call = company.ring(ALICE, shared).answer().hangup()
    own = company.ring(STRANGER, SUBACCOUNT_NUMBER)

    assert ids(listed(company, shared)) == [call.call_uuid]
    assert ids(listed(company, SUBACCOUNT_NUMBER)) == [own.call_uuid]
    assert ids(listed(company, shared, as_subaccount=True)) == []
    assert ids(listed(company, SUBACCOUNT_NUMBER, as_subaccount=True)) == [own.call_uuid]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", "Mandatory parameter missing. virtual_number must be present"),
        ("virtual_number=x", "Invalid parameter. virtual_number is not a valid phone number"),
        ("virtual_number=12025550110&since=now", "Invalid parameter. since should have the format"),
        ("virtual_number=12025550110&limit=21", "Invalid parameter. limit is outside"),
        ("virtual_number=12025550110&cursor=x", "Invalid parameter. cursor is not one"),
        ("virtual_number=12025550110&%2B12025550101=1", "Unknown query parameter. This list takes"),
        ("virtual_number=12025550110&offset=20", "Unknown query parameter. This list takes"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(query: str, error: str, company: Company) -> None:
    answer = company.api("GET", f"Masking/Call/?{query}", expected=400)

    assert answer["error"].startswith(error)
