"""The lines in which the functions told their log of entries: in CloudWatch Logs, or in a file."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maskline.store.trail_codes import LINE


@dataclass(frozen=True, slots=True)
class Line:
    """A line about an entry: its key, its code, and the epoch second that it is kept until."""

    partition: str
    place: str
    code: bytes
    kept_until: int


def in_file(file: Path) -> list[Line]:
    """The lines of a file: one in each line, or a JSON list of lines as `aws logs` gives it."""
    text = file.read_text(encoding="utf-8")
    return [*_told(json.loads(text) if text.lstrip().startswith("[") else text.splitlines())]


def in_cloudwatch(session: Any, stack: str, *, since: int = 0) -> list[Line]:
    """The lines of all log groups of a stack, from an instant on, as long as they are kept."""
    resources = session.client("cloudformation").get_paginator("list_stack_resources")
    groups = (
        one["PhysicalResourceId"]
        for page in resources.paginate(StackName=stack)
        for one in page["StackResourceSummaries"]
        if one["ResourceType"] == "AWS::Logs::LogGroup"
    )
    events = session.client("logs").get_paginator("filter_log_events")
    pattern = f'{{ $.event = "{LINE}" }}'
    return [
        line
        for group in groups
        for page in events.paginate(logGroupName=group, filterPattern=pattern, startTime=since)
        for line in _told(event["message"] for event in page["events"])
    ]


def _told(lines: Iterable[str]) -> Iterator[Line]:
    for content in map(_content, lines):
        if content.get("event") == LINE:
            yield Line(
                partition=content["partition"],
                place=content["place"],
                code=bytes.fromhex(content["code"]),
                kept_until=content["kept_until"],
            )


def _content(line: str) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
