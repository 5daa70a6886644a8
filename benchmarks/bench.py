"""Measures dhub beside two ways of doing the same, on one machine in one run.

    python -m benchmarks.bench [--scale 50] [--runs 3] [--naive 3000]

`dhub seed all` is timed as a user would time it, from the start of the command to its end, on a
server that runs already. Beside it stand `pg_restore -j2` of a dump of the very same databases, and
a plain script of Faker and `executemany` (naive.py) for as many customers. Never a test: a ratio
says something, and a pass mark on somebody else's machine does not.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import psutil

from benchmarks import naive
from benchmarks.estate import Bench, bench_server, program, rows, version
from dhub import __version__

_PAUSE = 0.1  # seconds between two looks at the memory
_REST = 3.0  # seconds before each measurement
_BASE = 1200  # customers at scale 1


@dataclass(frozen=True)
class Results:
    """Medians of all that was measured."""

    customers: int
    rows: int
    seconds: float
    memory: int
    restore: float
    naive: float
    naive_rows: int


def main() -> None:
    """Measure and print."""
    options = _options()
    with bench_server() as bench:
        release = version(next(iter(bench.urls.values())))
        results = _measure(bench, options)
    print(_table(options, results, release))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="measure dhub beside pg_restore and a script")
    parser.add_argument("--scale", type=float, default=50.0)
    parser.add_argument("--runs", type=int, default=3, help="the median of so many is given")
    parser.add_argument("--naive", type=int, default=3000, help="customers of the plain script")
    return parser.parse_args()


def _measure(bench: Bench, options: argparse.Namespace) -> Results:
    """Seed and restore in turns, so that a noisy minute hurts both; look at the memory before."""
    memory = _watched(bench, options.scale)
    seedings, restores = [], []
    for turn in range(options.runs):
        bench.run("seed", "clear", "--confirm")
        seedings.append(_seed(bench, options.scale))
        print(f"run {turn + 1}: seed all {seedings[-1]:.2f} s", flush=True)
        dumps = _dump(bench)
        restores.append(_restore(bench, dumps))
        print(f"run {turn + 1}: pg_restore {restores[-1]:.2f} s", flush=True)
    times = [naive.fill(bench.fresh("naive"), options.naive) for _ in range(options.runs)]
    return Results(
        customers=int(options.scale * _BASE),
        rows=sum(rows(url) for url in bench.urls.values()),
        seconds=median(seedings),
        memory=memory,
        restore=median(restores),
        naive=median(seconds for seconds, _ in times),
        naive_rows=times[0][1],
    )


def _seed(bench: Bench, scale: float) -> float:
    """Seconds of the command, from its start in a process of its own to its end."""
    _settle()
    start = perf_counter()
    bench.run("seed", "all", "--scale", str(scale))
    return perf_counter() - start


def _settle() -> None:
    """Let what was done before reach the disk, or the next would share the machine with it."""
    os.sync()
    sleep(_REST)


def _watched(bench: Bench, scale: float) -> int:
    """The most memory that the command and its workers have at once, in bytes.

    A seeding of its own, untimed: the system stops a process each time it counts its pages.
    """
    command = bench.dhub("seed", "all", "--scale", str(scale))
    most = 0
    with subprocess.Popen(
        command,
        env=bench.env,
        cwd=bench.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            most = max(most, _memory(process.pid))
            sleep(_PAUSE)
    if process.returncode:
        raise SystemExit(f"dhub seed all ended with {process.returncode}")
    return most


def _memory(pid: int) -> int:
    """Bytes of a process and its children: PSS where the system tells it, else RSS."""
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            info = process.memory_full_info()
            total += getattr(info, "pss", info.rss)
    except psutil.NoSuchProcess:
        return total  # it ended while being looked at
    return total


def _dump(bench: Bench) -> dict[str, Path]:
    """Dump each database as it stands; not part of what is timed."""
    dumps = {database: bench.folder / f"{database}.dump" for database in bench.urls}
    for database, url in bench.urls.items():
        subprocess.run([program("pg_dump"), "-Fc", "-f", dumps[database], url], check=True)
    return dumps


def _restore(bench: Bench, dumps: dict[str, Path]) -> float:
    """Seconds to restore the dumps one after the other, two jobs each, into fresh databases."""
    targets = {bench.fresh(f"restored_{database}"): dump for database, dump in dumps.items()}
    _settle()
    start = perf_counter()
    for url, dump in targets.items():
        subprocess.run([program("pg_restore"), "-j2", "-d", url, dump], check=True)
    seconds = perf_counter() - start
    for database in dumps:
        # Dropped and made anew, or the server would count its rows while the next is measured.
        bench.fresh(f"restored_{database}")
    return seconds


def _table(options: argparse.Namespace, found: Results, release: str) -> str:
    """What was found, as a table for people."""
    whole = found.naive * found.customers / options.naive
    lines = [
        ("dhub seed all", found.seconds, found.rows, "1.00"),
        ("pg_restore -j2 of the same", found.restore, found.rows, _ratio(found.restore, found)),
        ("Faker + executemany (*)", whole, found.naive_rows * found.customers // options.naive,
         _ratio(whole, found)),
    ]  # fmt: skip
    body = [
        f"{name:<28}{seconds:>10.2f}{count:>13,}{count / seconds:>12,.0f}{ratio:>9}"
        for name, seconds, count, ratio in lines
    ]
    kind = "PSS" if platform.system() == "Linux" else "RSS"
    return "\n".join([
        "",
        f"dhub {__version__}, scale {options.scale:g}: {found.customers:,} customers;"
        f" PostgreSQL {release}, {os.cpu_count()} processors, Python {platform.python_version()}",
        f"median of {options.runs} runs; ratio = its seconds / dhub's",
        "",
        f"{'':<28}{'seconds':>10}{'rows':>13}{'rows/s':>12}{'ratio':>9}",
        *body,
        "",
        f"dhub / pg_restore: {found.seconds / found.restore:.2f}",
        f"peak memory, dhub and its workers: {found.memory / 1e6:,.0f} MB ({kind})",
        f"(*) three plain tables; {options.naive:,} customers measured, the rest in proportion",
    ])  # fmt: skip


def _ratio(seconds: float, found: Results) -> str:
    return f"{seconds / found.seconds:.2f}"


if __name__ == "__main__":
    main()
