"""`make call` takes its words, and refuses all others with a sentence."""

import pytest

from local.phone.simulator import Script
from local.phone.words import WantedCall, WordError, read_words

CALLER, DIALLED = "+12025550101", "+12025550110"
NEEDED = (f"FROM={CALLER}", f"TO={DIALLED}")
USUAL = "http://127.0.0.1:3000"


def test_words_make_a_call() -> None:
    words = ("ANSWER=no-answer", "TALK=90", "HANGUP=callee", "DIGITS=0000,52#")

    wanted = read_words((*NEEDED, *words), {})

    script = Script("no-answer", talk_seconds=90, hangup_by="callee", digits=("0000", "52#"))
    assert wanted == WantedCall(CALLER, DIALLED, script, USUAL)


def test_what_is_not_said_is_as_usual() -> None:
    empty = ("ANSWER=", "TALK=", "HANGUP=", "DIGITS=")

    assert read_words(NEEDED, {}) == WantedCall(CALLER, DIALLED, Script(), USUAL)
    assert read_words((*NEEDED, *empty), {}) == WantedCall(CALLER, DIALLED, Script(), USUAL)


def test_the_environment_says_what_was_not_typed() -> None:
    environment = {"FROM": "+12025550199", "ANSWER": "busy", "HOME": "/root", "ANSWR": "yes"}

    wanted = read_words(NEEDED, environment)

    assert (wanted.caller, wanted.script.answer) == (CALLER, "busy")


def test_a_withheld_number_is_asked_for() -> None:
    assert read_words(("FROM=anonymous", f"TO={DIALLED}"), {}).caller == "anonymous"


@pytest.mark.parametrize(
    ("typed", "environment", "api"),
    [
        ((), {}, USUAL),
        ((), {"PORT": "3400"}, "http://127.0.0.1:3400"),
        ((), {"PORT": "3400", "API": "http://127.0.0.1:3500/"}, "http://127.0.0.1:3500"),
        (("PORT=3600",), {"PORT": "3600", "API": "http://h:1"}, "http://127.0.0.1:3600"),
        (("API=http://h:2", "PORT=3600"), {"API": "http://h:1"}, "http://h:2"),
        ((), {"PORT": "", "API": ""}, USUAL),
    ],
)
def test_a_stack_is_found(typed: tuple[str, ...], environment: dict[str, str], api: str) -> None:
    assert read_words((*NEEDED, *typed), environment).api == api


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ((), "FROM is missing."),
        (("FROM=", f"TO={DIALLED}"), "FROM is missing."),
        ((f"FROM={CALLER}",), "TO is missing."),
        (("FROM=abc", f"TO={DIALLED}"), "FROM must be a number with + and its country code"),
        (("FROM=12025550101", f"TO={DIALLED}"), "FROM must be a number with +"),
        (("FROM=+120255", f"TO={DIALLED}"), "FROM must be a number with +"),
        (("FROM=+1202555010199999", f"TO={DIALLED}"), "FROM must be a number with +"),
        (("FROM=+12025550101\n", f"TO={DIALLED}"), "FROM must be a number with +"),
        ((f"FROM={CALLER}", "TO=anonymous"), "TO must be a number with +"),
        ((*NEEDED, "ANSWR=busy"), "There is no ANSWR."),
        ((*NEEDED, "ANSWR=busy", "TLAK=3"), "There is no ANSWR and no TLAK."),
        ((*NEEDED, "from=+12025550101"), "There is no from."),
        ((*NEEDED, "ANSWER=no"), "ANSWER must be one of yes, busy, no-answer"),
        ((*NEEDED, "ANSWER=loop"), "ANSWER must be one of "),
        ((*NEEDED, "TALK=-1"), "TALK must be whole seconds"),
        ((*NEEDED, "TALK=1.5"), "TALK must be whole seconds"),
        ((*NEEDED, "TALK=86401"), "TALK must be whole seconds, 86400 at most."),
        ((*NEEDED, "HANGUP=me"), "HANGUP must be one of caller, callee."),
        ((*NEEDED, "DIGITS=12a"), "DIGITS must be digits"),
        ((*NEEDED, "DIGITS=1,,2"), "DIGITS must be digits"),
    ],
)
def test_all_else_is_refused_with_what_is_taken(words: tuple[str, ...], refused: str) -> None:
    with pytest.raises(WordError) as raised:
        read_words(words, {})

    text = str(raised.value)
    assert text.startswith(refused)
    for name in ("FROM", "TO", "ANSWER (yes, busy, ", "TALK", "HANGUP", "DIGITS", "PORT", "API"):
        assert name in text
