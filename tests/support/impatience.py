"""Shorter waits and smaller batches than a deployment has, each set in one place."""

import pytest

from maskline.entry import startup
from maskline.store import pauses
from maskline.store.erasure import erase


def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nothing pause before a retry."""
    monkeypatch.setattr(pauses._DICE, "uniform", lambda *_: 0.0)


def start_within(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a function that is made for a snapshot give its reads up after so long."""
    monkeypatch.setattr(startup, "_PATIENCE_SECONDS", seconds)


def calls_at_once(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a transaction of an erasure take so many calls of a session."""
    monkeypatch.setattr(erase, "_CALLS_AT_ONCE", count)
