"""`dhub seed`: fill the six databases, look at them, empty them, finish what was interrupted."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dhub.cli import stopping
from dhub.cli.command import (
    AsJson,
    AsOf,
    Cluster,
    Command,
    Customers,
    DryRun,
    Employees,
    LogFile,
    ProfileName,
    Scale,
    Seed,
    Workers,
    command,
    figures,
)

if TYPE_CHECKING:
    from dhub.estate.beside import Beside
    from dhub.estate.clear import Going
    from dhub.estate.kept import Kept
    from dhub.estate.ledger import RunRecord
    from dhub.flow.crew import Hands
    from dhub.flow.events import Event, Listener, Outcome
    from dhub.flow.plan import Plan
    from dhub.flow.request import Request
    from dhub.verify.quick import Check

app = typer.Typer(
    help="Fill the six databases with a bank, look at them, empty them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("all", short_help="Fill all six databases with a bank, and check it.")
def seed_all(
    scale: Scale = None,
    customers: Customers = None,
    employees: Employees = None,
    seed: Seed = None,
    as_of: AsOf = None,
    profile: ProfileName = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Clear what is seeded, then seed anew.")
    ] = False,
    append: Annotated[
        bool, typer.Option("--append", help="Add a cohort of --customers N to what is seeded.")
    ] = False,
    if_needed: Annotated[
        bool,
        typer.Option("--if-needed", help="Leave what is seeded, finish what was interrupted."),
    ] = False,
    workers: Workers = None,
    cluster: Cluster = None,
    dry_run: DryRun = False,
    log_file: LogFile = None,
    as_json: AsJson = False,
) -> None:
    """Plan, migrate, generate and load all six databases; end with counts and quick checks.

    Examples: dhub seed all --scale 0.1;
    dhub seed all --profile requirements --as-of 2026-01-01;
    dhub seed all --append --customers 500
    """
    from dhub.errors import UsageError
    from dhub.flow.request import Request

    if if_needed and (replace or append):
        raise UsageError(
            f"--if-needed leaves what is seeded, --{'replace' if replace else 'append'} does not; "
            "leave one of them out."
        )
    asked = Request(scale, customers, employees, seed, as_of, profile, workers, replace, append)
    with command(log_file, as_json) as run:
        _seed(run, asked, dry_run, if_needed, cluster)


@app.command(short_help="Finish a run that was interrupted.")
def resume(
    workers: Workers = None,
    cluster: Cluster = None,
    log_file: LogFile = None,
    as_json: AsJson = False,
) -> None:
    """Finish a run that was interrupted; the result equals an uninterrupted run.

    Example: dhub seed resume
    """
    count = _count(workers)
    with (
        command(log_file, as_json) as run,
        run.crew(cluster, workers) as crew,
        run.kept() as kept,
    ):
        if not _resumed(run, kept, count, crew):
            run.end("Nothing to resume.", {"resumed": False})


@app.command(short_help="Show what is there, and which run seeded it.")
def status(as_json: AsJson = False) -> None:
    """Show rows by database and table, and the runs with seed, scale, profile and state.

    Example: dhub seed status --json
    """
    with command(None, as_json) as run:
        from dataclasses import replace

        from dhub.bank import BANK
        from dhub.cli import show
        from dhub.estate.status import status as look

        with run.kept() as kept:
            found = look(kept.estate, BANK, kept)
            beside = [each.look(kept.estate) for each in _beside(kept)]
        found = replace(found, beside=beside)
        run.end(show.status_page(found), asdict(found))


@app.command(short_help="Empty what dhub seeded; rows of your own stay.")
def clear(
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Do it; without this it only says what would go.")
    ] = False,
    lost: Annotated[
        list[str] | None,
        typer.Option("--lost", metavar="DATABASE", help="Leave out one that is gone for good."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Empty what dhub seeded; rows you added yourself stay.

    Example: dhub seed clear --confirm
    """
    given_up = _known(lost or [])
    with command(None, as_json) as run:
        from dhub.cli import show

        with run.kept() as kept, run.loading() as listener:
            if confirm:
                stopping.afterwards(stopping.CLEAR)
                listener.stage("Clearing what is seeded")
            found = _cleared(kept, given_up) if confirm else _going(kept, given_up)
        document = {"cleared": confirm, "databases": [asdict(each) for each in found]}
        run.end(show.going(found, done=confirm), document)
        if not confirm and any(each.rows for each in found):
            show.say(
                "A preview: nothing was cleared, which is why the exit code is 3.\n"
                "`dhub seed clear --confirm` clears it."
            )
            raise typer.Exit(3)


def _going(kept: Kept, given_up: list[str]) -> list[Going]:
    from dhub.estate import clear as clearing

    six = clearing.preview(kept.estate, given_up, kept)
    return [*(each.preview(kept.estate) for each in _beside(kept)), *six]


def _cleared(kept: Kept, given_up: list[str]) -> list[Going]:
    """Empty what is beside the six first, which was made of them; nothing if they cannot be."""
    from dhub.estate import clear as clearing

    beside = _beside(kept)
    if beside and any(each.obstacles for each in clearing.preview(kept.estate, given_up, kept)):
        beside = []  # the six say what stands in the way
    gone = [each.clear(kept.estate) for each in beside]
    return [*gone, *clearing.clear(kept.estate, given_up, kept=kept)]


def _beside(kept: Kept) -> list[Beside]:
    """What is there beside the six."""
    from dhub.estate.beside import there
    from dhub.others import BESIDE

    made = there(kept.estate, kept)
    return [each for each in BESIDE if each.database in made]


