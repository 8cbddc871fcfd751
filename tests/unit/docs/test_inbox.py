"""The inbox of docs/receivers: each event once, in order, whatever fails."""

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

RECEIVERS = Path(__file__).resolve().parents[3] / "docs" / "receivers"


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    monkeypatch.setenv("AUTH_TOKEN", "token")
    monkeypatch.setenv("CALLBACK_URL", "https://app.example.com/masking-events")
    monkeypatch.syspath_prepend(str(RECEIVERS))
    for name in ("inbox", "maskline_callbacks"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("inbox"), importlib.import_module("maskline_callbacks")


@pytest.fixture
def inbox(modules: tuple[ModuleType, ModuleType], tmp_path: Path) -> Any:
    return modules[0].Inbox(str(tmp_path / "inbox.db"))


def put(modules: tuple[ModuleType, ModuleType], inbox: Any, session: str, sequence: int) -> None:
    fields = {"SessionUUID": session, "SequenceNumber": str(sequence)}
    inbox.put(modules[1].Callback(f"msg_{session}_{sequence}", fields))


def test_each_event_is_handled_once_and_in_order(
    modules: tuple[ModuleType, ModuleType], inbox: Any
) -> None:
    for sequence in (10, 9, 2, 10):
        put(modules, inbox, "a", sequence)
    handled: list[tuple[str, bool]] = []

    def work(fields: dict[str, str], is_late: bool) -> None:
        handled.append((fields["SequenceNumber"], is_late))

    inbox.handle(work)
    put(modules, inbox, "a", 3)
    put(modules, inbox, "a", 9)
    inbox.handle(work)

    assert handled == [("2", False), ("9", False), ("10", False), ("3", True)]


def test_an_event_that_fails_is_tried_again_and_holds_up_its_session_alone(
    modules: tuple[ModuleType, ModuleType], inbox: Any
) -> None:
    for session in ("a", "b"):
        for sequence in (1, 2):
            put(modules, inbox, session, sequence)
    handled: list[str] = []
    failures = iter([True])

    def work(fields: dict[str, str], is_late: bool) -> None:
        if fields["SessionUUID"] == "a" and next(failures, False):
            raise ConnectionError
        handled.append(fields["SessionUUID"] + fields["SequenceNumber"])

    inbox.handle(work)
    assert handled == ["b1", "b2"]
    inbox.handle(work)

    assert handled == ["b1", "b2", "a1", "a2"]
