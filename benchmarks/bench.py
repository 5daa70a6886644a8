"""Measures dhub beside other ways of doing the same, on one machine in one run.

    python -m benchmarks.bench [--scale 50] [--runs 3] [--naive 3000] [--everyday 10] [--page FILE]

`dhub seed all` is timed as a user would time it, from the start of the command to its end, on a
server that runs already. Beside it stand `pg_restore -j2` of a dump of the very same databases, one
after the other and all six at once, and a plain script of Faker and `executemany` (naive.py) for as
many customers. The same pairs follow in the profile `everyday` and on the server that DHUB_PG_HOST
names, if it does; then what has nothing beside it: the first bank of a machine, verify, export.
Never a test: a ratio says something, and a pass mark on somebody else's machine does not.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from benchmarks import naive
from benchmarks.costs import Cost, cost, middle, peak, postmaster
from benchmarks.estate import Bench, bench_server, cold, given_server
from benchmarks.restoring import Pair, compared

_BASE = 1200  # customers at scale 1
_SMALL = "0.1"  # the scale of a first bank


@dataclass(frozen=True)
class Results:
    """Medians of all that was measured."""

    customers: int
    pairs: tuple[Pair, ...]
    naive: float
    naive_rows: int  # of so many customers as the bank's, like the seconds
    cold: Cost
    third: Cost  # in another data folder, from a template
    verify: Cost
    export: Cost
    memory: dict[str, int]  # the most bytes of dhub and its workers, by command


def main() -> None:
    """Measure and print."""
    from benchmarks.page import table, write

    options = _options()
    results = _measured(options)
    print(table(options, results))
    if options.page:
        write(options.page, options, results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="measure dhub beside pg_restore and a script")
    parser.add_argument("--scale", type=float, default=50.0)
    parser.add_argument("--runs", type=int, default=3, help="the median of so many is given")
    parser.add_argument("--naive", type=int, default=3000, help="customers of the plain script")
    parser.add_argument("--everyday", type=float, help="scale of that profile (default: a fifth)")
    parser.add_argument("--page", type=Path, help="the manual's page, whose figures are put anew")
    options = parser.parse_args()
    options.everyday = options.everyday or max(options.scale / 5, 0.05)
    return options


def _measured(options: argparse.Namespace) -> Results:
    guide = ["--scale", str(options.scale)]
    everyday = ["--profile", "everyday", "--scale", str(options.everyday)]
    with bench_server() as bench:
        memory = {"seed all": _peak(bench, "seed", "all", *guide)}
        pairs = [compared(bench, "everyday", everyday, options.runs)]
        pairs.insert(0, compared(bench, "guide", guide, options.runs))
        times = [naive.fill(bench.fresh("naive"), options.naive) for _ in range(options.runs)]
        verify = _verified(bench, options.runs)
        memory["verify"] = _peak(bench, "verify")
    export = _exported(guide, options.runs)
    memory["export"] = export[1]
    with given_server() as given:
        if given:
            pairs.append(compared(given, "the server given", guide, options.runs))
    customers = int(options.scale * _BASE)
    new = [_first_and_third() for _ in range(options.runs)]
    return Results(
        customers,
        tuple(pairs),
        median(seconds for seconds, _ in times) * customers / options.naive,
        times[0][1] * customers // options.naive,
        middle([first for first, _ in new]),
        middle([third for _, third in new]),
        verify,
        export[0],
        memory,
    )


def _peak(bench: Bench, *words: str) -> int:
    return peak(bench.dhub(*words), bench.env)


def _verified(bench: Bench, runs: int) -> Cost:
    """What it costs to verify the bank that is there."""
    server = postmaster(next(iter(bench.urls.values())))
    return middle([cost(server, lambda: bench.run("verify")) for _ in range(runs)])


def _exported(words: list[str], runs: int) -> tuple[Cost, int]:
    """What it costs to write the bank as Parquet, without a server, and the most memory."""
    with cold() as bench:
        whole = ["export", str(bench.folder / "bank"), "--format", "parquet", "--replace", *words]
        memory = _peak(bench, *whole)
        return middle([cost(None, lambda: bench.run(*whole)) for _ in range(runs)]), memory


def _first_and_third() -> tuple[Cost, Cost]:
    """What the first bank of a machine costs, server and all, and what the third."""
    with cold() as bench:
        words = ("seed", "all", "--scale", _SMALL)
        first = cost(None, lambda: bench.run(*words))
        there = [{"DHUB_DATA_DIR": str(bench.folder / name)} for name in ("second", "third")]
        second, third = (replace(bench, env=bench.env | each) for each in there)
        second.run(*words)  # makes the template
        return first, cost(None, lambda: third.run(*words))


if __name__ == "__main__":
    main()
