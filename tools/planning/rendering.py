"""A plan as text."""

from collections.abc import Sequence

from tools.planning.need import Need
from tools.planning.plan import DOORS, Line, Plan

_HEADINGS = ("country", "strategy", "k", "bound", "at 1e-3", "at 1e-6", "pool", "headroom", "until")
_NOTES = """\
k: numbers that the busiest party's sessions hold at once, live and cooling; ~ as simulated.
bound: always enough for that k. at: numbers for one refusal in so many creates; + tail extended.
headroom: pool less the need at 1e-6, which outgrows the pool by the date in the last column."""
_DOOR_NOTE = """\
doors: no two have one number, and they come from the far end of the pool; k: the most at once.
The larger need of doors and a strategy does for both, their sum keeps the two apart."""


def render(plan: Plan) -> str:
    """A table, what its columns mean, and what it rests on."""
    growth = "unknown" if plan.growth is None else f"{plan.growth:+.1%} a month"
    basis = f"{plan.creates} creates simulated for each strategy; growth {growth}."
    has_doors = any(line.kind == DOORS for line in plan.lines)
    notes = [_NOTES, _DOOR_NOTE] if has_doors else [_NOTES]
    return "\n".join([_table([_HEADINGS, *map(_cells, plan.lines)]), "", *notes, basis])


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.country,
        line.kind,
        f"{'' if line.is_k_exact else '~'}{line.k}",
        str(line.bound),
        _size(line.rare),
        _size(line.rarest),
        str(line.pool),
        f"{line.headroom:+d}",
        line.lasts_until.isoformat() if line.lasts_until else "-",
    )


def _size(need: Need) -> str:
    return f"{need.numbers}{'' if need.is_counted else '+'}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)
