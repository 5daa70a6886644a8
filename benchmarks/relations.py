"""Asks banks what stands side by side in them, and tells which answers a real bank would give.

    python -m benchmarks.relations [--profiles guide requirements] [--scales 1 10] [--seeds 42 7 1]
        [--as-of 2026-06-30] [--kinds shops loans] [--json FILE] [--read FILE] [--before FILE]
        [--markdown] [--dhub PROGRAM]

Every bank is exported as Parquet and asked in DuckDB. The questions are data: `questions/*.sql`,
each with what it asks, the `aim` a real bank lies within, and how far the answer may lie beyond
before it is not flat but wrong. Several seeds of a profile and scale are told by their median.
`--dhub` exports by another dhub, such as one of before; what its tables have no column for is
left out. `--before` sets what was found then beside what is found now.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from statistics import median

import duckdb
from rich.console import Console
from rich.table import Table

from dhub.verify.model import Check
from dhub.verify.questions import questions

_FOLDER = Path(__file__).parent / "questions"
QUESTIONS = questions("relations", str(_FOLDER))  # an absolute folder replaces that of verify
SENSIBLE, FLAT, WRONG, FEW, ABSENT = "sensible", "flat", "wrong", "few rows", "no such column"
_STYLES = {SENSIBLE: "green", FLAT: "yellow", WRONG: "red", FEW: "dim", ABSENT: "dim"}
_MARKS = {SENSIBLE: "", FLAT: " (flat)", WRONG: " (wrong)", FEW: "few rows", ABSENT: "–"}
_LEAST = 50  # rows below which an answer is told and not judged


@dataclass(frozen=True)
class Answer:
    """What a bank says to a question."""

    found: float | None
    n: int
    verdict: str
    note: str = ""


@dataclass(frozen=True)
class Asked:
    """A bank and its answers by question."""

    profile: str
    scale: str
    seed: str
    answers: Mapping[str, Answer]


def main() -> None:
    """Ask, and print what was found."""
    options = _options()
    banks = _read(options.read) if options.read else list(_made(options))
    if options.json:
        options.json.write_text(json.dumps([asdict(bank) for bank in banks], indent=1) + "\n")
    before = _read(options.before) if options.before else []
    if options.markdown:
        print("\n".join(page(before, banks)))
    else:
        _print(before, banks)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="ask banks what stands side by side in them")
    parser.add_argument("--profiles", nargs="+", default=["guide", "requirements"])
    parser.add_argument("--scales", nargs="+", default=["1", "10"])
    parser.add_argument("--seeds", nargs="+", default=["42", "7", "1"])
    parser.add_argument("--as-of", default="2026-06-30")
    parser.add_argument("--kinds", nargs="+", help="first words of the questions' names")
    parser.add_argument("--json", type=Path, help="keep the answers here")
    parser.add_argument("--read", type=Path, help="make no banks; tell of answers that were kept")
    parser.add_argument("--before", type=Path, help="answers that were kept, to set beside")
    parser.add_argument("--markdown", action="store_true", help="the table as the manual has it")
    parser.add_argument("--dhub", default=program(), help="another dhub, to export by")
    return parser.parse_args()


def _read(file: Path) -> list[Asked]:
    return [
        Asked(
            **bank | {"answers": {name: Answer(**each) for name, each in bank["answers"].items()}}
        )
        for bank in json.loads(file.read_text())
    ]


def _made(options: argparse.Namespace) -> Iterator[Asked]:
    chosen = [each for each in QUESTIONS if not options.kinds or _kind(each) in options.kinds]
    for profile in options.profiles:
        for scale in options.scales:
            for seed in options.seeds:
                with tempfile.TemporaryDirectory(prefix="dhub-relations-") as folder:
                    exported(options, profile, scale, seed, Path(folder))
                    answers = asked(Path(folder), options.as_of, chosen)
                print(f"{profile} {scale} {seed}: {_counted(answers.values())}", file=sys.stderr)
                yield Asked(profile, scale, seed, answers)


def program() -> str:
    """The dhub that is installed beside this Python."""
    return str(Path(sys.executable).parent / "dhub")


def exported(
    options: argparse.Namespace, profile: str, scale: str, seed: str, folder: Path
) -> None:
    """Let the dhub of the options export a bank to an empty folder."""
    chosen = ["--profile", profile, "--scale", scale, "--seed", seed, "--as-of", options.as_of]
    command = [
        options.dhub,
        "export",
        str(folder),
        "--format",
        "parquet",
        "--workers",
        "1",
        *chosen,
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


# ------------------------------------------------------------------------------------------ asking


def asked(folder: Path, as_of: str, chosen: Sequence[Check] = QUESTIONS) -> dict[str, Answer]:
    """The answers of the bank that was exported to a folder."""
    with duckdb.connect() as duck:
        duck.execute(f"SET TimeZone = 'UTC'; CREATE MACRO as_of() AS DATE '{as_of}'")
        duck.execute((_FOLDER / "words.sql").read_text())
        for file in sorted(folder.glob("*/*.parquet")):
            duck.execute(f"CREATE SCHEMA IF NOT EXISTS {file.parent.name}")
            duck.execute(f"CREATE VIEW {file.parent.name}.{file.stem} AS FROM '{file}'")
        return {each.id: _answer(duck, each) for each in chosen}


def _answer(duck: duckdb.DuckDBPyConnection, question: Check) -> Answer:
    try:
        row = duck.execute(question.sql).fetchone() or (None, 0)
    except duckdb.BinderException as error:
        return Answer(None, 0, ABSENT, str(error).splitlines()[0])
    found, n = (None if cell is None or cell != cell else float(cell) for cell in row)
    return Answer(found, int(n or 0), verdict(question, found, int(n or 0)))


def verdict(question: Check, found: float | None, n: int) -> str:
    """Whether a real bank would answer so; `flat` lies beyond its aim, but within reach."""
    if found is None or n < int(question.options.get("least", _LEAST)):
        return FEW
    if _within(question.options["aim"], found):
        return SENSIBLE
    return (
        FLAT if "flat" in question.options and _within(question.options["flat"], found) else WRONG
    )


def _within(range_: str, found: float) -> bool:
    low, high = ends(range_)
    return low - 1e-9 <= found <= high + 1e-9


def ends(range_: str) -> tuple[float, float]:
    """The numbers of an aim, either of which may be open."""
    low, high = range_.split()
    return -inf if low == "-" else float(low), inf if high == "-" else float(high)


# ------------------------------------------------------------------------------------------ telling


def _kind(question: Check) -> str:
    return question.id.partition(".")[0]


def _titles() -> dict[str, str]:
    """The title of each kind, by the first word of its questions' names."""
    files = [file.read_text() for file in sorted(_FOLDER.glob("[0-9]*.sql"))]
    return {
        text.split("\n")[2].split()[1].partition(".")[0]: text.split("\n")[0][3:] for text in files
    }


