"""The cost of a call: known or not, late, and never added up across currencies."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from maskline.domain.calls.interaction import Interaction, after_report, applied
from maskline.domain.calls.late_price import awaits_price, price_due_at
from maskline.domain.calls.report import CallReport, LegStatus, ReportKind, Side, silence
from maskline.domain.sessions.session import Totals
from tests.support import builders
from tests.support.builders import NOW

CENT = Decimal("0.01")
UNPRICED: dict[str, Any] = {"amount": None, "is_priced_later": True}


def ended_call(**of_both: Any) -> Interaction:
    interaction = builders.interaction()
    for report in (builders.callee_ended(**of_both), builders.caller_ended(**of_both)):
        interaction = after_report(interaction, report, NOW)
    return interaction


def price(side: Side, amount: Decimal | None = CENT, **changes: Any) -> CallReport:
    return CallReport(ReportKind.PRICED, side, "", LegStatus.COMPLETED, amount=amount, **changes)


def test_a_price_that_is_not_known_is_not_nothing() -> None:
    interaction = ended_call(amount=None)

    assert interaction.totals.known_amount is None
    assert interaction.totals.unpriced == 2
    assert price_due_at(interaction) is None


def test_a_leg_that_did_not_last_costs_nothing() -> None:
    assert ended_call(amount=None, duration_seconds=0).totals.known_amount == 0


def test_a_leg_that_was_answered_cost_something_though_no_duration_is_told() -> None:
    """Carriers bill a begun minute, and some leave the duration out."""
    interaction = ended_call(**UNPRICED, duration_seconds=0, was_answered=True)

    assert interaction.totals.known_amount is None
    assert price_due_at(interaction) is not None


def test_an_event_tells_no_amount_that_is_not_known() -> None:
    interaction = after_report(builders.interaction(), builders.callee_ended(**UNPRICED), NOW)

    _, told = applied(interaction, builders.caller_ended(), NOW)

    outcomes = {event.name: event.outcome for event in told}
    joint = outcomes["SessionPartiesHangup"]
    assert joint is not None
    assert joint.amount == ""


def test_who_was_connected_and_is_given_up_costs_something_unknown() -> None:
    interaction = after_report(builders.interaction(), builders.answered(), NOW)
    for side in Side:
        interaction = after_report(interaction, silence(side), NOW)

    assert interaction.totals.known_amount is None


def test_who_never_answered_and_is_given_up_costs_nothing() -> None:
    interaction = after_report(builders.interaction(), builders.caller_ended(), NOW)

    interaction = after_report(interaction, silence(Side.CALLEE), NOW)

    assert interaction.totals.known_amount == interaction.caller.amount


def test_a_late_price_is_taken_once_and_tells_nothing() -> None:
    before = ended_call(**UNPRICED)

    after, told = applied(before, price(Side.CALLEE, currency="EUR", billed_seconds=120), NOW)
    after, more = applied(after, price(Side.CALLER, currency="EUR"), NOW)
    again, none = applied(after, price(Side.CALLEE, 5 * CENT, currency="EUR"), NOW)

    assert (*told, *more, *none) == ()
    assert again == after
    assert after.totals.known_amount == 2 * CENT
    assert after.totals.currency == "EUR"
    assert after.callee.billed_seconds == 120
    assert after.caller.billed_seconds == before.caller.billed_seconds
    assert not awaits_price(after)


def test_a_record_without_a_price_changes_nothing() -> None:
    before = ended_call(**UNPRICED)

    assert after_report(before, price(Side.CALLEE, None), NOW) == before


def test_the_carrier_is_asked_ever_more_seldom_and_not_for_ever() -> None:
    interaction = ended_call(**UNPRICED)
    due: list[int] = []
    while (at := price_due_at(interaction)) is not None:
        due.append(at - NOW)
        interaction = replace(interaction, price_checks=interaction.price_checks + 1)

    assert due == sorted(due)
    assert due[0] == 120_000
    assert due[-1] == 86_400_000


def test_nobody_asks_for_a_price_while_the_end_is_awaited() -> None:
    interaction = after_report(builders.interaction(), builders.caller_ended(**UNPRICED), NOW)

    assert interaction.overdue_at is not None
    assert awaits_price(interaction)
    assert price_due_at(interaction) is None


@pytest.mark.parametrize(
    ("sum_", "known", "currency"),
    [
        (Totals(), Decimal(0), "USD"),
        (Totals(amount=CENT) + Totals(amount=CENT), 2 * CENT, "USD"),
        (Totals() + Totals(amount=CENT, currency="EUR"), CENT, "EUR"),
        (Totals(amount=CENT, currency="EUR") + Totals(), CENT, "EUR"),
        (Totals(amount=CENT) + Totals(amount=CENT, currency="EUR"), None, "XXX"),
        (
            Totals(amount=CENT) + Totals(amount=CENT, currency="EUR") + Totals(amount=CENT),
            None,
            "XXX",
        ),
        (Totals(amount=CENT) + Totals(unpriced=1), None, "USD"),
        (Totals(amount=CENT, unpriced=1) - Totals(unpriced=1), CENT, "USD"),
    ],
)
def test_only_what_is_known_and_of_one_currency_is_added_up(
    sum_: Totals, known: Decimal | None, currency: str
) -> None:
    assert (sum_.known_amount, sum_.currency) == (known, currency)
