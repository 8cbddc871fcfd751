"""Plan a pool from figures of traffic, a history in CSV, or the table itself.

python -m tools.planning traffic.toml                  figures; JSON will do, too
python -m tools.planning history.csv --at-once 3       sessions as they were
python -m tools.planning --account MA... [--subaccount SA...]
                                                   the sessions and numbers of the deployed table:
                                                   TABLE_NAME, DEPLOYMENT_SECRET_ARN and AWS
                                                   credentials in the environment

docs/planning.md says what goes in and how to read what comes out. No phone number does.
"""

import argparse
import json
import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tools.planning.figures import FiguresError, traffic_from
from tools.planning.history import HistoryError, read_csv
from tools.planning.plan import Plan, Question, plan_history, plan_traffic
from tools.planning.rendering import render
from tools.planning.stored_history import stored_history, stored_pool, use_table


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    try:
        plan = _plan_of_table(options) if options.account else _plan_of_file(options)
    except (FiguresError, HistoryError, OSError, ValueError) as error:
        print(f"No plan: {error}", file=sys.stderr)
        return 1
    print(render(plan))
    return 0


def _plan_of_table(options: argparse.Namespace) -> Plan:
    use_table(os.environ.get("TABLE_NAME", ""))
    pool = stored_pool(options.account, options.subaccount)
    spans = stored_history(options.account, options.subaccount, days=options.days)
    return plan_history(spans, _question(options, pool), at_once=options.at_once)


def _plan_of_file(options: argparse.Namespace) -> Plan:
    if options.file.suffix == ".csv":
        with options.file.open(encoding="utf-8", newline="") as lines:
            spans = read_csv(lines)
        return plan_history(spans, _question(options, None), at_once=options.at_once)
    figures = _read_figures(options.file)
    pool = figures.pop("pool", None)
    growth = figures.pop("growth_per_month", None)
    question = _question(options, pool)
    if question.growth is None:
        question = replace(question, growth=growth)
    return plan_traffic(traffic_from(figures), question)


def _read_figures(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    figures: dict[str, Any] = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    return figures


def _question(options: argparse.Namespace, pool: Mapping[str, int] | None) -> Question:
    is_known = pool is not None or options.pool
    return Question(
        pool={**(pool or {}), **dict(options.pool)} if is_known else None,
        today=options.today,
        growth=options.growth,
        creates=options.creates,
        seed=options.seed,
    )


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.planning",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("file", nargs="?", type=Path, metavar="FILE.toml|.json|.csv")
    source.add_argument("--account", help="auth id of a main account of the table")
    parser.add_argument("--subaccount", default="", help="auth id of one of its subaccounts")
    parser.add_argument("--days", type=int, default=90, help="how far back in the table")
    parser.add_argument(
        "--pool",
        type=_country_and_size,
        action="append",
        default=[],
        metavar="US=12",
        help="numbers that there are of a country (any: where geomatch is off); repeat",
    )
    parser.add_argument(
        "--growth",
        type=float,
        help="how much more the busiest party has at once in a month: 0.1 is a tenth more",
    )
    parser.add_argument(
        "--at-once", type=int, default=0, help="most live sessions of a party; 0: no limit"
    )
    parser.add_argument("--creates", type=int, default=100_000, help="how many to simulate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--today", type=date.fromisoformat, default=datetime.now(UTC).date(), metavar="2026-01-31"
    )
    return parser.parse_args(arguments)


def _country_and_size(text: str) -> tuple[str, int]:
    country, _, size = text.partition("=")
    return country, int(size)


if __name__ == "__main__":
    sys.exit(main())
