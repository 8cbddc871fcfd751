"""The cost of every operation: the real handlers on the real engine, counted request by request.

The units are DynamoDB's published rules applied to the items that were read and written.
"""

from bench.costs.day import MANY, Day, Row
from bench.costs.session_life import lives_of
from bench.counting.cost import Cost
from bench.counting.counted_service import CountedService
from bench.report import Section, Table
from local.aws.engine import Engine

# From its creation to its timeout.
MOST_WRITE_UNITS = 40
_HEADINGS = (
    "Operation",
    "Requests, in order",
    "Rounds",
    "Read units",
    "Write units",
    "Largest item, bytes",
)
_NOTE = """\
Every request to AWS of a warm function, uncontended. `2 Query (0)`: two at once, which found \
nothing; `TransactWriteItems (3)`: of three items; a comma is a round trip. Every operation of the \
API begins with the `GetItem` that authenticates it. Units are on-demand request units, those of \
the indexes included; the largest item is the largest that was written."""


def measure() -> Section:
    with Engine() as engine:
        rows = day(engine)
    met = targets(dict(rows))
    return Section(
        "Cost of every operation",
        [_NOTE, table(rows), Table(("Target", "Met"), [(name, _yes(one)) for name, one in met])],
        is_met=all(one for _, one in met),
    )


def day(engine: Engine) -> list[Row]:
    """Count the cost of each operation now, on an empty table."""
    with CountedService.running(engine) as service:
        return list(Day(service).rows())


def table(rows: list[Row]) -> Table:
    return Table(_HEADINGS, [_line(name, cost) for name, cost in rows])


def _line(name: str, cost: Cost) -> tuple[object, ...]:
    units = (f"{cost.read_units:g}", cost.write_units)
    return (name, cost.described(), cost.rounds, *units, cost.largest_written_bytes or "-")


def targets(costs: dict[str, Cost]) -> list[tuple[str, bool]]:
    """Return the targets of the two operations that the service exists for, and if each is met."""
    answers = [
        costs["Answer: registered party"],
        costs[f"Answer: party in {MANY} live sessions"],
        costs["Answer: registered party of a session with PINs"],
    ]
    creates = [costs["Create: shared"], costs["Create: per_party"]]
    _, called = lives_of(costs, told=0)
    return [
        (
            "an answer to a registered party: 1 read request and 1 write request",
            all(_names(one) == ["BatchGetItem", "TransactWriteItems"] for one in answers),
        ),
        (
            "as many units with one session as with 20",
            answers[0].read_units == answers[1].read_units
            and answers[0].write_units == answers[1].write_units,
        ),
        (
            "a create: the account, then 2 queries at once and 1 transaction",
            all(
                one.rounds == 3
                and _names(one) == ["GetItem", "Query", "Query", "TransactWriteItems"]
                for one in creates
            ),
        ),
        (
            f"a session with one answered call: at most {MOST_WRITE_UNITS} write units",
            called.write_units <= MOST_WRITE_UNITS,
        ),
    ]


def _names(cost: Cost) -> list[str]:
    return [request.operation for request in cost.requests]


def _yes(is_met: bool) -> str:
    return "yes" if is_met else "**no**"