def _known(databases: list[str]) -> list[str]:
    from dhub.errors import UsageError
    from dhub.settings import DATABASES

    for each in databases:
        if each not in DATABASES:
            raise UsageError(f"--lost {each}: there are {', '.join(DATABASES)}.")
    return databases


def _finish(run: Command, outcome: Outcome, kept: Kept) -> None:
    """Print what a run loaded and what the quick checks say; exit 1 when one fails."""
    from dhub.cli import show
    from dhub.verify.quick import quick_checks

    stopping.afterwards("The run is complete; `dhub verify` checks it.")
    found = quick_checks(kept.estate, outcome.plan.run.as_of, kept)
    run.end([*show.summary(outcome), "", *show.checks(found)], _outcome(outcome, found))
    if not all(check.passed for check in found):
        raise typer.Exit(1)


def _resumed(run: Command, kept: Kept, workers: int | None, crew: Hands | None) -> bool:
    """Finish the run that was interrupted, if there is one; whether there was."""
    from dhub.flow import orchestrate
    from dhub.flow.prepared import prepared

    if not orchestrate.interrupted(kept.estate, kept):
        return False
    stopping.afterwards(stopping.RESUME)
    prepared(kept.estate, crew, kept)
    with run.loading() as listener:
        outcome = orchestrate.resume(kept.estate, workers, listener, crew=crew, kept=kept)
    if outcome is not None:
        _finish(run, outcome, kept)
    return outcome is not None


def _settled(
    run: Command,
    kept: Kept,
    plan: Plan,
    workers: int | None,
    crew: Hands | None,
    migrated: bool,
) -> bool:
    """Whether nothing is left to seed: it is seeded, or was interrupted and is finished now."""
    from dhub.cli import show
    from dhub.estate.reporting import refresh_estate
    from dhub.flow import orchestrate

    if _resumed(run, kept, workers, crew):
        return True
    there = orchestrate.cohorts(kept.estate, kept)
    if there:
        if migrated:  # an older dhub seeded it: what has come since is empty
            refresh_estate(kept.estate, kept)
        document = {"seeded": False, "cohorts": [_there(each) for each in there]}
        run.end(show.already(there, plan), document)
    return bool(there)


def _there(record: RunRecord) -> dict[str, Any]:
    """A cohort that was found, as JSON."""
    shown = ("scale", "customers", "employees", "seed", "profile_name", "as_of", "cohort")
    return {name.removesuffix("_name"): getattr(record, name) for name in shown}


def _seed(
    run: Command, asked: Request, dry_run: bool, if_needed: bool, cluster: str | None
) -> None:
    """Plan first, so that faulty options touch nothing; only --append must look at the estate."""
    from dhub.flow import orchestrate
    from dhub.flow.prepared import prepared

    plan = None if asked.append else run.plan(asked)
    if plan and dry_run:
        run.show_plan(plan)
        return
    with (
        run.crew(cluster, asked.workers, dry_run) as crew,
        _hands(crew, None if if_needed or asked.replace else plan, asked.workers) as hands,
        run.kept() as kept,
    ):
        plan = plan or run.plan(asked, kept)
        if dry_run:
            run.show_plan(plan)
            return
        workers = _count(asked.workers)
        stopping.afterwards(stopping.AGAIN)
        migrated = any(prepared(kept.estate, crew, kept).values())
        if if_needed and _settled(run, kept, plan, workers, crew, migrated):
            return
        with run.loading() as listener:
            if asked.replace:
                _make_room(kept, plan, listener)
            hear = _minded(listener)
            outcome = orchestrate.seed(kept.estate, plan, workers, hear, crew=hands, kept=kept)
        _finish(run, outcome, kept)


def _hands(
    crew: Hands | None, plan: Plan | None, workers: str | None
) -> AbstractContextManager[Hands | None]:
    """The crew there is; else, of a plan that is certain to be tried, one that begins with it."""
    from dhub.flow import orchestrate

    return nullcontext(crew) if crew or not plan else orchestrate.begun(plan, _count(workers))


def _count(workers: str | None) -> int | None:
    from dhub.flow.request import read_workers

    return None if workers is None else read_workers(workers)


def _make_room(kept: Kept, plan: Plan, listener: Any) -> None:
    from dhub.flow import orchestrate

    stopping.afterwards(f"{stopping.CLEAR} Then seed again.")
    listener.stage("Clearing what is seeded", always=True)
    orchestrate.make_room(kept.estate, plan, kept=kept)
    stopping.afterwards("What was seeded is cleared; seed again.")


def _minded(listener: Listener) -> Listener:
    """The listener, and from the run's first record on the word on how to finish it."""
    from dhub.flow.events import Begun

    def hear(event: Event) -> None:
        if isinstance(event, Begun):
            stopping.afterwards(stopping.RESUME)
        listener(event)

    return hear


def _outcome(outcome: Outcome, found: list[Check]) -> dict[str, Any]:
    """A run that has ended, as JSON."""
    total = sum(outcome.rows.values())
    tables: dict[str, dict[str, int]] = {}
    for (database, table), rows in outcome.rows.items():
        tables.setdefault(database, {})[table] = rows
    return {
        "run_id": outcome.run_id,
        **figures(outcome.plan),
        "rows": total,
        "seconds": round(outcome.seconds, 3),
        "rows_per_second": round(total / max(outcome.seconds, 1e-3)),
        "workers": outcome.workers,
        "retries": outcome.retries,
        "tables": tables,
        "checks": [asdict(check) for check in found],
    }
