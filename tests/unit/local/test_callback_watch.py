"""The line that `make run` says of an attempt to post a callback."""

from dataclasses import replace

import pytest

from local.stack.callback_watch import tell_attempt
from maskline.callbacks.delivery import Delivered, Delivery, Refused, Retry
from tests.unit.callbacks.callback_messages import message

ENDING = "docs/callbacks.md says how to send it again"


@pytest.mark.parametrize(
    ("number", "outcome", "said"),
    [
        (1, Delivered("HTTP 204"), "HTTP 204"),
        (1, Retry("HTTP 500"), "HTTP 500, attempt 1 of 10; the next one in 5 s"),
        (2, Retry("HTTP 503", 90), "HTTP 503, attempt 2 of 10; the next one in 90 s"),
        (
            9,
            Retry("no answer in time"),
            "no answer in time, attempt 9 of 10; the next one in 7200 s",
        ),
        (10, Retry("HTTP 500"), f"HTTP 500, given up; {ENDING}"),
        (1, Refused("not https"), f"not https, given up; {ENDING}"),
    ],
)
def test_an_attempt_is_told_with_what_comes_next(number: int, outcome: Delivery, said: str) -> None:
    told = message()

    line = tell_attempt(told, number, outcome)

    event = f"callback {told.event.name} #{told.sequence} of session {told.session_uuid[:4]}…"
    assert line == f"{event} → customer.example.com: {said}"


def test_of_a_url_only_the_host_is_told() -> None:
    url = "https://shop:pa55@shop.example:8443/12025550101?to=12025550102"

    line = tell_attempt(replace(message(), callback_url=url), 1, Delivered("HTTP 200"))

    assert " → shop.example:8443: HTTP 200" in line
    assert not [secret for secret in ("pa55", "1202555") if secret in line]
