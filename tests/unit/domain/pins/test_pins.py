"""Drawn PINs: as many digits as the terms say, by a chooser that is handed in."""

from collections.abc import Iterator

from maskline.domain.pins.drawing import Choose, with_drawn_pins
from tests.support import builders


def telling(*chosen: int) -> tuple[Choose, list[int]]:
    """A chooser of these numbers, and out of how many each was chosen."""
    numbers: Iterator[int] = iter(chosen)
    asked: list[int] = []

    def choose(below: int) -> int:
        asked.append(below)
        return next(numbers)

    return choose, asked


def test_both_are_drawn_out_of_all_of_their_length() -> None:
    terms = builders.pin_terms(first_pin="", second_pin="", generated_length=6)
    choose, asked = telling(42, 999_999)

    drawn = with_drawn_pins(terms, choose)

    assert (drawn.first_pin, drawn.second_pin) == ("000042", "999999")
    assert asked == [10**6, 10**6]


def test_what_is_given_stays() -> None:
    terms = builders.pin_terms(second_pin="", generated_length=9)

    drawn = with_drawn_pins(terms, telling(5)[0])

    assert (drawn.first_pin, drawn.second_pin) == ("4821", "000000005")


def test_the_parties_pins_differ() -> None:
    both = builders.pin_terms(first_pin="", second_pin="")
    first = builders.pin_terms(first_pin="")

    drawn = with_drawn_pins(both, telling(7, 7, 8)[0])
    assert (drawn.first_pin, drawn.second_pin) == ("0007", "0008")
    drawn = with_drawn_pins(first, telling(7390, 9)[0])
    assert (drawn.first_pin, drawn.second_pin) == ("0009", "7390")
