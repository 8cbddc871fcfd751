"""What the functions write to their logs, and a search for what must never be in there."""

import contextlib
import io
import logging
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

import phonenumbers

from maskline.observability import logger

_PUNCTUATION = re.compile(r"[\s().-]")
_SHORTEST = 8


@contextlib.contextmanager
def captured_logs() -> Iterator[io.StringIO]:
    """Everything that CloudWatch would get: standard output and error, and every log handler.

    Our logger is as talkative as its setting LogLevel can make it.
    """
    text = io.StringIO()
    level = logger.log_level
    extra = logging.StreamHandler(text)
    root = logging.getLogger()
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(text))
        stack.enter_context(contextlib.redirect_stderr(text))
        for handler in _stream_handlers():
            stack.callback(handler.setStream, handler.stream)
            handler.setStream(text)
        root.addHandler(extra)
        stack.callback(root.removeHandler, extra)
        logger.setLevel(logging.DEBUG)
        stack.callback(logger.setLevel, level)
        yield text


def _stream_handlers() -> Iterator[logging.StreamHandler[io.StringIO]]:
    """Not pytest's own, which are of subclasses."""
    known = [logging.getLogger(), *logging.Logger.manager.loggerDict.values(), logger]
    for one in known:
        for handler in getattr(one, "handlers", ()):
            if type(handler) is logging.StreamHandler:
                yield handler


class Scanner:
    """Finds secrets and numbers in text, in whatever form they appear there."""

    def __init__(self, *, numbers: Iterable[str] = (), secrets: Iterable[str] = ()) -> None:
        # The national part is in every form: E.164, digits, URL-encoded, with a trunk zero.
        self._digits = {_national_part(number) for number in numbers}
        self._secrets = {form for secret in secrets for form in _forms(secret)}
        assert all(len(form) >= _SHORTEST for form in self._digits | self._secrets)

    def found_in(self, text: str) -> list[str]:
        """The offending lines."""
        # A line that offends makes the whole offend: of most texts nothing more is searched.
        if not self._offends(text):
            return []
        return [line for line in text.splitlines() if self._offends(line)]

    def _offends(self, text: str) -> bool:
        plain = _PUNCTUATION.sub("", text)
        has_number = any(digits in text or digits in plain for digits in self._digits)
        return has_number or any(secret in text for secret in self._secrets)


def _national_part(number: str) -> str:
    return str(phonenumbers.parse(number, None).national_number)


def _forms(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), quote_plus(secret)}
