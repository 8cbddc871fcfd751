"""A plan as text."""

from collections.abc import Sequence

from tools.planning.need import Need
from tools.planning.plan import DOORS, Line, Plan
from tools.planning.spans import ANY

_NEEDS = ("country", "strategy", "k", "bound", "1 in 1,000", "1 in 1,000,000")
_POOL = ("pool", "headroom", "until")
_NEEDS_NOTE = """\
k: numbers that the busiest party's sessions hold at once, live and cooling. ~k is what the
simulation came to: more may happen.
bound: numbers that are always enough for that k.
1 in ...: numbers with which one create in so many is refused. + is estimated: too few to count."""
_POOL_NOTE = """\
headroom: pool less the need at 1 in 1,000,000. until: from that day on it is negative."""
_NO_POOL_NOTE = "No pool was given, so none is compared: --pool US=12, or a table [pool]."
_DOOR_NOTE = """\
doors: no two have one number, and they come from the far end of the pool; k: the most at once.
Doors and sessions can share numbers: rent the larger need, or the sum to keep the two apart."""
_NO_LIMIT_NOTE = """\
More may happen than was simulated. Limits for both roles (at_once, for a history --at-once) would
tell how many numbers are always enough."""
_RARE = "in a thousand"
_RAREST = "in a million"


def render(plan: Plan) -> str:
    """A table, what its columns mean, what it rests on, and what to rent."""
    has_pool = any(line.pool is not None for line in plan.lines)
    rows = [_NEEDS + _POOL if has_pool else _NEEDS, *map(_cells, plan.lines)]
    return "\n".join([_table(rows), "", *_notes(plan, has_pool=has_pool), "", *_advice(plan)])


def _notes(plan: Plan, *, has_pool: bool) -> list[str]:
    growth = "unknown" if plan.growth is None else f"{plan.growth:+.1%} a month"
    basis = f"{plan.creates} creates simulated for each strategy; growth {growth}."
    has_doors = any(line.kind == DOORS for line in plan.lines)
    doors = [_DOOR_NOTE] if has_doors else []
    return [_NEEDS_NOTE, _POOL_NOTE if has_pool else _NO_POOL_NOTE, *doors, basis]


def _advice(plan: Plan) -> list[str]:
    """A sentence for each line of the table."""
    is_open_ended = any(line.always is None for line in plan.lines if line.kind != DOORS)
    return [*map(_sentence, plan.lines), *([_NO_LIMIT_NOTE] if is_open_ended else [])]


def _sentence(line: Line) -> str:
    place = line.kind if line.country == ANY else f"{line.country}, {line.kind}"
    sizes = {line.rare.numbers: _RARE, line.rarest.numbers: _RAREST}
    if line.always is None:
        most, outcome = line.rarest.numbers, f"about one create {_RAREST} is refused"
    else:
        most, outcome = line.always, "no create within these limits is ever refused"
    fewer = [f"{size} refuse one {share}" for size, share in sizes.items() if size < most]
    return f"Rent {most} numbers ({place}) and {'; '.join([outcome, *reversed(fewer)])}."


def _cells(line: Line) -> tuple[str, ...]:
    needs = (
        line.country,
        line.kind,
        f"{'' if line.is_k_exact else '~'}{line.k}",
        str(line.bound),
        _size(line.rare),
        _size(line.rarest),
    )
    if line.headroom is None:
        return needs
    until = line.lasts_until.isoformat() if line.lasts_until else "-"
    return *needs, str(line.pool), f"{line.headroom:+d}", until


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
