"""Takes what was measured, gives it as a table for people, and as the one of the manual."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterator
from pathlib import Path

import psutil

from benchmarks.bench import Results
from benchmarks.costs import Cost, counted_as
from benchmarks.restoring import Pair
from dhub import __version__

_BEGIN = "<!-- measured: `make bench` with --page wrote what follows -->"
_END = "<!-- /measured -->"

Line = tuple[str, str, str, str, str, str]
_HEAD: Line = ("", "seconds", "rows/s", "client", "server", "ratio")


def table(options: argparse.Namespace, found: Results) -> str:
    """What was found, line by line."""
    lines = [_HEAD, *_lines(found)]
    wide = max(len(name) for name, *_ in lines)
    body = [f"{name:<{wide}}" + "".join(f"{cell:>10}" for cell in cells) for name, *cells in lines]
    return "\n".join(["", _about(options, found), "", *body, "", *_told(found)])


def write(page: Path, options: argparse.Namespace, found: Results) -> None:
    """Put the same between the marks of a page of the manual."""
    head = ["| " + " | ".join(_HEAD) + " |", "|---" * len(_HEAD) + "|"]
    body = ["| " + " | ".join(line) + " |" for line in _lines(found)]
    told = [f"- {line}" for line in _told(found)]
    figures = "\n".join([_about(options, found), "", *head, *body, "", *told])
    before, _, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not end:
        raise SystemExit(f"{page} has not the marks {_BEGIN} and {_END}")
    page.write_text(f"{before}{_BEGIN}\n\n{figures}\n\n{_END}{after}", encoding="utf-8")


def _about(options: argparse.Namespace, found: Results) -> str:
    """The machine, the bank, and what the columns mean."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"dhub {__version__}, scale {options.scale:g} ({found.customers:,} customers) and everyday"
        f" at {options.everyday:g}; medians of {options.runs}.\n"
        f"{_processor()}, {os.cpu_count()} processors, {memory:.0f} GB; {platform.system()}"
        f" {platform.release()}, Python {platform.python_version()}.\n"
        "client and server are processor seconds; ratio is its seconds by those of `seed all`."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _lines(found: Results) -> Iterator[Line]:
    for pair in found.pairs:
        name = f"seed all, {pair.title}, PostgreSQL {pair.release.split()[0]}"
        yield _line(name, pair.seed, pair.rows, 1)
        yield _line("its restore, one by one", pair.restore, pair.rows, _walls(pair.restore, pair))
        yield _line("its restore, six at once", pair.at_once, pair.rows, _walls(pair.at_once, pair))
    guide = found.pairs[0]
    plain = Cost(found.naive, found.naive)
    yield (
        "Faker + executemany, three tables (*)", f"{plain.seconds:.2f}",
        f"{found.naive_rows / plain.seconds:,.0f}", "", "",
        f"{plain.seconds / guide.seed.seconds:.2f}",
    )  # fmt: skip
    yield _line("the first bank of a machine, scale 0.1", found.cold)
    yield _line("the third, in another folder", found.third)
    yield _line("verify of guide", found.verify, guide.rows)
    yield _line("export of guide to Parquet", found.export, guide.rows)


def _walls(other: Cost, pair: Pair) -> float:
    return other.seconds / pair.seed.seconds


def _line(name: str, each: Cost, rows: int = 0, ratio: float = 0) -> Line:
    return (
        name,
        f"{each.seconds:.2f}",
        f"{rows / each.seconds:,.0f}" if rows else "",
        f"{each.client:.2f}",
        "" if each.server is None else f"{each.server:.2f}",
        f"{ratio:.2f}" if ratio else "",
    )


def _told(found: Results) -> Iterator[str]:
    """The ratios the other way about: how much longer dhub takes."""
    for pair in found.pairs:
        walls = [pair.seed.seconds / each.seconds for each in (pair.restore, pair.at_once)]
        text = f"dhub / restore, {pair.title}: {walls[0]:.2f}; six at once: {walls[1]:.2f}"
        if pair.seed.burnt and pair.restore.burnt:
            text += f"; in processor seconds {pair.seed.burnt / pair.restore.burnt:.2f}"
        yield text + "."
    most = ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in found.memory.items())
    yield f"Most memory of dhub and its workers ({counted_as()}): {most}."
    yield "(*) as many customers as were asked for, the rest in proportion."
