"""`dhub export`: the same bank as files, without any database."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
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
)
from dhub.cli.export_parts import Finish, Joining, Registered, Resume, Slice, in_parts
from dhub.cli.paths import some_place

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
    place: Annotated[
        str,
        typer.Argument(
            metavar="DIR|URL",
            parser=some_place,
            help="A folder, empty or still to be made, or a bucket: s3://, gs://, abfss://.",
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
        bool, typer.Option("--replace", help="Remove the export that is there, then write anew.")
    ] = False,
    resume: Resume = False,
    part: Slice = None,
    finish: Finish = False,
    register: Registered = None,
    append: Annotated[
        bool, typer.Option("--append", hidden=True, help="Refused: files are written whole.")
    ] = False,
    workers: Workers = None,
    cluster: Cluster = None,
    dry_run: DryRun = False,
    log_file: LogFile = None,
    as_json: AsJson = False,
) -> None:
    """Write the bank that `dhub seed all` would seed into files: DIR/<database>/<table>.

    With --format sqlite all of it is one database, DIR/bank.sqlite, its keys real foreign keys.
    A large bank, or one in a bucket, is written in parts, which can be resumed or shared among
    machines. The last file is manifest.json, with rows, columns and checksums.

    Examples: dhub export bank --format parquet;
    dhub export bank --format csv --scale 0.1 --as-of 2026-01-01;
    dhub export s3://bucket/bank --format parquet --scale 1000 --resume
    """
    from dhub.flow.request import Request

    asked = Request(scale, customers, employees, seed, as_of, profile, workers, replace, append)
    joining = Joining(resume, part, finish, register.value if register else None)
    with command(log_file, as_json) as run:
        _export(run, asked, place, style.value, joining, dry_run, cluster)


def _export(
    run: Command,
    asked: Request,
    place: str,
    style: str,
    joining: Joining,
    dry_run: bool,
    cluster: str | None,
) -> None:
    """Plan first, so that faulty options touch nothing."""
    from dhub.cli import show
    from dhub.errors import UsageError
    from dhub.flow.export import export as write

    if asked.append:
        raise UsageError("--append adds to databases; an export is written whole. Leave it out.")
    plan = run.plan(asked)
    parts = in_parts(plan, asked, place, style, joining)
    if parts:
        exported = parts.export(run, dry_run, cluster)
    else:
        exported = written_by(write, run, plan, asked, Path(place), style, dry_run, cluster)
    if exported:
        where = parts.storage.shown if parts else str(Path(place))
        run.end(show.exported(exported, where), document_of(exported, where))


def written_by(
    write: Callable[..., Exported],
    run: Command,
    plan: Plan,
    asked: Request,
    folder: Path,
    style: str,
    dry_run: bool,
    cluster: str | None,
) -> Exported | None:
    """Write what is planned; of a dry run the plan is shown, and nothing given."""
    from dhub.flow.request import read_workers

    if dry_run:
        run.show_plan(plan)
        return None
    workers = read_workers(asked.workers) if asked.workers is not None else None
    stopping.afterwards("Nothing of the export was left.")
    with run.crew(cluster, asked.workers) as crew, run.loading() as listener:
        return write(plan, folder, style, asked.replace, workers, listener, crew=crew)


def document_of(exported: Exported, place: str) -> dict[str, Any]:
    """An export as JSON: its manifest, and what it took."""
    from dhub.flow.storage import is_url

    rows = exported.document["rows"]
    return {
        **exported.document,
        "folder": place if is_url(place) else os.path.abspath(place),
        "seconds": round(exported.seconds, 3),
        "rows_per_second": round((rows - exported.there) / max(exported.seconds, 1e-3)),
        "workers": exported.workers,
        **({"registered": exported.registered} if exported.registered else {}),
    }
