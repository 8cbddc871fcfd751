"""Single values out of what carriers write."""

from decimal import Decimal

import pytest

from maskline.carriers import values


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("NORMAL_CLEARING", "NORMAL_CLEARING"),
        ("Busy Here 486", "Busy Here 486"),
        ("Q.850;cause=17;text=busy", "Q.850;cause=17;text=busy"),
        ("12025550102 not found", "(number) not found"),
        ("No route to +1 (202) 555-0102!", "No route to (number)!"),
        ("sip:+442079460958@trunk.example", "sip:(number)@trunk.example"),
        ("00442079460958", "(number)"),
    ],
)
def test_a_cause_names_no_phone(told: str, shown: str) -> None:
    """A carrier's free text is stored as it is, and outlives the erasure of a person."""
    assert values.cause("", told) == shown


def test_a_cause_that_is_cut_ends_in_no_part_of_a_number() -> None:
    told = "x" * 58 + " 12025550102"

    assert "1202" not in values.cause(told)


@pytest.mark.parametrize(
    ("told", "amount"),
    [
        ("0.0075", Decimal("0.0075")),
        ("8e-05", Decimal("0.00008")),
        (str(0.0000075), Decimal("0.0000075")),
        *((odd, None) for odd in ("", "NaN", "Infinity", "-1", "1e999", "1e5", "1e-5", "8e-500")),
    ],
)
def test_money(told: str, amount: Decimal | None) -> None:
    """A small amount that was a number in JSON is written with an exponent."""
    assert values.money(told) == amount