def of_seeds(question: Check, banks: Sequence[Asked]) -> Answer | None:
    """One answer for several seeds: the median of those that were judged."""
    each = [bank.answers[question.id] for bank in banks if question.id in bank.answers]
    told = [answer for answer in each if answer.verdict not in (FEW, ABSENT)]
    if not told:
        return each[0] if each else None
    found = median(answer.found for answer in told if answer.found is not None)
    n = min(answer.n for answer in told)
    return Answer(found, n, verdict(question, found, sys.maxsize))


def _groups(banks: Sequence[Asked]) -> dict[tuple[str, str], list[Asked]]:
    groups: dict[tuple[str, str], list[Asked]] = {}
    for bank in banks:
        groups.setdefault((bank.profile, bank.scale), []).append(bank)
    return groups


def _columns(before: Sequence[Asked], now: Sequence[Asked]) -> dict[str, list[Asked]]:
    """The columns of the table: each profile's banks of before, then those of now."""
    told = [("before ", _groups(before)), ("", _groups(now))]
    order = {profile: place for place, profile in enumerate(dict.fromkeys(b.profile for b in now))}
    names = [(profile, scale, when, each) for when, groups in told
             for (profile, scale), each in groups.items() if profile in order]  # fmt: skip
    names.sort(key=lambda name: order[name[0]])
    return {f"{profile} {when}×{scale}": each for profile, scale, when, each in names}


