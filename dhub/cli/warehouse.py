"""`dhub warehouse`: a star of the same bank, for those who ask with dimensions and facts."""

from __future__ import annotations

from dataclasses import replace as changed
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dhub.cli.command import (
    AsJson,
    Cluster,
    Command,
    Customers,
    DryRun,
    Employees,
    LogFile,
    Seed,
    Workers,
    command,
)
from dhub.cli.export import document_of, written_by
from dhub.cli.export_parts import part_shards
from dhub.cli.paths import some_path
from dhub.cli.warehouse_build import build

if TYPE_CHECKING:
    from dhub.flow.request import Request

DEFAULT_PROFILE = "warehouse"


class Format(StrEnum):
    """What the files are."""

    csv = "csv"
    parquet = "parquet"


app = typer.Typer(
    help="Make a star of the bank: its dimensions and facts.",
    no_args_is_help=True,
)


@app.command()
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
            "--format", metavar="csv|parquet", help="CSV as PostgreSQL reads it, or Parquet."
        ),
    ],
    scale: Annotated[
        str | None,
        typer.Option(metavar="F", help="1.0, the default, is the profile's: 5,000 customers."),
    ] = None,
    customers: Customers = None,
    employees: Employees = None,
    seed: Seed = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Nothing happens after it begins (default: as the profile says)."
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_FILE", help=f"{DEFAULT_PROFILE} (the default), any other, or a file."
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Remove the star that is in DIR, then write anew.")
    ] = False,
    append: Annotated[
        bool, typer.Option("--append", hidden=True, help="Refused: files are written whole.")
    ] = False,
    workers: Workers = None,
    cluster: Cluster = None,
    dry_run: DryRun = False,
    log_file: LogFile = None,
    as_json: AsJson = False,
) -> None:
    """Write the star of a bank into files.

    Of the bank that `dhub seed all` would seed with these options: nine tables DIR/<table>, what
    can be found in them in DIR/ground_truth, and last DIR/manifest.json, which holds both sides
    of every equation between the bank and its star. Of more than 128,000 customers each table is
    a folder with a file for every 128,000 of them.

    Examples: dhub warehouse export star --format parquet;
    dhub warehouse export star --format csv --customers 500 --profile guide;
    dhub warehouse export star --format csv --replace
    """
    from dhub.flow.request import Request

    asked = Request(scale, customers, employees, seed, as_of, profile, workers, replace, append)
    with command(log_file, as_json) as run:
        _export(run, asked, folder, style.value, dry_run, cluster)


def _export(
    run: Command, asked: Request, folder: Path, style: str, dry_run: bool, cluster: str | None
) -> None:
    """Plan first, so that faulty options touch nothing."""
    from dhub.cli import show
    from dhub.errors import UsageError
    from dhub.others import WAREHOUSE
    from dhub.warehouse.export import export as write

    if asked.append:
        raise UsageError("--append adds to databases; a star is written whole. Leave it out.")
    plan = run.plan(changed(asked, profile=asked.profile or DEFAULT_PROFILE), bank=WAREHOUSE)
    in_parts = partial(write, shards=part_shards())
    if exported := written_by(in_parts, run, plan, asked, folder, style, dry_run, cluster):
        held = len(exported.document["reconciliation"])
        holds = f"{held} equations with the six databases hold."
        shown = [*show.exported(exported, str(folder)), holds]
        run.end(shown, document_of(exported, str(folder)))


app.command()(build)
