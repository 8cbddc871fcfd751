"""A decision in words: for every rule, with what its session tells by now."""

import re
from dataclasses import replace
from typing import Any

import pytest

from local.template import ROOT
from maskline.domain.call_plan import Announce, Announcement, Dial
from maskline.domain.decisions import CONNECTION, GIVEN, Decision, Rule, carried_out
from maskline.domain.explanations import Explanation, PushedAside, Takeover, pushed_aside
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions import Role, ended
from tests import builders
from tests.builders import CALL_UUID, MAIN_ID, NOW

_ROW = re.compile(r"^\| ((?:`\w+`(?:, )?)+) \|", re.MULTILINE)


def decision(rule: Rule, **facts: Any) -> Decision:
    return Decision(rule, CALL_UUID, NOW, MAIN_ID, role=Role.FIRST, pin_attempts=2, **facts)


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_is_a_sentence_of_its_own(rule: Rule) -> None:
    text = Explanation(decision(rule)).text

    assert text.endswith(".")
    assert "{" not in text
    others = {Explanation(decision(other)).text for other in Rule if other is not rule}
    assert text not in others


def test_the_document_has_a_row_for_every_rule_and_for_nothing_else() -> None:
    document = (ROOT / "docs" / "why.md").read_text(encoding="utf-8")
    rules = document.partition("## The rules")[2]
    named = [name for row in _ROW.findall(rules) for name in re.findall(r"`(\w+)`", row)]

    assert sorted(named) == sorted(Rule)


def test_the_document_has_everything_that_a_caller_can_be_given() -> None:
    document = (ROOT / "docs" / "why.md").read_text(encoding="utf-8")

    assert [given for given in GIVEN.values() if f"`{given}`" not in document] == []


def test_what_the_caller_is_given_is_in_the_decision() -> None:
    sorry = carried_out(decision(Rule.NO_SESSION), Announce(Announcement.NOT_CONNECTED))
    dialled = carried_out(decision(Rule.OWN_PHONE), Dial(E164("+1"), E164("+2"), 1, 1))

    assert "heard an announcement" in Explanation(sorry).text
    assert dialled.given == CONNECTION


@pytest.mark.parametrize(
    ("session", "said"),
    [
        (ended(builders.session(created_at=NOW - 9, modified_at=NOW - 9), NOW - 5), "ended by"),
        (builders.session(modified_at=NOW - 9, expires_at=NOW), "had expired"),
        (builders.session(), "parties changed"),
        (None, "parties changed"),
    ],
)
def test_the_session_tells_how_it_was_over(session: Any, said: str) -> None:
    assert said in Explanation(decision(Rule.SESSION_OVER), session).text


def test_a_route_may_be_over_before_its_session() -> None:
    over = decision(Rule.SESSION_OVER, route_expires_at=NOW)

    assert "moved off this number" in Explanation(over, builders.session()).text


@pytest.mark.parametrize(("role", "who"), [(None, "one there has PINs"), (Role.SECOND, "second")])
def test_who_is_asked_for_a_pin_is_told(role: Role | None, who: str) -> None:
    asked = decision(Rule.PIN_ASKED)._replace(role=role)

    assert who in Explanation(asked).text
    assert "2 times" in Explanation(asked).text
    assert "times" not in Explanation(asked._replace(pin_attempts=0)).text


def test_a_conversation_that_was_over_is_not_pushed_aside() -> None:
    own = builders.interaction(at=NOW)
    before = replace(builders.interaction(at=NOW - 9), call_uuid="before", ended_at=NOW - 1)
    connected = decision(Rule.OWN_PHONE)

    assert pushed_aside(connected, [before, own]) is None
    assert pushed_aside(connected, [replace(before, ended_at=None)]) is None


@pytest.mark.parametrize("caller", [builders.party(0), builders.party(1), E164("")])
def test_the_last_conversation_that_was_not_over_is_pushed_aside(caller: E164) -> None:
    """By its time limit, whoever called: the decision would name one that the carrier gave up."""
    own = builders.interaction(at=NOW)
    lost = [
        replace(builders.interaction(at=NOW - age), call_uuid=str(age), from_number=caller)
        for age in (9, 5)
    ]

    aside = pushed_aside(decision(Rule.OWN_PHONE), [*lost, own])
    assert aside == PushedAside("5", Takeover.TIME_LIMIT)
