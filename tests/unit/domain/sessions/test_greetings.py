"""What strangers hear: which session of a number speaks to them."""

from maskline.domain.calls.route import routes_of
from maskline.domain.sessions.greeting import Greeting, choose_greeting, greeting_of
from maskline.domain.sessions.session import Strategy
from tests.support import builders
from tests.support.builders import NOW, virtual

AUDIO = "https://customer.example/who.mp3"


def greeting(name: str, *, created: int = 0, lives: int = 1000, pin: bool = False) -> Greeting:
    return Greeting(name, NOW + created, NOW + lives, pin, AUDIO)


def test_a_session_with_nothing_to_say_has_no_greeting() -> None:
    assert greeting_of(builders.session()) is None


def test_a_session_greets_with_its_audio_or_asks_for_a_pin() -> None:
    heard = greeting_of(builders.session(terms=builders.terms(unknown_caller_play=AUDIO)))
    asked = greeting_of(builders.session(terms=builders.terms(pin=builders.pin_terms())))

    assert heard is not None
    assert (heard.asks_pin, heard.unknown_caller_play) == (False, AUDIO)
    assert asked is not None
    assert asked.asks_pin


def test_each_number_of_a_session_greets_once() -> None:
    terms = builders.terms(unknown_caller_play=AUDIO)
    shared = builders.session(
        terms=terms, strategy=Strategy.SHARED, second_virtual_number=virtual(0)
    )

    apart = [route.virtual_number for route in routes_of(builders.session(terms=terms))]
    greeting_once = [route.greeting is not None for route in routes_of(shared)]

    assert apart == [virtual(0), virtual(1)]
    assert all(route.greeting for route in routes_of(builders.session(terms=terms)))
    assert greeting_once == [True, False]


def test_a_pin_goes_before_audio_and_the_newest_before_the_rest() -> None:
    older, newer = greeting("a", created=1), greeting("b", created=2)

    assert choose_greeting([newer, older], NOW) == newer
    assert choose_greeting([newer, greeting("c", pin=True)], NOW) == greeting("c", pin=True)


def test_a_session_that_is_over_greets_nobody() -> None:
    assert choose_greeting([greeting("a")], NOW + 1000) is None
    assert choose_greeting([], NOW) is None
