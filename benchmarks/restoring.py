"""Takes a server, gives what it costs to seed a bank there and to restore the very same databases.

The restore is measured in two ways: one database after the other with two jobs each, and all six at
once, which is how somebody would do it who has the processors.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.costs import Cost, cost, middle, postmaster
from benchmarks.estate import Bench, program, rows, version


@dataclass(frozen=True)
class Pair:
    """Medians of seeding a bank and of restoring it."""

    title: str
    release: str
    rows: int
    seed: Cost
    restore: Cost
    at_once: Cost


def compared(bench: Bench, title: str, words: Sequence[str], runs: int) -> Pair:
    """Seed and restore in turns, so that a noisy minute hurts both."""
    url = next(iter(bench.urls.values()))
    server = postmaster(url)
    found: list[tuple[Cost, Cost, Cost]] = []
    for turn in range(runs):
        bench.run("seed", "clear", "--confirm")
        seeded = cost(server, lambda: bench.run("seed", "all", *words))
        dumps = _dumped(bench)
        found.append((seeded, _restored(bench, server, dumps), _at_once(bench, server, dumps)))
        walls = ", ".join(f"{each.seconds:.2f}" for each in found[-1])
        print(f"{title}, run {turn + 1}: seed all, restore, six at once: {walls} s", flush=True)
    return Pair(
        title,
        version(url),
        sum(rows(each) for each in bench.urls.values()),
        *(middle(costs) for costs in zip(*found, strict=True)),
    )


def _dumped(bench: Bench) -> dict[str, Path]:
    """Dump each database as it stands; not part of what is timed."""
    dumps = {database: bench.folder / f"{database}.dump" for database in bench.urls}
    for database, url in bench.urls.items():
        pg_dump = program("pg_dump", bench.release)
        subprocess.run([pg_dump, "-Fc", "-f", dumps[database], url], check=True)
    return dumps


def _restored(bench: Bench, server: int | None, dumps: Mapping[str, Path]) -> Cost:
    """Restore the dumps one after the other, two jobs each, into fresh databases."""

    def restore() -> None:
        for command in commands:
            subprocess.run(command, check=True)

    commands = _commands(bench, dumps)
    found = cost(server, restore)
    _emptied(bench, dumps)
    return found


def _at_once(bench: Bench, server: int | None, dumps: Mapping[str, Path]) -> Cost:
    """Restore all dumps side by side, two jobs each."""

    def restore() -> None:
        going = [subprocess.Popen(command) for command in commands]
        if any([process.wait() for process in going]):
            raise SystemExit("pg_restore failed")

    commands = _commands(bench, dumps)
    found = cost(server, restore)
    _emptied(bench, dumps)
    return found


def _commands(bench: Bench, dumps: Mapping[str, Path]) -> list[list[str]]:
    """A command for each dump, and a fresh database for it."""
    pg_restore = program("pg_restore", bench.release)
    return [
        [pg_restore, "-j2", "-d", bench.fresh(restored(database)), str(dump)]
        for database, dump in dumps.items()
    ]


def restored(database: str) -> str:
    """What a database is called that a dump is restored into."""
    return f"dhub_bench_restored_{database}"


def _emptied(bench: Bench, dumps: Mapping[str, Path]) -> None:
    """Drop and make anew, or the server would count the rows while the next is measured."""
    for database in dumps:
        bench.fresh(restored(database))
