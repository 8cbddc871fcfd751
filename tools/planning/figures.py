"""Traffic and what else a plan starts from, out of a table of figures (TOML or JSON)."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from tools.planning.traffic import Crowd, Traffic

_TABLE_HINT = """
firsts and seconds are tables: the people of each role. For example:
[seconds]
people = 500"""


class FiguresError(ValueError):
    """Figures that make no traffic: says which."""


def traffic_from(figures: Mapping[str, Any]) -> Traffic:
    """Traffic by the names of its fields, of which many have defaults. Raises FiguresError."""
    figures = _by_the_hour(figures)
    known = {field.name for field in fields(Traffic)}
    unknown = figures.keys() - known
    if unknown:
        raise FiguresError(f"unknown: {', '.join(sorted(unknown))}")
    missing = {"sessions_per_hour", "minutes", "firsts", "seconds"} - figures.keys()
    if missing:
        hint = _TABLE_HINT if missing & {"firsts", "seconds"} else ""
        raise FiguresError(f"missing: {', '.join(sorted(missing))}{hint}")
    crowds = {role: _crowd(role, figures[role]) for role in ("firsts", "seconds")}
    traffic = Traffic(**{**figures, **crowds})
    _require_sense(traffic)
    return traffic


def _by_the_hour(figures: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the figures with the sessions of a day as the mean of its hours."""
    if "sessions_per_day" not in figures:
        return figures
    if "sessions_per_hour" in figures:
        raise FiguresError("sessions_per_hour or sessions_per_day: give one of them")
    others = {name: value for name, value in figures.items() if name != "sessions_per_day"}
    return {**others, "sessions_per_hour": figures["sessions_per_day"] / 24}


def _crowd(role: str, figures: Mapping[str, Any]) -> Crowd:
    try:
        crowd = Crowd(**figures)
    except TypeError:
        raise FiguresError(f"{role}: takes people, at_once, skew") from None
    if crowd.people < 1 or crowd.at_once < 0 or crowd.skew < 0:
        raise FiguresError(f"{role}: out of range")
    return crowd


def _require_sense(traffic: Traffic) -> None:
    checks = {
        "sessions_per_hour": traffic.sessions_per_hour > 0,
        "shortest_minutes": 0 < traffic.shortest_minutes < traffic.minutes,
        "cooloff_minutes": traffic.cooloff_minutes >= 0,
        "countries": abs(sum(traffic.countries.values()) - 1) < 1e-6,
        "abroad": 0 <= traffic.abroad <= 1,
        "among_firsts": 0 <= traffic.among_firsts <= 1,
        "doors": 0 <= traffic.doors <= 1,
        "hourly": len(traffic.hourly) == 24 and max(traffic.hourly) > 0 <= min(traffic.hourly),
    }
    wrong = [name for name, is_right in checks.items() if not is_right]
    if wrong:
        raise FiguresError(f"out of range: {', '.join(wrong)}")
