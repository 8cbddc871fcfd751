"""Lambda's event filter patterns, as far as a template of ours may use them."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

_ABSENT = object()


class UnsupportedPatternError(Exception):
    """The pattern uses an operator that this evaluator does not know."""


def matches_any(patterns: Iterable[str], record: Mapping[str, Any]) -> bool:
    """Tell if a record passes a mapping's filters (JSON patterns); no filter lets all through."""
    parsed = [json.loads(pattern) for pattern in patterns]
    return not parsed or any(matches(pattern, record) for pattern in parsed)


def matches(pattern: Mapping[str, Any], record: Any) -> bool:
    """Tell if the record satisfies every field of the pattern."""
    return all(_field_matches(name, rule, record) for name, rule in pattern.items())


def _field_matches(name: str, rule: Any, record: Any) -> bool:
    if name == "$or":
        return any(matches(alternative, record) for alternative in rule)
    value = record.get(name, _ABSENT) if isinstance(record, Mapping) else _ABSENT
    if isinstance(rule, Mapping):
        return matches(rule, value)
    if not isinstance(rule, list):
        raise UnsupportedPatternError(f"{name}: a rule is a list or an object")
    return any(_condition_holds(condition, value) for condition in rule)


def _condition_holds(condition: Any, value: Any) -> bool:
    if isinstance(condition, Mapping):
        ((operator, operand),) = condition.items()
        if operator not in _OPERATORS:
            raise UnsupportedPatternError(f"operator {operator!r}")
        return _OPERATORS[operator](operand, value)
    return any(_equal(condition, item) for item in _leaves(value))


def _leaves(value: Any) -> list[Any]:
    """Return the values that a condition looks at: an array passes if one of its elements does."""
    if value is _ABSENT or isinstance(value, Mapping):
        return []
    return value if isinstance(value, list) else [value]


def _equal(expected: Any, value: Any) -> bool:
    # In Python True == 1; in a pattern they are different things.
    return type(expected) is type(value) and bool(expected == value)


def _exists(operand: Any, value: Any) -> bool:
    is_leaf = value is not _ABSENT and not isinstance(value, Mapping)
    return is_leaf is bool(operand)


def _prefix(operand: Any, value: Any) -> bool:
    return any(isinstance(item, str) and item.startswith(operand) for item in _leaves(value))


def _suffix(operand: Any, value: Any) -> bool:
    return any(isinstance(item, str) and item.endswith(operand) for item in _leaves(value))


def _anything_but(operand: Any, value: Any) -> bool:
    refused = operand if isinstance(operand, list) else [operand]
    return any(not any(_equal(entry, item) for entry in refused) for item in _leaves(value))


def _numeric(operand: list[Any], value: Any) -> bool:
    pairs = list(zip(operand[::2], operand[1::2], strict=True))
    return any(
        not isinstance(item, bool)
        and isinstance(item, int | float)
        and all(_COMPARISONS[sign](item, bound) for sign, bound in pairs)
        for item in _leaves(value)
    )


_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "exists": _exists,
    "prefix": _prefix,
    "suffix": _suffix,
    "anything-but": _anything_but,
    "numeric": _numeric,
}
