"""Takes plans, runs and checks, gives what people read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, NoReturn

from rich.console import Console

from dhub.cli.listing import ANY_WIDTH, grid
from dhub.cli.streams import forsake_out
from dhub.estate.urls import mask_passwords
from dhub.flow.events import Outcome
from dhub.flow.plan import PHASES, Plan
from dhub.words import counted, visible

if TYPE_CHECKING:
    from dhub.datahub.ingest import Gathered
    from dhub.datahub.summary import Seen, Told
    from dhub.estate.clear import Going
    from dhub.estate.ledger import RunRecord
    from dhub.estate.status import DatabaseStatus, EstateStatus, RunStatus
    from dhub.flow.export import Exported
    from dhub.flow.partwise import Sliced
    from dhub.plaid.generate import Generated
    from dhub.verify.quick import Check

_MOST_MISSING = 10  # lines of an ingestion that names what is not there
_MARK = {True: "ok", False: "FAILED"}


class _Console(Console):
    """A console that leaves it to the command what a reader who has gone means."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


def console_of(file: IO[str] | None = None, stderr: bool = False) -> Console:
    """A console that adds no colours of its own, and wraps nothing where there is no terminal."""
    console = _Console(file=file, stderr=stderr, highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console = _Console(
            file=file, stderr=stderr, highlight=False, width=ANY_WIDTH, color_system=None
        )
    return console


class Page:
    """Standard output, and a log file that gets the same text; quiet about all but the log."""

    def __init__(self, log: IO[str] | None = None, quiet: bool = False) -> None:
        self._out = None if quiet else console_of()
        self._file = log
        self._log = console_of(self._file) if self._file else None

    def __enter__(self) -> Page:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self.note(f"ended: {mask_passwords(str(error)) or type(error).__name__}")
        if self._file:
            self._file.close()

    def put(self, *parts: Any) -> None:
        """Print to both; a reader who has gone (head, less) changes nothing about the rest."""
        if self._out:
            try:
                _print(self._out, parts)
            except BrokenPipeError:
                forsake_out()
                self._out = None
        if self._log:
            _print(self._log, parts)

    def note(self, text: str) -> None:
        """Write a line with the time of day into the log alone."""
        if self._log:
            self._log.print(f"{datetime.now():%H:%M:%S} {text}", soft_wrap=True, markup=False)
            assert self._file
            self._file.flush()


def _print(console: Console, parts: Sequence[Any]) -> None:
    if console.is_terminal:
        for part in parts:
            console.print(part, markup=False)
        return
    with console.capture() as printed:
        for part in parts:
            console.print(part, markup=False)
    # Cells are as wide as their column, the last one, too.
    console.file.write("".join(f"{line.rstrip()}\n" for line in printed.get().splitlines()))
    console.file.flush()


def plan_page(plan: Plan) -> list[Any]:
    """What a run would do: its figures, and the rows expected in each table."""
    rows = [(each.phase, each.database, each.table, each.rows) for each in _in_order(plan)]
    heads, foot = ("phase", "database", "table", "rows (expected)"), ("", "", "total", plan.rows)
    return [
        f"{title(plan)}\n",
        grid(heads, rows, foot),
        f"\n{_shards(plan)}",
    ]


def _in_order(plan: Plan) -> list[Any]:
    return sorted(plan.tables, key=lambda each: each.phase)


def title(plan: Plan) -> str:
    """The figures of a plan in one line."""
    run = plan.run
    return (
        f"{counted(plan.customers, 'customer')}, {counted(run.employees, 'employee')}; "
        f"profile {visible(run.profile.name)}, seed {run.seed}, as of {run.as_of}"
    )


def _shards(plan: Plan) -> str:
    last = plan.first_shard + plan.shard_count - 1
    which = f"{plan.first_shard}" if plan.shard_count == 1 else f"{plan.first_shard} to {last}"
    return f"{counted(plan.shard_count, 'customer shard')} ({which})" + (
        " and the foundation" if plan.foundation else ", cohort " + str(plan.cohort)
    )


def summary(outcome: Outcome) -> list[Any]:
    """The end of a run: rows of each table, and how long it took."""
    rows = [
        (each.phase, each.database, each.table, outcome.rows.get((each.database, each.table), 0))
        for each in _in_order(outcome.plan)
    ]
    total = sum(outcome.rows.values())
    retried = f", {outcome.retries} retried" if outcome.retries else ""
    there = f"; {counted(outcome.there, 'row was', 'rows were')} there" if outcome.there else ""
    return [
        f"{title(outcome.plan)}\n",
        grid(("phase", "database", "table", "rows"), rows, ("", "", "total", total)),
        f"\n{counted(total, 'row')} in {outcome.seconds:.1f} s, "
        f"{total / max(outcome.seconds, 1e-3):,.0f} rows/s{retried}{there}",
    ]


def exported(done: Exported, folder: str) -> list[Any]:
    """The end of an export: rows and bytes of each file, and how long it took."""
    files = [(each.database, each.table.name, each.rows, each.size) for each in done.files]
    rows, size = (done.document[name] for name in ("rows", "bytes"))
    count = len({part.file for each in done.files for part in each.parts or (each,)})
    new = rows - done.there
    rate = f", {new / max(done.seconds, 1e-3):,.0f} rows/s" if new else ""
    there = f", {done.there:,} of which were there" if done.there else ""
    known = [f"The tables are in {visible(done.registered)}."] if done.registered else []
    return [
        f"{title(done.plan)}\n",
        grid(("database", "table", "rows", "bytes"), files, ("", "total", rows, size)),
        f"\n{counted(rows, 'row')}{there} in {done.seconds:.1f} s{rate}; "
        f"{counted(count, 'file')} and manifest.json in",
        visible(folder),
        *known,
    ]


def sliced(done: Sliced, place: str) -> list[Any]:
    """The end of a slice of an export: its parts, and what is to follow."""
    numbers = [str(part.number) for part in (*done.parts[:1], *done.parts[1:][-1:])]
    which = f"part {numbers[0]}" if len(numbers) == 1 else f"parts {' to '.join(numbers)}"
    were = "was" if done.there == 1 else "were"
    there = f", {done.there} of which {were} there" if done.there else ""
    return [
        f"{title(done.plan)}\n",
        f"{which if numbers else 'no part'} of {done.of}{there}: {counted(done.rows, 'row')}, "
        f"{counted(done.size, 'byte')} in {done.seconds:.1f} s",
        "Once all parts are there, --finish writes the manifest of",
        visible(place),
    ]


def generated(made: Generated, folder: Path) -> list[Any]:
    """The end of `plaid generate`: users, rows and seed, and how long it took."""
    files = [(each.file, each.rows, each.size) for each in made.files]
    window, document = made.document["date_range"], made.document
    return [
        f"{counted(document['num_users'], 'user')}, seed {document['seed']}; "
        f"preset {document['preset']}, {window['start']} to {window['end']}\n",
        grid(("file", "rows", "bytes"), files),
        f"\n{counted(made.rows, 'row')} of users, accounts, transactions and liabilities in "
        f"{made.seconds:.1f} s,\n{made.rows / max(made.seconds, 1e-3):,.0f} rows/s; "
        "with metadata.json and validation_report.json in",
        visible(str(folder)),
    ]


def already(there: Sequence[RunRecord], plan: Plan) -> list[str]:
    """An estate that is seeded and stays as it is; and what was asked for, if it differs."""
    first, customers = there[0], sum(each.customers for each in there)
    told = [
        f"Already seeded, nothing to do: {counted(customers, 'customer')}, seed {first.seed}, "
        f"as of {first.as_of}."
    ]
    found = (first.customers, first.seed, first.profile_name)
    if found != (plan.customers, plan.run.seed, plan.run.profile.name):
        told.append(f"Asked for: {title(plan)}.\nUse --replace to seed that instead.")
    return told


def checks(found: Sequence[Check]) -> list[Any]:
    """The quick checks, one line each."""
    rows = [(check.name, _MARK[check.passed], check.detail) for check in found]
    return [grid(("quick check", "", "looked at"), rows)]


def going(found: Sequence[Going], done: bool) -> list[Any]:
    """What a clear takes, or took."""
    rows = [(each.database, table, count) for each in found for table, count in each.rows.items()]
    total = sum(row[2] for row in rows)
    parts: list[Any] = [grid(("database", "table", "rows"), rows, ("", "total", total))]
    parts += [f"{e.database}: puts back {label}" for e in found if not done for label in e.owed]
    parts += [f"{each.database}: {obstacle}" for each in found for obstacle in each.obstacles]
    return parts if rows or len(parts) > 1 else ["Nothing is seeded."]


def status_page(found: EstateStatus) -> list[Any]:
    """The estate: its runs, its phases, and each table's rows beside those seeded."""
    parts: list[Any] = [f"estate: {found.state}"]
    parts += [f"digest: {found.digest}"] if found.digest else []
    parts += [_cohort(run) for run in found.cohorts]
    phases = [(_phase(p.phase), p.state, p.rows, p.expected) for p in found.phases]
    if found.cohorts and phases:
        parts += ["", grid(("phase", "state", "rows", "expected"), phases)]
    rows = [
        (each.database, table.table, table.rows, table.seeded)
        for each in found.databases
        for table in each.tables
    ]
    if rows:
        parts += ["", grid(("database", "table", "rows now", "seeded"), rows)]
    parts += _remarks(found.databases)
    if found.beside:
        parts += ["", grid(("beside", "state", "table", "rows"), list(_beside(found.beside)))]
    return [*parts, *_remarks(found.beside)]


def _beside(found: Sequence[DatabaseStatus]) -> Iterator[tuple[Any, ...]]:
    for each in found:
        yield from ((each.database, each.state, table.table, table.rows) for table in each.tables)


def _cohort(run: RunStatus) -> str:
    took = f", {run.duration:.1f} s" if run.duration is not None else ""
    return (
        f"run {run.cohort}: {run.state}{took}; scale {run.scale:g}, "
        f"{counted(run.customers, 'customer')}, {counted(run.employees, 'employee')},\n"
        f"       seed {run.seed}, profile {visible(run.profile)}, "
        f"as of {run.as_of}, started {run.started_at[:19].replace('T', ' ')} UTC"
    )


def _remarks(databases: Sequence[DatabaseStatus]) -> Iterator[str]:
    for each in databases:
        if each.note:
            yield f"{each.database}: {each.state}: {each.note}"
        if each.owed:
            yield f"{each.database}: still owed: {', '.join(each.owed)}"
        if each.retries:
            yield f"{each.database}: {counted(each.retries, 'load was', 'loads were')} retried"


def ingested(
    databases: Sequence[Seen],
    beside: Told,
    found: Gathered,
    warnings: Sequence[str],
    where: str,
) -> list[Any]:
    """The end of an ingestion: what a catalog shows of each database, and what it warned of."""
    from dhub.datahub.summary import total

    heads = ("database", "tables", "views", "procs", "columns", "docs", "FKs", "edges", "profiles")
    rows = [_row(each) for each in databases]
    parts: list[Any] = [grid(heads, rows, _row(total(databases))), ""]
    named = {name.replace("_", " "): count for name, count in vars(beside).items()}
    kinds = [f"{count:,} {name}" for name, count in named.items()]
    parts += [", ".join(kinds), f"{counted(found.records, 'record')} in {found.seconds:.1f} s"]
    parts += [f"warning: {each}" for each in warnings]
    listed = list(found.missing.items())
    parts += [f"missing: {urn}\n  named by {by}" for urn, by in listed[:_MOST_MISSING]]
    if more := len(listed[_MOST_MISSING:]):
        parts.append(f"missing: {more:,} more")
    return [*parts, f"Nothing was sent to {where}." if found.missing else f"Delivered to {where}."]


def _row(found: Seen) -> tuple[Any, ...]:
    """One line; documented columns as a share that says 100 % only when nothing is missing."""
    share = f"{math.floor(100 * found.documented / found.columns)} %" if found.columns else None
    return (
        found.database, found.tables, found.views, found.procedures, found.columns, share,
        found.foreign_keys, found.edges, found.profiles,
    )  # fmt: skip


def _phase(number: int) -> str:
    return f"{number} {PHASES[number]}"


def say(text: str) -> None:
    """A line to whoever sits at the terminal, apart from results."""
    console_of(stderr=True).print(text, markup=False)
