"""The results of the steps, as lines of a table: none of them holds anybody's number."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from local.aws.template import ROOT

_NUMBER = re.compile(r"\+?\d{8,15}")
_FIGURES = ROOT / "bench" / "results.md"
_SUMS = re.compile(r"^\| in all \|\s*\| ([\d.]+) \| ([\d.]+) \|$", re.MULTILINE)
_MILLION = 1_000_000


class Settles(StrEnum):
    """A behaviour of AWS that a step shows, as docs/local-and-aws.md names it."""

    INVOCATION = "Lambda: invoked by an operator"
    TRANSACTIONS = "DynamoDB: transactions"
    DATA_KEYS = "KMS: data keys"
    LAST_SLASH = "REST API: a path with and without its last slash"
    AUTHORIZATION = "REST API: the Authorization header"
    SNAPSHOTS = "SnapStart"
    PAYLOAD = "HTTP API: payload 2.0"
    SIGNED_URL = "HTTP API: the URL that a carrier signs"
    INDEXES = "DynamoDB: indexes"
    STREAM = "DynamoDB stream → callback"
    TTL = "TTL"
    SCHEDULES = "EventBridge: schedules"
    NOTHING = "-"


class Result(StrEnum):
    """The result of a step. SKIPPED: nobody asked for it, or it needs one that failed."""

    PASSED = "pass"
    FAILED = "FAIL"
    SKIPPED = "skip"


class FailedError(Exception):
    """A step did not go as it must: a sentence for the operator."""


class SkippedError(Exception):
    """A step that was not tried: a sentence for the operator."""


@dataclass(frozen=True)
class Row:
    name: str
    settles: Settles
    result: Result
    sentence: str

    def __str__(self) -> str:
        told = _NUMBER.sub("•••", self.sentence)
        return f"{self.result:<4}  {self.name:<24}  {self.settles:<48}  {told}"


@dataclass(frozen=True)
class Effort:
    """The number of requests that a run took, by kind, and of what they were for."""

    requests: int
    webhooks: int
    sessions: int
    calls: int

    def __str__(self) -> str:
        counted = (
            f"{self.requests} requests of the API, {self.webhooks} webhooks, "
            "1 invocation by the operator"
        )
        dollars = self._dollars()
        return counted if dollars is None else f"{counted}; on AWS about {dollars:.5f} dollars"

    def _dollars(self) -> float | None:
        """By the measured costs of a session without and with one call, as if all were answered."""
        sums = _SUMS.search(_FIGURES.read_text(encoding="utf-8"))
        if sums is None:
            return None
        quiet, called = map(float, sums.groups())
        return (self.sessions * quiet + self.calls * (called - quiet)) / _MILLION


def verdict(rows: Iterable[Row]) -> str:
    results = [row.result for row in rows]
    counts = (f"{results.count(result)} {word}" for result, word in _WORDS.items())
    return ", ".join(counts)


_WORDS = {Result.PASSED: "passed", Result.FAILED: "failed", Result.SKIPPED: "skipped"}
