"""`dhub export`: the same bank as files, without any database."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dhub.cli import stopping
from dhub.cli.command import (
    AsJson,
    AsOf,
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
)
from dhub.cli.paths import some_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from dhub.flow.export import Exported
    from dhub.flow.plan import Plan
    from dhub.flow.request import Request


class Format(StrEnum):
    """What the files are."""

    csv = "csv"
    parquet = "parquet"
    sqlite = "sqlite"


def export(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", parser=some_path, help="A folder: empty, or still to be made."
        ),
    ],
    style: Annotated[
        Format,
        typer.Option(
            "--format",
            metavar="csv|parquet|sqlite",
            help="CSV as PostgreSQL reads it, Parquet, or one SQLite file.",
        ),
    ],
    scale: Scale = None,
    customers: Customers = None,
    employees: Employees = None,
    seed: Seed = None,
    as_of: AsOf = None,
    profile: ProfileName = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Remove the export that is in DIR, then write anew.")
    ] = False,
    append: Annotated[
        bool, typer.Option("--append", hidden=True, help="Refused: files are written whole.")
    ] = False,
    workers: Workers = None,
    dry_run: DryRun = False,
    log_file: LogFile = None,
    as_json: AsJson = False,
) -> None:
    """Write the bank that `dhub seed all` would seed into files: DIR/<database>/<table>.

    With --format sqlite all of it is one database, DIR/bank.sqlite, its keys real foreign keys.
    The last file is DIR/manifest.json, with rows, columns and checksums.

    Examples: dhub export bank --format parquet;
    dhub export bank --format csv --scale 0.1 --as-of 2026-01-01;
    dhub export bank --format csv --replace
    """
    from dhub.flow.request import Request

    asked = Request(scale, customers, employees, seed, as_of, profile, workers, replace, append)
    with command(log_file, as_json) as run:
        _export(run, asked, folder, style.value, dry_run)


def _export(run: Command, asked: Request, folder: Path, style: str, dry_run: bool) -> None:
    """Plan first, so that faulty options touch nothing."""
    from dhub.cli import show
    from dhub.errors import UsageError
    from dhub.flow.export import export as write

    if asked.append:
        raise UsageError("--append adds to databases; an export is written whole. Leave it out.")
    if exported := written_by(write, run, run.plan(asked), asked, folder, style, dry_run):
        run.end(show.exported(exported, folder), document_of(exported, folder))


def written_by(
    write: Callable[..., Exported],
    run: Command,
    plan: Plan,
    asked: Request,
    folder: Path,
    style: str,
    dry_run: bool,
) -> Exported | None:
    """Write what is planned; of a dry run the plan is shown, and nothing given."""
    from dhub.flow.request import read_workers

    if dry_run:
        run.show_plan(plan)
        return None
    workers = read_workers(asked.workers) if asked.workers is not None else None
    stopping.afterwards("Nothing of the export was left.")
    with run.loading() as listener:
        return write(plan, folder, style, asked.replace, workers, listener)


def document_of(exported: Exported, folder: Path) -> dict[str, Any]:
    """An export as JSON: its manifest, and what it took."""
    rows = exported.document["rows"]
    return {
        **exported.document,
        "folder": str(folder.absolute()),
        "seconds": round(exported.seconds, 3),
        "rows_per_second": round(rows / max(exported.seconds, 1e-3)),
        "workers": exported.workers,
    }
