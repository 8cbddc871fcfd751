"""Reading template.yaml: references and schedules, as the local stack sees them."""

import pytest

from local.aws import template
from local.aws.declarations import Schedule


def test_references_resolve_to_what_a_caller_knows() -> None:
    value = {"a": [{"Ref": "Queue"}, {"Fn::GetAtt": ["Queue", "Arn"]}], "b": {"Ref": "LogLevel"}}

    resolved = template.resolve(value, {"Queue": "url", "Queue.Arn": "arn"})

    assert resolved == {"a": ["url", "arn"], "b": "INFO"}


def test_a_substitution_resolves_names_and_attributes() -> None:
    value = {"Fn::Sub": "${Table.Arn}/index/x in ${AWS::Region}"}

    assert template.resolve(value, {"Table.Arn": "arn"}) == "arn/index/x in us-east-1"


def test_an_unknown_reference_is_an_error() -> None:
    with pytest.raises(KeyError):
        template.resolve({"Ref": "Nowhere"}, {})


def test_a_schedule_that_is_no_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="not a rate"):
        _ = Schedule("Nightly", "Function", "cron(0 3 * * ? *)").seconds
