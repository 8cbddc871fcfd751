"""Run the measurements that are named, or all, and write them to results.md.

python -m bench [name ...]     exits with 1 if a target is missed
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module

from bench.report import Section, write_section

# Each is a module of a room of this package with a function measure() -> Section.
MEASUREMENTS = {
    "answer_path": "stack.answer_path",
    "contention": "stack.contention",
    "numbers_needed": "numbers.numbers_needed",
    "operations": "costs.operations",
    "predictions": "costs.predictions",
    "starts": "stack.starts",
}


def main(names: list[str]) -> int:
    chosen = {name: _measurement(name) for name in names or MEASUREMENTS}
    return 0 if _run(chosen) else 1


def _measurement(name: str) -> Callable[[], Section]:
    if name not in MEASUREMENTS:
        sys.exit(f"no measurement {name!r}; there are: {', '.join(MEASUREMENTS)}")
    measure: Callable[[], Section] = import_module(f"bench.{MEASUREMENTS[name]}").measure
    return measure


def _run(chosen: Mapping[str, Callable[[], Section]]) -> bool:
    """Run the measurements and write each as it ends; True if all met their targets."""
    missed = []
    for name, measure in chosen.items():
        print(f"{name} ...", flush=True)
        section = measure()
        write_section(name, section)
        if not section.is_met:
            missed.append(name)
    if missed:
        print(f"missed its targets: {', '.join(missed)}")
    return not missed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
