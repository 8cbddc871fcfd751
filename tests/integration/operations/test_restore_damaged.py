"""Rehearsal of docs/backup.md: a mistake damaged the table, and there is a backup of before."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import pytest

from local.aws import template
from maskline.domain.phone_numbers import E164
from maskline.store import keys
from tests.support.in_process import forget_what_was_read
from tests.support.scenario import ALICE, BOB, CAROL, DAVE, ERIN, FRANK
from tests.support.watched_company import WatchedCompany
from tools.restore.__main__ import Conflict, Copied, copy_table

BEFORE, DAMAGED = "the-second-before", "damaged"
GRACE = "+12025550166"
NOTHING = Copied(0, frozenset())


@dataclass(frozen=True)
class Tables:
    """That of the service, and one with what it held at the second before the mistake."""

    company: WatchedCompany
    client: Any

    @property
    def in_use(self) -> str:
        return self.company.service.engine.table_name

    def fill(self) -> Copied:
        """Bring back to the table what it lacks."""
        forget_what_was_read()
        return copy_table(self.client, source=BEFORE, target=self.in_use)

    def move(self) -> Copied:
        """Set the damaged table aside, and make one of what is good in it and of the backup."""
        self.client.create_table(TableName=DAMAGED, **template.table_definition())
        copy_table(self.client, source=self.in_use, target=DAMAGED)
        self.company.service.engine.reset()
        copy_table(self.client, source=DAMAGED, target=self.in_use, besides=BEFORE)
        return self.fill()

    def delete(self, *places: keys.Key) -> None:
        for place in places:
            key = {name: {"S": value} for name, value in place.items()}
            self.client.delete_item(TableName=self.in_use, Key=key)


@pytest.fixture
def tables(company: WatchedCompany) -> Iterator[Tables]:
    company.create("untouched", CAROL, DAVE)
    company.create("ended", ERIN, FRANK)
    client = company.service.engine.client("dynamodb")
    client.create_table(TableName=BEFORE, **template.table_definition())
    copy_table(client, source=company.service.engine.table_name, target=BEFORE)
    yield Tables(company, client)
    for name in (BEFORE, DAMAGED):
        if name in client.list_tables()["TableNames"]:
            client.delete_table(TableName=name)


def live_on(company: WatchedCompany) -> None:
    """What is acknowledged after the second: a call, an update, an end and a new session."""
    assert company.connects()
    company.api("POST", company.session_path("call"), {"ring_timeout": 33})
    company.api("DELETE", company.session_path("ended"))
    company.create("since", ALICE, CAROL)
    company.service.carry_on()


def make_a_mistake(tables: Tables) -> None:
    """A hand deletes a session that nobody used since, and routes of one that was used."""
    company = tables.company
    untouched = E164(company.virtual_number("untouched"))
    call = E164(company.virtual_number("call"))
    tables.delete(
        keys.session(company.created["untouched"]["session_uuid"]),
        keys.route(E164(CAROL), untouched),
        keys.route(E164(BOB), call),
    )


def shown(company: WatchedCompany) -> dict[str, Any]:
    """What a client sees of each session."""
    return {
        name: company.api("GET", company.session_path(name))["response"]
        for name in ("call", "untouched", "ended", "since")
    }


def who_is_rung(company: WatchedCompany, caller: str, name: str) -> list[str]:
    call = company.ring(caller, company.virtual_number(name))
    rung = [leg.to for leg in call.legs]
    if rung:
        call.answer().hangup()
    return rung


def events_by_number(company: WatchedCompany) -> dict[tuple[str, str], set[str]]:
    """The names under which each number of a session was told."""
    company.service.carry_on()
    numbered: dict[tuple[str, str], set[str]] = {}
    for told in map(parse_qs, company.service.outside.callbacks):
        place = (told["SessionUUID"][0], told["SequenceNumber"][0])
        numbered.setdefault(place, set()).add(told["EventName"][0])
    return numbered


@pytest.mark.parametrize("repair", [Tables.fill, Tables.move])
def test_nothing_that_was_acknowledged_since_is_lost(repair: Any, tables: Tables) -> None:
    company = tables.company
    live_on(company)
    right = shown(company)

    make_a_mistake(tables)
    assert not who_is_rung(company, BOB, "call")
    assert repair(tables).conflicts == frozenset()

    assert shown(company) == right
    assert who_is_rung(company, BOB, "call") == [ALICE]
    assert who_is_rung(company, CAROL, "untouched") == [DAVE]
    assert who_is_rung(company, ALICE, "since") == [CAROL]
    assert not who_is_rung(company, ERIN, "ended")
    assert tables.fill() == NOTHING
    # A number that told something else before would be taken for a repetition.
    numbered = events_by_number(company)
    assert len(numbered) > 12
    assert [names for names in numbered.values() if len(names) > 1] == []


def test_a_pair_that_was_given_twice_stays_with_the_later_session(tables: Tables) -> None:
    """The mistake opened the number of a live session to others, and somebody got it."""
    company = tables.company
    number = company.virtual_number("call")
    tables.delete(keys.route(E164(ALICE), E164(number)))
    company.create("since", ALICE, GRACE)
    assert company.virtual_number("since") == number

    lost, found = (company.created[name]["session_uuid"] for name in ("call", "since"))
    assert tables.move().conflicts == {Conflict(without=lost, holder=found)}

    assert who_is_rung(company, ALICE, "since") == [GRACE]
    assert who_is_rung(company, BOB, "call") == [ALICE]


def test_what_was_sealed_under_a_new_key_since_can_be_read(tables: Tables) -> None:
    company = tables.company
    company.service.invoke("rotate_keys", {})
    live_on(company)
    right = shown(company)

    tables.move()

    assert shown(company) == right
    assert who_is_rung(company, ALICE, "since") == [CAROL]


def test_a_session_that_has_ended_since_gets_nothing_back(tables: Tables) -> None:
    company = tables.company
    company.api("DELETE", company.session_path("ended"))
    company.service.advance(900)
    assert company.service.collect_expired_items()

    tables.fill()

    assert not who_is_rung(company, ERIN, "ended")
    company.create("again", ERIN, FRANK)
    assert company.virtual_number("again") == company.virtual_number("ended")
