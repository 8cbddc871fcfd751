"""A decision in words: for every rule, with what its session tells by now."""

import re
from dataclasses import replace
from typing import Any

import pytest

from local.aws.template import ROOT
from maskline.carriers import DEFAULT
from maskline.domain.calls.interaction import Interaction
from maskline.domain.calls.leg import Leg
from maskline.domain.calls.report import LegStatus
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import FormerNumber, Role, ended
from maskline.domain.why.decision import Decision, Rule
from maskline.domain.why.explanation import Explanation, Outcome, PushedAside, Takeover
from tests.support import builders
from tests.support.builders import CALL_UUID, NOW, SESSION_UUID

_ROW = re.compile(r"^\| ((?:`\w+`(?:, )?)+) \|", re.MULTILINE)


def decision(rule: Rule) -> Decision:
    return Decision(rule, CALL_UUID, NOW, builders.virtual(0), SESSION_UUID, Role.FIRST)


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


@pytest.mark.parametrize(
    ("session", "said"),
    [
        (ended(builders.session(created_at=NOW - 9, modified_at=NOW - 9), NOW - 5), "ended by"),
        (builders.session(modified_at=NOW - 9, expires_at=NOW), "had expired"),
        (builders.session(), "other parties"),
        (None, "other parties"),
    ],
)
def test_the_session_tells_how_it_was_over(session: Any, said: str) -> None:
    assert said in Explanation(decision(Rule.SESSION_OVER), session).text


@pytest.mark.parametrize(
    ("role", "until", "said"),
    [
        (Role.FIRST, NOW, "moved off this number"),
        (Role.FIRST, NOW + 1, "other parties"),
        (Role.FIRST, None, "other parties"),
        (Role.SECOND, NOW, "other parties"),
    ],
)
def test_a_former_number_may_be_over_before_its_session(
    role: Role, until: int | None, said: str
) -> None:
    former = FormerNumber(role, builders.virtual(5), DEFAULT, until)
    session = builders.session(former_numbers=(former,))

    assert said in Explanation(decision(Rule.SESSION_OVER), session).text


def test_a_conversation_that_was_over_is_not_pushed_aside() -> None:
    own = builders.interaction(at=NOW)
    before = replace(builders.interaction(at=NOW - 9), call_uuid="before", ended_at=NOW - 1)
    lasting = replace(before, ended_at=None)

    assert aside(Rule.OWN_PHONE, [before, own]) is None
    assert aside(Rule.OWN_PHONE, [lasting]) is None
    assert aside(Rule.LEG_TOO_MANY, [lasting, own]) is None


@pytest.mark.parametrize("caller", [builders.party(0), builders.party(1), E164("")])
def test_the_last_conversation_that_was_not_over_is_pushed_aside(caller: E164) -> None:
    """By its time limit, whoever called: the decision would name one that the carrier gave up."""
    own = builders.interaction(at=NOW)
    lost = [
        replace(builders.interaction(at=NOW - age), call_uuid=str(age), from_number=caller)
        for age in (9, 5)
    ]

    assert aside(Rule.OWN_PHONE, [*lost, own]) == PushedAside("5", Takeover.TIME_LIMIT)


def aside(rule: Rule, conversations: list[Interaction]) -> PushedAside | None:
    return Explanation(decision(rule), builders.session(), conversations).pushed_aside


@pytest.mark.parametrize(
    ("rule", "outcome", "is_connected"),
    [
        (Rule.OWN_PHONE, Outcome.ANSWERED, True),
        # The first party picked up and heard an announcement.
        (Rule.LEG_TOO_MANY, Outcome.ANSWERED, False),
        (Rule.OWN_PHONE, None, False),
    ],
)
def test_two_people_are_connected_by_a_rule_that_dials_and_a_phone_that_is_answered(
    rule: Rule, outcome: Outcome | None, is_connected: bool
) -> None:
    callee = Leg(LegStatus.IN_PROGRESS, was_answered=True) if outcome else Leg(LegStatus.RINGING)
    own = replace(builders.interaction(at=NOW), callee=callee)

    told = Explanation(decision(rule), builders.session(), [own])

    assert (told.outcome, told.is_connected) == (outcome, is_connected)


def test_every_end_of_a_leg_has_a_word() -> None:
    own = builders.interaction(at=NOW)
    for status in LegStatus:
        told = Explanation(
            decision(Rule.FIRST_PARTY_CALLED),
            conversations=[
                replace(own, caller=Leg(status), callee=Leg(LegStatus.NOT_DIALLED)),
            ],
        )
        assert (told.outcome is not None) == status.is_final
