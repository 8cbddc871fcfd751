"""The live headroom: each create says what its tighter party could still be given."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws import template
from local.aws.engine import Engine
from tests.support.in_process import Service
from tests.support.log_capture import captured_logs
from tests.support.scenario import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    ERIN,
    HEIDI,
    IVAN,
    POOL,
    SUBACCOUNT_NUMBER,
    UNRENTED,
    Json,
    Scenario,
    parties,
)

FILTERS = [
    resource
    for resource in template.resources("AWS::Logs::MetricFilter").values()
    if resource["MetricTransformations"][0]["MetricName"] == "FreeNumbers"
]


class Company(Scenario):
    """Four American numbers, one British, and one of the subaccount's."""

    def open(self) -> None:
        self.provision()
        for number in (*POOL, UNRENTED):
            self.api("POST", "Number/", {"numbers": number}, expected=202)
        owned = {"numbers": SUBACCOUNT_NUMBER, "subaccount": self.service.credentials.subaccount_id}
        self.api("POST", "Number/", owned, expected=202)

    def headroom_of(self, first: str, second: str, **options: Any) -> list[float]:
        """What the metric is given by a create of two parties."""
        expected = options.pop("expected", 201)
        return self.headroom_of_request(parties(first, second) | options, expected=expected)

    def headroom_of_request(self, body: Json, **options: Any) -> list[float]:
        with captured_logs() as log:
            self.answer = self.api("POST", "Masking/Session/", body, **options)
        return [value for line in log.getvalue().splitlines() for value in metric_values(line)]


def metric_values(line: str) -> Iterator[float]:
    """What the template's filters make of a log line: `{ $.event = "x" && $.field = * }`."""
    logged = json.loads(line) if line.startswith("{") else {}
    for properties in FILTERS:
        pattern = r'\{ \$\.event = "(\w+)" && \$\.(\w+) = \* \}'
        match = re.fullmatch(pattern, properties["FilterPattern"])
        assert match
        (transformation,) = properties["MetricTransformations"]
        assert transformation["MetricValue"] == f"$.{match[2]}"
        if logged.get("event") == match[1] and match[2] in logged:
            yield float(logged[match[2]])


@pytest.fixture
def company(engine: Engine) -> Iterator[Company]:
    with Service(engine) as service:
        company = Company(service)
        company.open()
        yield company


@pytest.mark.parametrize("strategy", ["shared", "per_party"])
def test_each_create_tells_what_its_tighter_party_has_left(company: Company, strategy: str) -> None:
    options = {"virtual_number_strategy": strategy}

    seen = [company.headroom_of(ALICE, other, **options) for other in (BOB, CAROL)]

    assert seen == [[3], [2]]
    assert company.headroom_of(DAVE, ERIN, **options) == [3]
    assert company.headroom_of(ERIN, ALICE, **options) == [1]
    assert company.headroom_of(BOB, ALICE, **options) == [0]
    assert company.headroom_of(ALICE, DAVE, **options, expected=400) == [0]


def test_numbers_of_other_countries_and_of_others_do_not_count(company: Company) -> None:
    assert company.headroom_of(HEIDI, ALICE) == [0]
    assert company.headroom_of(IVAN, BOB, geomatch=False) == [4]
    assert company.headroom_of(CAROL, IVAN, virtual_number_strategy="per_party") == [0]
    subaccount = parties(CAROL, DAVE)
    assert company.headroom_of_request(subaccount, as_subaccount=True, expected=201) == [0]


def test_a_number_that_cools_off_is_not_free(company: Company) -> None:
    cooling = {"virtual_number_cooloff_period": 600, "session_expiry": 60}
    assert company.headroom_of(ALICE, BOB, **cooling) == [3]

    company.service.advance(659)
    assert company.headroom_of(ALICE, CAROL) == [2]
    company.service.advance(1)
    assert company.headroom_of(ALICE, DAVE) == [2]


def test_single_parties_share_the_doors_of_the_pool(company: Company) -> None:
    lone = {"create_session_with_single_party": True}
    seen = [
        company.headroom_of_request({"first_party": party, **lone}, expected=201)
        for party in (ALICE, BOB, CAROL)
    ]

    assert seen == [[3], [2], [1]]


def test_a_repeated_request_says_no_more_than_the_first(company: Company) -> None:
    headers = {"Idempotency-Key": "order-1"}
    body = parties(ALICE, BOB)

    first = company.headroom_of_request(body, headers=headers, expected=201)

    assert first == [3]
    assert company.headroom_of_request(body, headers=headers, expected=201) == []


def test_the_alarm_fires_below_the_parameter() -> None:
    alarms = template.resources("AWS::CloudWatch::Alarm").values()

    (alarm,) = (one for one in alarms if one.get("MetricName") == "FreeNumbers")

    assert len(FILTERS) == 2
    assert alarm["Statistic"] == "Minimum"
    assert alarm["ComparisonOperator"] == "LessThanThreshold"
    assert alarm["Threshold"] == {"Ref": "FreeNumbersAlarmBelow"}
