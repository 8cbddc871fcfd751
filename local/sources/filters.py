"""Lambda's event filter patterns, as far as a template of ours uses them: by equal texts."""

import json
from collections.abc import Iterable, Mapping
from typing import Any


class UnsupportedPatternError(Exception):
    """The pattern has a rule that this evaluator does not know."""


def matches_any(patterns: Iterable[str], record: Mapping[str, Any]) -> bool:
    """Tell if a record passes a mapping's filters (JSON patterns); no filter lets all through."""
    parsed = [json.loads(pattern) for pattern in patterns]
    return not parsed or any(matches(pattern, record) for pattern in parsed)


def matches(pattern: Mapping[str, Any], record: Any) -> bool:
    """Tell if the record satisfies every field of the pattern."""
    return all(_field_matches(name, rule, record) for name, rule in pattern.items())


def _field_matches(name: str, rule: Any, record: Any) -> bool:
    value = record.get(name) if isinstance(record, Mapping) else None
    if isinstance(rule, Mapping):
        return matches(rule, value)
    if not isinstance(rule, list) or not all(isinstance(one, str) for one in rule):
        raise UnsupportedPatternError(f"{name}: a rule is an object or a list of texts")
    return value in rule
