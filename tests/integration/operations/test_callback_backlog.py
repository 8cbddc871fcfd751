"""What waits behind a dead URL, once its oldest event has been queued for a week."""

import json
from unittest.mock import patch
from urllib.parse import parse_qsl

from tests.support.scenario import CAROL, DAVE
from tests.support.watched_company import WatchedCompany


def test_a_backlog_goes_to_the_dead_letters_in_order(company: WatchedCompany) -> None:
    outside, engine = company.service.outside, company.service.engine
    company.create("broken", CAROL, DAVE, callback_url=f"{outside.url}/broken")
    for _ in range(2):
        company.ring(CAROL, company.virtual_number("broken")).answer().hangup()
    company.service.carry_on()
    assert len(outside.callbacks) == 1

    # The queue keeps real time: what is a moment old is old from here on.
    with patch("maskline.callbacks.attempts.OLD_MS", 0):
        for _ in range(14):
            company.service.try_again()

    requested = [dict(parse_qsl(form))["SequenceNumber"] for form in outside.callbacks]
    assert requested == [str(number) for number in range(1, 15)]
    received = engine.client("sqs").receive_message(
        QueueUrl=engine.queue_urls["CallbackDeadLetterQueue"], MaxNumberOfMessages=10
    )
    letters = [json.loads(message["Body"])["events"] for message in received["Messages"]]
    told = [event["sequence"] for events in letters for event in events]
    assert told == list(range(1, 11))
