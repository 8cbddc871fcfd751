"""What the documents say of guessing PINs is what the template's defaults make of it."""

import re
from fractions import Fraction
from pathlib import Path

from local.aws.template import parameters

_DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "pins.md"
_ROW = re.compile(r"^\| (\d+) \| ([\d,]+) \| (\d+) \| ([\d.]+) % \|$", re.MULTILINE)


def rows() -> list[tuple[int, int, int, Fraction]]:
    """Digits, live PINs of that length on the number, guesses a day, and the chance of a hit."""
    found = _ROW.findall(_DOCUMENT.read_text(encoding="utf-8"))
    return [
        (int(digits), int(pins.replace(",", "")), int(guesses), Fraction(percent) / 100)
        for digits, pins, guesses, percent in found
    ]


def test_the_table_says_what_the_guesses_of_a_day_can_hit() -> None:
    assert len(rows()) == 10
    for digits, pins, guesses, chance in rows():
        assert guesses == int(parameters()["PinGuessesPerDay"])
        assert chance == Fraction(guesses * pins, 10**digits), (digits, pins)


def test_a_hundred_sessions_on_a_number_are_two_thousandths_by_default() -> None:
    length = int(parameters()["PinLength"])

    [chance] = [one for digits, pins, _, one in rows() if (digits, pins) == (length, 200)]
    assert chance == Fraction(2, 1000)
