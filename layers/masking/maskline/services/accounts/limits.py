"""An account's limits as an operator writes them."""

from collections.abc import Mapping
from typing import Any

from maskline.domain.errors import InvalidParameterError
from maskline.domain.limits import MOST_CREATES_PER_MINUTE, AccountLimits
from maskline.domain.numbers.destinations import ANYWHERE
from maskline.domain.numbers.numbering_plan import is_country

_COUNTS = {
    "creates_per_minute": MOST_CREATES_PER_MINUTE,
    "calls_per_session": 1_000_000,
    "calls_per_caller_per_hour": 1_000_000,
}
_NAMES = {"destination_countries", "allows_premium", *_COUNTS}


def parse_limits(section: Mapping[str, Any]) -> AccountLimits:
    """The limits of an order's account. Raises InvalidParameterError, also for an unknown name.

    A limit that is misspelt would be one that is not there.
    """
    limits = section.get("limits", {})
    if not isinstance(limits, Mapping) or not limits.keys() <= _NAMES:
        raise InvalidParameterError("limits", f"limits may have {', '.join(sorted(_NAMES))}")
    return AccountLimits(
        destination_countries=_countries(limits.get("destination_countries", [])),
        allows_premium=limits.get("allows_premium", False) is True,
        **{name: _count(limits, name, most) for name, most in _COUNTS.items()},
    )


def _count(limits: Mapping[str, Any], name: str, most: int) -> int | None:
    count = limits.get(name)
    if count is not None and not (type(count) is int and 0 <= count <= most):
        raise InvalidParameterError(name, f"{name} must be an integer from 0, no limit, to {most}")
    return count


def _countries(listed: object) -> tuple[str, ...]:
    countries: list[object] = listed if isinstance(listed, list) else [None]
    unknown = [one for one in countries if one != ANYWHERE and not _is_country(one)]
    if unknown:
        reason = f'destination_countries must list ISO 3166 alpha-2 codes or "{ANYWHERE}"'
        named = f": {unknown[0]} is no country" if isinstance(unknown[0], str) else ""
        raise InvalidParameterError("destination_countries", reason + named)
    return tuple(str(country) for country in countries)


def _is_country(code: object) -> bool:
    return isinstance(code, str) and is_country(code)
