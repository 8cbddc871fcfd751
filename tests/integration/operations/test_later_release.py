"""What a later release wrote is read as if it had written what we know: docs/decisions/0036."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any, get_type_hints
from unittest.mock import patch

from local.aws.engine import Engine
from local.aws.function_log import FunctionLog
from maskline.store import keys
from tests.support.evidence import Evidence
from tests.support.in_process import Exchange, Service
from tests.support.later_release import later_release
from tests.support.scenario import Scenario
from tools.trail.__main__ import verify
from tools.trail.log_lines import in_file
from tools.trail.shown import trail

Places = set[tuple[str, str]]

# What differs between two days: drawn at random, or a time.
_DRAWN = re.compile(
    r"(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
    r"|(?P<time>\d{4}-\d\d-\d\d(?: |T|\+|%20)\d\d(?::|%3A)\d\d(?::|%3A)\d\d(?:\.\d+)?)"
    r"|(?P<port>127\.0\.0\.1(?::|%3A)\d+)"
    r'|(?P<pin>(?<=_pin": ")\d+)'
    r"|(?P<account>[MS]A[0-9A-Z]{18})"
    r"|(?P<cursor>(?<=cursor=)[\w-]+)"
    r'|(?P<receipt>(?<="receipt": ")[^"]+)'
    # A session's, behind its end.
    r'|(?P<seconds>(?<= UTC", "duration": )\d+)'
    r"|(?P<token>(?<=/)[\w-]{22}(?![\w-])|[0-9a-f]{64})"
)


def test_a_day_of_a_later_release_is_as_any_other(
    evidence: Evidence, engine: Engine, log: FunctionLog
) -> None:
    """Every function reads what it wrote, and does and says what it does and says otherwise.

    It has written every kind of item that there is a key for.
    """
    with _noted_keys() as named, later_release() as written, Service(engine) as service:
        day = Scenario(service)
        day.play()
        told = [line for one in day.created.values() for line in trail(one["session_uuid"])]
        findings = verify(in_file(log.path))

    assert {name for name, places in named.items() if not places & written} == set()
    for ours, theirs in zip(evidence.exchanges, service.exchanges, strict=False):
        assert _plain(theirs) == _plain(ours)
    # One that is not taken comes again, the oftener the longer the day took.
    assert {*map(_without_what_is_drawn, service.outside.callbacks)} == {
        *map(_without_what_is_drawn, evidence.callbacks)
    }
    assert len(told) > len(day.created)
    assert not any("ALTERED" in line for line in told)
    assert findings.problems == []


def _plain(exchange: Exchange) -> str:
    request, response = exchange.request, exchange.response
    text = f"{request.method} {request.target}: {response.status} {response.text}"
    return _without_what_is_drawn(text)


def _without_what_is_drawn(text: str) -> str:
    return _DRAWN.sub(lambda found: f"<{found.lastgroup}>", text)


@contextmanager
def _noted_keys() -> Iterator[dict[str, Places]]:
    """The keys that are made while the block lasts, by the names of all functions that make one."""
    makers = {
        name: function
        for name, function in vars(keys).items()
        if getattr(function, "__module__", "") == keys.__name__
        and get_type_hints(function).get("return") == keys.Key
    }
    noted: dict[str, Places] = {name: set() for name in makers}
    with ExitStack() as stack:
        for name, function in makers.items():
            stack.enter_context(patch.object(keys, name, _noting(function, noted[name])))
        yield noted


def _noting(function: Callable[..., keys.Key], places: Places) -> Callable[..., keys.Key]:
    @wraps(function)
    def noting(*arguments: Any) -> keys.Key:
        key = function(*arguments)
        places.add((key["PK"], key["SK"]))
        return key

    return noting
