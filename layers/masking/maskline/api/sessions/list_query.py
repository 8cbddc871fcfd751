"""Query arguments of the session list: filters in every spelling that official clients send.

Times are compared as answers show them, in whole seconds.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from maskline.api import fields, phone_fields
from maskline.api.pagination import CURSOR, PAGING, Query, require_known
from maskline.domain.accounts import Client
from maskline.domain.errors import InvalidParameterError
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.filter import Range, SessionFilter
from maskline.domain.sessions.session import Status

_DAY_SECONDS = 86_400
DEFAULT_WINDOW_SECONDS = 7 * _DAY_SECONDS
MAX_WINDOW_SECONDS = 30 * _DAY_SECONDS

_COMPARISONS = ("", "lt", "lte", "gt", "gte")
# One client sends a single underscore before the comparison, one an extra "s" on the bare name.
_NAME = re.compile(
    r"(?P<field>created_time|expiry_time|(session_)?duration)(s|_{1,2}(?P<comparison>lte?|gte?))?"
)
# The documented form, and the one of the answers, whose plus may have become a space.
_TIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[ T](?P<minute>[0-9]{2}:[0-9]{2})"
    r"(:(?P<second>[0-9]{2})(\.(?P<fraction>[0-9]{1,6}))?)?( [+ ]?0000 UTC|Z)?"
)
_ALL = "all"


def _compared_by(field: str, schema: fields.Schema) -> dict[str, fields.Schema]:
    return {_name(field, comparison): schema for comparison in _COMPARISONS}


def _name(field: str, comparison: str) -> str:
    return f"{field}__{comparison}" if comparison else field


TIME: fields.Schema = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?$",
}
# The arguments that are read, by their first spelling, with the JSON schema of what each is for.
FILTERS: dict[str, fields.Schema] = {
    "first_party": phone_fields.PHONE_NUMBER,
    "second_party": phone_fields.PHONE_NUMBER,
    "virtual_number": phone_fields.PHONE_NUMBER,
    "status": {"enum": [*Status, _ALL]},
    **_compared_by("created_time", TIME),
    **_compared_by("expiry_time", TIME),
    **_compared_by("duration", fields.INTEGER),
    "subaccount": {"type": "string"},
}


def session_filter(query: Query, client: Client, *, now: int, retention_days: int) -> SessionFilter:
    """The filter that a query asks for, as the client may see it. Raises InvalidParameterError."""
    named = tuple((_canonical(key), value.strip()) for key, value in query)
    require_known(named, {**FILTERS, **PAGING, **CURSOR})
    values = {name: value for name, value in named if value}
    expires = _bounded("expiry_time", _range(values, "expiry_time", seconds_of_time), now // 1000)
    created = _created_window(values, expires, now // 1000)
    available_from = now - retention_days * _DAY_SECONDS * 1000
    return SessionFilter(
        created_from=max((created.start or 0) * 1000, available_from),
        created_before=now + 1 if created.end is None else min(created.end * 1000, now + 1),
        expires=_in_ms(expires),
        duration_seconds=_range(values, "duration", _seconds_of_integer),
        status=_status(values),
        first_party=phone_number(values, "first_party"),
        second_party=phone_number(values, "second_party"),
        virtual_number=phone_number(values, "virtual_number"),
        subaccount_id=_subaccount(values, client),
    )


def _canonical(key: str) -> str:
    """`created_time__lt` for every spelling of it; other names in lower case."""
    name = key.lower()
    match = _NAME.fullmatch(name)
    if match is None:
        return "subaccount" if name == "sub_account" else name
    field = match["field"].removeprefix("session_")
    return _name(field, match["comparison"] or "")


def _created_window(values: dict[str, str], expires: Range, now: int) -> Range:
    """Return the bounds of the sessions' creation, in seconds; every time filter is bounded.

    Without a time filter it is the last seven days. A session expires after its creation, so a
    filter on expiry alone leaves the creation open to the past.
    """
    created = _bounded("created_time", _range(values, "created_time", seconds_of_time), now)
    if created != Range():
        return created
    return Range(end=expires.end) if expires != Range() else Range(now - DEFAULT_WINDOW_SECONDS)


def _bounded(name: str, times: Range, now: int) -> Range:
    """A time filter that spans at most 30 days. An open end is now, an open start that far before.

    Raises InvalidParameterError. Both ends of the widest span may be included.
    """
    if times.start is None:
        if times.end is None:
            return times
        return Range(min(times.end, now) - MAX_WINDOW_SECONDS, times.end)
    end = now if times.end is None else times.end
    if end - times.start > MAX_WINDOW_SECONDS + 1:
        raise fields.invalid(name, "filter spans more than 30 days")
    return times


# Text to (first whole second meant, number of seconds meant, whether a fraction follows).
_Reader = Callable[[str, str], tuple[int, int, bool]]


def _range(values: dict[str, str], field: str, read: _Reader) -> Range:
    """Everything that the five filters on a field leave."""
    result = Range()
    for comparison in _COMPARISONS:
        name = _name(field, comparison)
        if name in values:
            result &= _compared(comparison, *read(name, values[name]))
    return result


def _compared(comparison: str, at: int, width: int, has_fraction: bool) -> Range:
    """Whole numbers for which the comparison with `at`, or with just after it, holds."""
    match comparison:
        case "lt":
            return Range(end=at + has_fraction)
        case "lte":
            return Range(end=at + 1)
        case "gt":
            return Range(start=at + 1)
        case "gte":
            return Range(start=at + has_fraction)
    return Range(at, at + width)


def seconds_of_time(name: str, text: str) -> tuple[int, int, bool]:
    """A time without seconds equals its whole minute."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise _not_a_time(name)
    moment = f"{match['date']}T{match['minute']}:{match['second'] or '00'}"
    try:
        at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    except ValueError:
        raise _not_a_time(name) from None
    has_fraction = int(match["fraction"] or "0") > 0
    return int(at.timestamp()), 1 if match["second"] else 60, has_fraction


def _not_a_time(name: str) -> InvalidParameterError:
    return fields.invalid(name, "should have the format YYYY-MM-DD HH:MM[:ss[.uuuuuu]]")


def _seconds_of_integer(name: str, text: str) -> tuple[int, int, bool]:
    number = fields.as_integer(text)
    if number is None:
        raise fields.invalid(name, "should be an integer")
    return number, 1, False


def _in_ms(seconds: Range) -> Range:
    return Range(
        None if seconds.start is None else seconds.start * 1000,
        None if seconds.end is None else seconds.end * 1000,
    )


def _status(values: dict[str, str]) -> Status | None:
    text = values.get("status", _ALL)
    if text.lower() == _ALL:
        return None
    status = fields.as_choice(text, Status)
    if status is None:
        raise fields.invalid("status", "should be active, in-progress, expired or all")
    return status


def phone_number(values: dict[str, str], name: str) -> E164 | None:
    """The number of a filter, None where it is not given. Raises InvalidParameterError."""
    if name not in values:
        return None
    number = phone_fields.as_phone_number(values[name])
    if number is None:
        raise fields.invalid(name, "is not a valid phone number")
    return number


def _subaccount(values: dict[str, str], client: Client) -> str | None:
    """A subaccount sees its own sessions; the main account all, or those of one subaccount."""
    wanted = values.get("subaccount")
    if client.subaccount_id and wanted not in {None, client.subaccount_id}:
        raise fields.invalid("subaccount", "is not a subaccount of this account")
    return wanted or client.subaccount_id or None
