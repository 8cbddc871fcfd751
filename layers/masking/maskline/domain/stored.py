"""Reading what another release of the service may have written (docs/decisions/0036).

Readers pass over what they do not know; writers write exactly what this release knows. A word that
this release does not know, in a field that it knows, is judged by what hangs on it. What only
describes or orders is passed over. What decides a call is never guessed: its reader raises one of
UNREADABLE, or says that it leads nowhere.
"""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from enum import StrEnum
from typing import Any, TypeVar

E = TypeVar("E", bound=StrEnum)
U = TypeVar("U")

# What taking apart an item, a map or a message of another shape raises; nothing that AWS raises.
UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def known(kind: type[Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a stored map that a dataclass has."""
    return {one.name: record[one.name] for one in fields(kind) if one.name in record}


def usual(kind: type[Any]) -> dict[str, Any]:
    """The defaults of a dataclass, of the fields that have one."""
    return {one.name: one.default for one in fields(kind) if one.default is not MISSING}


def unusual(value: Any) -> dict[str, Any]:
    """The fields of a dataclass that differ from their defaults; `known` reads them back."""
    defaults, stored = usual(type(value)), asdict(value)
    return {
        name: stored[name]
        for name in stored
        if name not in defaults or getattr(value, name) != defaults[name]
    }


def known_word(kind: type[E], stored: Any, otherwise: U) -> E | U:
    """The member of an enumeration that was stored, or what stands for one that it has not."""
    try:
        return kind(stored)
    except ValueError:
        return otherwise
