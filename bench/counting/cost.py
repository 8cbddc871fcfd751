"""Count what an invocation of a function costs: its requests to AWS, in rounds, and their units."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from bench.counting.ledger import Request

_MOST_ROUNDS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Cost:
    """The requests of one invocation of a function to AWS."""

    function: str
    requests: tuple[Request, ...]

    @property
    def rounds(self) -> int:
        """Count the round trips that follow each other: requests sent at once count as one."""
        branches = _counted(self.requests)
        return sum(max(of_branch.values()) for of_branch in branches.values())

    @property
    def read_units(self) -> float:
        return sum(request.read_units for request in self.requests)

    @property
    def write_units(self) -> int:
        return sum(request.write_units for request in self.requests)

    def index_write_units(self, index: str) -> int:
        """Those of one index among the write units."""
        return sum(request.index_write_units.get(index, 0) for request in self.requests)

    @property
    def largest_written_bytes(self) -> int:
        return max((request.largest_written_bytes for request in self.requests), default=0)

    def described(self) -> str:
        """Its requests, round by round; in brackets how many items or messages they are about."""
        ordered = sorted(self.requests, key=lambda request: (request.round, request.operation))
        rounds = [
            _described_each(of_round)
            for _, of_round in groupby(ordered, lambda request: request.round)
        ]
        folded = list(_folded(rounds))
        if len(folded) > _MOST_ROUNDS_SHOWN:
            return f"in all {_described_each(self.requests)}"
        return ", ".join(folded) or "none"


def _counted(requests: tuple[Request, ...]) -> dict[int, dict[int, int]]:
    """Count the requests of each branch of each round."""
    counted: dict[int, dict[int, int]] = {}
    for request in requests:
        branches = counted.setdefault(request.round, {})
        branches[request.branch] = branches.get(request.branch, 0) + 1
    return counted


def _operation(request: Request) -> str:
    return request.operation


def _described_each(requests: Iterable[Request]) -> str:
    alike = groupby(sorted(requests, key=_operation), _operation)
    return " + ".join(_described(list(same)) for _, same in alike)


def _described(alike: list[Request]) -> str:
    items = sum(request.items for request in alike)
    name = f"{len(alike)} {alike[0].operation}" if len(alike) > 1 else alike[0].operation
    return f"{name} ({items})" if items != len(alike) else name


def _folded(rounds: list[str]) -> Iterator[str]:
    for text, same in groupby(rounds):
        times = len(list(same))
        yield f"{times} x {text}" if times > 1 else text
