"""Lambda takes lines of every level (ApplicationLogLevel): LOG_LEVEL decides what is written."""

import json
import os
import subprocess
import sys
from datetime import datetime

import pytest

from local.aws.template import ROOT

PROGRAM = """
from maskline.observability import always, logger
for level in ("debug", "info", "warning", "error"):
    getattr(logger, level)(level)
always.info("always")
"""


@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("DEBUG", ["debug", "info", "warning", "error"]),
        ("INFO", ["info", "warning", "error"]),
        ("ERROR", ["error"]),
    ],
)
def test_the_level_of_the_code_decides_and_not_that_of_lambda(
    level: str, written: list[str]
) -> None:
    """Lambda hands its own to every function whose log format is JSON; Powertools goes by it."""
    known = {"LOG_LEVEL": level, "AWS_LAMBDA_LOG_LEVEL": "TRACE", "AWS_LAMBDA_LOG_FORMAT": "JSON"}
    package = {"PYTHONPATH": str(ROOT / "layers" / "masking")}

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | known | package,
        capture_output=True,
        text=True,
        check=True,
    )

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["message"] for line in lines] == [*written, "always"]
    # docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html: RFC 3339, or
    # Lambda takes the line for one of level INFO.
    for line in lines:
        assert datetime.fromisoformat(line["timestamp"]).tzinfo
        assert "T" in line["timestamp"]
