"""Takes plans, runs and checks, gives what people read: the only module that knows rich."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Literal

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid
from rich.text import Text

from dhub.flow.events import Event, Loaded, Outcome, Retried, Stage
from dhub.flow.plan import PHASES, Plan

if TYPE_CHECKING:
    from dhub.datahub.ingest import Gathered
    from dhub.datahub.summary import Seen, Told
    from dhub.estate.clear import Going
    from dhub.estate.ledger import RunRecord
    from dhub.estate.status import DatabaseStatus, EstateStatus, RunStatus
    from dhub.flow.export import Exported
    from dhub.verify.quick import Check

_WIDTH = 80  # of a log file, and of output that goes to no terminal
_PAUSE = 5.0  # seconds between two lines of progress where there is no terminal
_MOST_MISSING = 10  # lines of an ingestion that names what is not there
_MARK = {True: "ok", False: "FAILED"}


def _console(file: IO[str] | None = None, stderr: bool = False) -> Console:
    """A console that never wraps at less than 80 columns and adds no colours of its own."""
    console = Console(file=file, stderr=stderr, highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console = Console(
            file=file, stderr=stderr, highlight=False, width=_WIDTH, color_system=None
        )
    return console


class Page:
    """Standard output, and a log file that gets the same text; quiet about all but the log."""

    def __init__(self, log: Path | None = None, quiet: bool = False) -> None:
        self._out = None if quiet else _console()
        self._file = log.open("w", encoding="utf-8") if log else None
        self._log = _console(self._file) if self._file else None

    def __enter__(self) -> Page:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self.note(f"ended: {error or type(error).__name__}")
        if self._file:
            self._file.close()

    def put(self, *parts: Any) -> None:
        """Print to both."""
        for console in (self._out, self._log):
            if console:
                for part in parts:
                    console.print(part, markup=False)

    def note(self, text: str) -> None:
        """Write a line with the time of day into the log alone."""
        if self._log:
            self._log.print(f"{datetime.now():%H:%M:%S} {text}", soft_wrap=True, markup=False)
            assert self._file
            self._file.flush()


def grid(
    title: str | None, heads: Sequence[str], rows: Iterable[Sequence[Any]], foot: Sequence[Any] = ()
) -> Grid:
    """A table: numbers stand right with thousands apart, None is a dash."""
    listed = [list(row) for row in rows]
    table = Grid(
        title=title, title_justify="left", show_footer=bool(foot), box=None, pad_edge=False
    )
    for column, head in enumerate(heads):
        numeric = any(isinstance(row[column], int | float) for row in listed)
        side: Literal["left", "right"] = "right" if numeric else "left"
        bottom = _cell(foot[column]) if foot else ""
        table.add_column(
            head, justify=side, footer=bottom, no_wrap=numeric, overflow="fold", header_style="bold"
        )
    for row in listed:
        table.add_row(*map(_cell, row))
    return table


def _cell(value: Any) -> Text:
    if value is None:
        return Text("-")
    return Text(f"{value:,}" if isinstance(value, int | float) else str(value))


def plan_page(plan: Plan) -> list[Any]:
    """What a run would do: its figures, and the rows expected in each table."""
    rows = [(each.phase, each.database, each.table, each.rows) for each in _in_order(plan)]
    heads, foot = ("phase", "database", "table", "rows (expected)"), ("", "", "total", plan.rows)
    return [
        f"{_title(plan)}\n",
        grid(None, heads, rows, foot),
        f"\n{_shards(plan)}",
    ]


def _in_order(plan: Plan) -> list[Any]:
    return sorted(plan.tables, key=lambda each: each.phase)


def _title(plan: Plan) -> str:
    run = plan.run
    return (
        f"{plan.customers:,} customers, {run.employees:,} employees; profile {run.profile.name}, "
        f"seed {run.seed}, as of {run.as_of}"
    )


def _shards(plan: Plan) -> str:
    last = plan.first_shard + plan.shard_count - 1
    which = f"{plan.first_shard}" if plan.shard_count == 1 else f"{plan.first_shard} to {last}"
    noun = "shard" if plan.shard_count == 1 else "shards"
    return f"{plan.shard_count} customer {noun} ({which})" + (
        " and the foundation" if plan.foundation else ", cohort " + str(plan.cohort)
    )


class Loading:
    """Follows a run: a bar for each phase on a terminal, lines elsewhere if it takes long."""

    def __init__(self, page: Page, expected: dict[int, int] | None = None) -> None:
        self._page = page
        self._console = _console(stderr=True)
        self._progress = _progress(self._console)
        self._expected = expected or {}
        self._tasks: dict[int, TaskID] = {}
        self._rows: Counter[int] = Counter()
        self._started = self._spoke = monotonic()
        self._takes_long = False

    def __call__(self, event: Event) -> None:
        if isinstance(event, Loaded):
            self._loaded(event)
        elif isinstance(event, Retried):
            self._retried(event)
        else:
            self._stage(event)

    def _loaded(self, event: Loaded) -> None:
        self._rows[event.phase] += event.rows
        if self._console.is_terminal and event.rows:
            if event.phase not in self._tasks:
                self._add(event.phase)
            done = self._rows[event.phase]
            seconds = max(monotonic() - self._started, 1e-3)
            self._progress.update(self._tasks[event.phase], completed=done, rate=done / seconds)
        elif not self._console.is_terminal and monotonic() - self._spoke >= _PAUSE:
            self._speak()

    def _speak(self) -> None:
        """How far loading is, on a line: what container logs and pipes show of it."""
        self._takes_long, self._spoke = True, monotonic()
        rows, expected = self._rows.total(), sum(self._expected.values())
        of = f" of about {expected:,}" if expected else ""
        rate = rows / max(self._spoke - self._started, 1e-3)
        self._console.print(f"Loading: {rows:,}{of} rows, {rate:,.0f} rows/s")

    def _add(self, phase: int) -> None:
        total = self._expected.get(phase)
        self._tasks[phase] = self._progress.add_task(_phase(phase), total=total, rate=0.0)

    def _retried(self, event: Retried) -> None:
        again = "other natural keys" if event.place else "a pause"
        told = f"shard {event.shard}, attempt {event.attempt + 1}: {event.reason}"
        self._page.note(told)
        if self._console.is_terminal:
            self._console.print(f"retrying with {again}: {told}", markup=False)

    def _stage(self, event: Stage) -> None:
        for phase, rows in sorted(self._rows.items()):
            self._page.note(f"phase {phase} {PHASES[phase]}: {rows:,} rows")
        self._page.note(event.name)
        if event.name == "Loading":
            self._started = monotonic()
        if self._console.is_terminal:
            self._draw(event)
        elif self._takes_long:
            self._console.print(event.name)

    def _draw(self, event: Stage) -> None:
        """The stage above the bars: of all phases at first, and full once loading is over."""
        self._progress.start()
        self._progress.console.print(event.name, style="dim")
        if event.name == "Loading":
            for phase in (phase for phase, rows in self._expected.items() if rows):
                self._add(phase)
        for phase, task in self._tasks.items():
            if event.name != "Loading":
                self._progress.update(task, total=self._rows[phase])

    def close(self) -> None:
        """Leave the bars as they stand."""
        if self._console.is_terminal:  # elsewhere even stopping prints an empty line
            self._progress.stop()


def _phase(number: int) -> str:
    return f"{number} {PHASES[number]}"


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:22}"),
        BarColumn(bar_width=16),
        TextColumn("{task.completed:>11,.0f} rows", justify="right"),
        TextColumn("{task.fields[rate]:>9,.0f}/s", justify="right"),
        TimeElapsedColumn(),
        console=console,
        refresh_per_second=8,
    )


@contextmanager
def loading(page: Page, expected: dict[int, int] | None = None) -> Iterator[Loading]:
    """A listener for a run, closed when the run has ended."""
    follower = Loading(page, expected)
    try:
        yield follower
    finally:
        follower.close()


def summary(outcome: Outcome) -> list[Any]:
    """The end of a run: rows of each table, and how long it took."""
    rows = [
        (each.phase, each.database, each.table, outcome.rows.get((each.database, each.table), 0))
        for each in _in_order(outcome.plan)
    ]
    total = sum(outcome.rows.values())
    retried = f", {outcome.retries} retried" if outcome.retries else ""
    return [
        f"{_title(outcome.plan)}\n",
        grid(None, ("phase", "database", "table", "rows"), rows, ("", "", "total", total)),
        f"\n{total:,} rows in {outcome.seconds:.1f} s, "
        f"{total / max(outcome.seconds, 1e-3):,.0f} rows/s{retried}",
    ]


def exported(done: Exported, folder: Path) -> list[Any]:
    """The end of an export: rows and bytes of each file, and how long it took."""
    files = [(each.database, each.table.name, each.rows, each.size) for each in done.files]
    rows, size = sum(each.rows for each in done.files), sum(each.size for each in done.files)
    return [
        f"{_title(done.plan)}\n",
        grid(None, ("database", "table", "rows", "bytes"), files, ("", "total", rows, size)),
        f"\n{rows:,} rows in {done.seconds:.1f} s, "
        f"{rows / max(done.seconds, 1e-3):,.0f} rows/s; {len(files)} files and manifest.json in",
        str(folder),
    ]


def already(there: Sequence[RunRecord], plan: Plan) -> list[str]:
    """An estate that is seeded and stays as it is; and what was asked for, if it differs."""
    first, customers = there[0], sum(each.customers for each in there)
    told = [
        f"Already seeded, nothing to do: {customers:,} customers, seed {first.seed}, "
        f"as of {first.as_of}."
    ]
    found = (first.customers, first.seed, first.profile_name)
    if found != (plan.customers, plan.run.seed, plan.run.profile.name):
        told.append(f"Asked for: {_title(plan)}.\nUse --replace to seed that instead.")
    return told


def checks(found: Sequence[Check]) -> list[Any]:
    """The quick checks, one line each."""
    rows = [(check.name, _MARK[check.passed], check.detail) for check in found]
    return [grid(None, ("quick check", "", "looked at"), rows)]


def going(found: Sequence[Going], done: bool) -> list[Any]:
    """What a clear takes, or took."""
    rows = [(each.database, table, count) for each in found for table, count in each.rows.items()]
    total = sum(row[2] for row in rows)
    parts: list[Any] = [grid(None, ("database", "table", "rows"), rows, ("", "total", total))]
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
        parts += ["", grid(None, ("phase", "state", "rows", "expected"), phases)]
    rows = [
        (each.database, table.table, table.rows, table.seeded)
        for each in found.databases
        for table in each.tables
    ]
    if rows:
        parts += ["", grid(None, ("database", "table", "rows now", "seeded"), rows)]
    return [*parts, *_remarks(found.databases)]


def _cohort(run: RunStatus) -> str:
    took = f", {run.duration:.1f} s" if run.duration is not None else ""
    return (
        f"run {run.cohort}: {run.state}{took}; scale {run.scale:g}, {run.customers:,} customers, "
        f"{run.employees:,} employees,\n       seed {run.seed}, profile {run.profile}, "
        f"as of {run.as_of}, started {run.started_at[:19].replace('T', ' ')} UTC"
    )


def _remarks(databases: Sequence[DatabaseStatus]) -> Iterator[str]:
    for each in databases:
        if each.note:
            yield f"{each.database}: {each.state}: {each.note}"
        if each.owed:
            yield f"{each.database}: still owed: {', '.join(each.owed)}"
        if each.retries:
            yield f"{each.database}: {each.retries} loads were retried"


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
    parts: list[Any] = [grid(None, heads, rows, _row(total(databases))), ""]
    kinds = [f"{count:,} {name}" for name, count in vars(beside).items()]
    parts += [", ".join(kinds), f"{found.records:,} records in {found.seconds:.1f} s"]
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


def say(text: str) -> None:
    """A line to whoever sits at the terminal, apart from results."""
    _console(stderr=True).print(text, markup=False, soft_wrap=True)
