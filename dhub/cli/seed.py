"""`dhub seed`: fill the six databases, look at them, empty them, finish what was interrupted."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from dhub.cli.show import Page
    from dhub.flow.databases import Estate
    from dhub.flow.events import Outcome
    from dhub.flow.plan import Plan
    from dhub.flow.request import Request
    from dhub.settings import Settings
    from dhub.verify.quick import Check

app = typer.Typer(
    help="Fill the six databases with a bank, look at them, empty them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Workers = Annotated[
    str | None,
    typer.Option(metavar="N", help="Processes that load side by side (default: processors)."),
]
LogFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Keep the whole run as text in a file.")
]


@app.command("all")
def seed_all(
    scale: Annotated[
        str | None,
        typer.Option(metavar="F", help="1.0, the default, is 1,200 customers, 150 employees."),
    ] = None,
    customers: Annotated[
        str | None, typer.Option(metavar="N", help="Customers, whatever the scale.")
    ] = None,
    employees: Annotated[
        str | None, typer.Option(metavar="N", help="Employees, whatever the scale.")
    ] = None,
    seed: Annotated[
        str | None,
        typer.Option(metavar="N", help="The same seed gives the same bank (default: 42)."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Nothing happens after it begins (default: today, UTC)."),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_FILE", help="guide (the default), requirements, or a TOML file."
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Clear what is seeded, then seed anew.")
    ] = False,
    append: Annotated[
        bool, typer.Option("--append", help="Add a cohort of --customers N to what is seeded.")
    ] = False,
    workers: Workers = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan and touch nothing.")
    ] = False,
    log_file: LogFile = None,
    as_json: AsJson = False,
) -> None:
    """Plan, migrate, generate and load all six databases; end with counts and quick checks.

    Examples: dhub seed all --scale 0.1;
    dhub seed all --profile requirements --as-of 2026-01-01;
    dhub seed all --append --customers 500
    """
    from dhub.flow.request import Request

    asked = Request(scale, customers, employees, seed, as_of, profile, workers, replace, append)
    with _run(log_file, as_json) as run:
        _seed(run, asked, dry_run)


@app.command()
def resume(workers: Workers = None, log_file: LogFile = None, as_json: AsJson = False) -> None:
    """Finish a run that was interrupted; the result equals an uninterrupted run.

    Example: dhub seed resume
    """
    from dhub.flow import orchestrate
    from dhub.flow.databases import prepare
    from dhub.flow.request import read_workers

    count = read_workers(workers) if workers else None
    with _run(log_file, as_json) as run, run.estate() as estate:
        outcome = None
        if orchestrate.interrupted(estate):
            prepare(estate)
            with run.loading() as listener:
                outcome = orchestrate.resume(estate, count, listener)
        if outcome is None:
            run.end("Nothing to resume.", {"resumed": False})
        else:
            run.finish(estate, outcome)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show rows by database and table, and the runs with seed, scale, profile and state.

    Example: dhub seed status --json
    """
    with _run(None, as_json) as run:
        from dhub.bank import BANK
        from dhub.cli import show
        from dhub.flow.status import status as look

        with run.estate() as estate:
            found = look(estate, BANK)
        run.end(show.status_page(found), asdict(found))