def _counted(answers: Iterable[Answer]) -> str:
    verdicts = [answer.verdict for answer in answers]
    return ", ".join(f"{verdicts.count(name)} {name}" for name in _STYLES if name in verdicts)


def _print(before: Sequence[Asked], now: Sequence[Asked]) -> None:
    columns, titles = _columns(before, now), _titles()
    table = Table(title="What stands side by side: found, median of the seeds")
    for name in ("question", "aim", *columns):
        table.add_column(name, overflow="fold", justify="left" if name == "question" else "right")
    for question in _told(now):
        if _first(question):
            table.add_section()
            table.add_row(f"[bold]{titles[_kind(question)]}[/]")
        cells = [of_seeds(question, banks) for banks in columns.values()]
        table.add_row(f"{question.id}: {question.title}", _aim(question), *map(_coloured, cells))
    console = Console(width=None if sys.stdout.isatty() else 110 + 14 * len(columns))
    console.print(table)
    for name, banks in columns.items():
        found = [of_seeds(question, banks) for question in _told(now)]
        console.print(f"{name}: {_counted([each for each in found if each])}")


def _told(banks: Sequence[Asked]) -> list[Check]:
    """The questions that any of the banks was asked."""
    return [each for each in QUESTIONS if any(each.id in bank.answers for bank in banks)]


def _first(question: Check) -> bool:
    return next(each for each in QUESTIONS if _kind(each) == _kind(question)) is question


def _aim(question: Check) -> str:
    low, high = question.options["aim"].split()
    if low == high:
        return low
    if low == "-":
        return f"≤ {high}"
    return f"≥ {low}" if high == "-" else f"{low}–{high}"


def _coloured(answer: Answer | None) -> str:
    if answer is None:
        return ""
    return f"[{_STYLES[answer.verdict]}]{_value(answer)}{_MARKS[answer.verdict]}[/]"


def _value(answer: Answer) -> str:
    if answer.found is None or answer.verdict in (FEW, ABSENT):
        return ""
    found = answer.found
    return f"{found:,.0f}" if abs(found) >= 100 else f"{found:.3g}"


def page(before: Sequence[Asked], now: Sequence[Asked]) -> Iterator[str]:
    """The table in Markdown, one a kind."""
    columns, titles = _columns(before, now), _titles()
    yield "| found, of the questions | " + " | ".join(columns) + " |"
    yield "|---|" + "--:|" * len(columns)
    for name in (SENSIBLE, FLAT, WRONG, FEW, ABSENT):
        counts = [
            sum(1 for question in _told(now)
                if (each := of_seeds(question, banks)) and each.verdict == name)
            for banks in columns.values()
        ]  # fmt: skip
        yield f"| {name} | " + " | ".join(map(str, counts)) + " |"
    for question in _told(now):
        if _first(question):
            yield f"\n## {titles[_kind(question)]}\n"
            yield "| question | aim | " + " | ".join(columns) + " |"
            yield "|---|--:|" + "--:|" * len(columns)
        cells = [of_seeds(question, banks) for banks in columns.values()]
        told = ["" if each is None else _value(each) + _MARKS[each.verdict] for each in cells]
        yield f"| {question.title} | {_aim(question)} | " + " | ".join(told) + " |"


if __name__ == "__main__":
    main()