@app.command()
def clear(
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Do it; without this it only says what would go.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Empty what dhub seeded; rows you added yourself stay.

    Example: dhub seed clear --confirm
    """
    with _run(None, as_json) as run:
        from dhub.cli import show
        from dhub.flow import clear as clearing

        with run.estate() as estate:
            found = clearing.clear(estate) if confirm else clearing.preview(estate)
        document = {"cleared": confirm, "databases": [asdict(each) for each in found]}
        run.end(show.going(found, done=confirm), document)
        if not confirm and any(each.rows for each in found):
            show.say("Nothing was cleared. Add --confirm to clear this.")
            raise typer.Exit(3)


@dataclass
class _Run:
    """One command: where it prints, and what it was told."""

    page: Page
    as_json: bool
    settings: Settings

    @contextmanager
    def estate(self) -> Iterator[Estate]:
        """The databases, for as long as the command needs them."""
        from dhub.cli import show
        from dhub.flow.databases import open_estate

        with open_estate(self.settings, show.say) as estate:
            yield estate

    def loading(self, plan: Plan | None = None) -> Any:
        """A listener that shows progress while it is open."""
        from dhub.cli import show

        return show.loading(self.page, plan.phases if plan else None)

    def end(self, shown: Any, document: dict[str, Any]) -> None:
        """Print the result: for people, or as one JSON document."""
        self.page.put(*(shown if isinstance(shown, list) else [shown]))
        if self.as_json:
            import json

            sys.stdout.write(json.dumps(document, indent=2, default=str) + "\n")

    def finish(self, estate: Estate, outcome: Outcome) -> None:
        """Print what a run loaded and what the quick checks say; exit 1 when one fails."""
        from dhub.cli import show
        from dhub.verify.quick import quick_checks

        found = quick_checks(estate, outcome.plan.run.as_of)
        self.end([*show.summary(outcome), "", *show.checks(found)], _outcome(outcome, found))
        if not all(check.passed for check in found):
            raise typer.Exit(1)


@contextmanager
def _run(log_file: Path | None, as_json: bool) -> Iterator[_Run]:
    """Settings, output and signals of a command."""
    # One thread is all our arrays need; OpenBLAS starts one for each processor with the process.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What psycopg has to say about connections that broke is in the errors it raises.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    from dhub.cli.show import Page
    from dhub.errors import UsageError
    from dhub.settings import load_settings

    settings = load_settings()
    try:
        page = Page(log_file, quiet=as_json)
    except OSError as error:
        raise UsageError(f"--log-file {log_file}: {error.strerror}.") from error
    with page:
        yield _Run(page, as_json, settings)


def _seed(run: _Run, asked: Request, dry_run: bool) -> None:
    """Plan first, so that faulty options touch nothing; only --append must look at the estate."""
    from dhub.flow import orchestrate
    from dhub.flow.databases import prepare
    from dhub.flow.request import read_workers

    plan = None if asked.append else _plan(asked, run.settings)
    if plan and dry_run:
        _show_plan(run, plan)
        return
    with run.estate() as estate:
        plan = plan or _plan(asked, run.settings, estate)
        if dry_run:
            _show_plan(run, plan)
            return
        prepare(estate)
        if asked.replace:
            orchestrate.make_room(estate, plan)
        workers = read_workers(asked.workers) if asked.workers else None
        with run.loading(plan) as listener:
            outcome = orchestrate.seed(estate, plan, workers, listener)
        run.finish(estate, outcome)


def _plan(asked: Request, settings: Settings, estate: Estate | None = None) -> Plan:
    from datetime import UTC, datetime

    from dhub.bank import BANK
    from dhub.flow import orchestrate
    from dhub.flow.plan import make_plan

    there = orchestrate.cohorts(estate) if estate else []
    return make_plan(asked.scaled(settings.scale), BANK, datetime.now(UTC).date(), there)


def _show_plan(run: _Run, plan: Plan) -> None:
    from dhub.cli import show

    run.end(show.plan_page(plan), _planned(plan))


def _planned(plan: Plan) -> dict[str, Any]:
    """A plan as JSON."""
    return {
        **_figures(plan),
        "foundation": plan.foundation,
        "first_shard": plan.first_shard,
        "shards": plan.shard_count,
        "rows": plan.rows,
        "phases": {str(phase): rows for phase, rows in plan.phases.items()},
        "tables": [asdict(each) for each in plan.tables],
    }


def _figures(plan: Plan) -> dict[str, Any]:
    return {
        "scale": plan.scale,
        "customers": plan.customers,
        "employees": plan.run.employees,
        "seed": plan.run.seed,
        "profile": plan.run.profile.name,
        "as_of": plan.run.as_of.isoformat(),
        "cohort": plan.cohort,
    }


def _outcome(outcome: Outcome, found: list[Check]) -> dict[str, Any]:
    """A run that has ended, as JSON."""
    total = sum(outcome.rows.values())
    tables: dict[str, dict[str, int]] = {}
    for (database, table), rows in outcome.rows.items():
        tables.setdefault(database, {})[table] = rows
    return {
        "run_id": outcome.run_id,
        **_figures(outcome.plan),
        "rows": total,
        "seconds": round(outcome.seconds, 3),
        "rows_per_second": round(total / max(outcome.seconds, 1e-3)),
        "workers": outcome.workers,
        "retries": outcome.retries,
        "tables": tables,
        "checks": [asdict(check) for check in found],
    }
