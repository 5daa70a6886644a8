"""`dhub plaid`: what the bank's people have at other institutions, in Plaid's form."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dhub.cli import stopping
from dhub.cli.command import AsJson, Cluster, Command, Workers, command
from dhub.cli.paths import some_path
from dhub.cli.plaid_files import load, validate

if TYPE_CHECKING:
    from dhub.plaid.report import Seen
    from dhub.plaid.request import Order, Request

app = typer.Typer(
    help="Make, check and load data in Plaid's form.",
    no_args_is_help=True,
)


Dir = Annotated[
    Path | None,
    typer.Argument(
        metavar="DIR",
        parser=some_path,
        help="A folder: empty, or still to be made.",
        show_default=False,
    ),
]
OutputDir = Annotated[
    Path | None,
    typer.Option("--output-dir", metavar="DIR", parser=some_path, help="Another way to name DIR."),
]
Preset = Annotated[
    str | None,
    typer.Option(metavar="everyday|archetypes", help="Whose lives (default: everyday)."),
]
Users = Annotated[
    str | None,
    typer.Option(
        "--users", "--num-users", metavar="N", help="Default: everyday 100, archetypes 75."
    ),
]
Seed = Annotated[
    str | None, typer.Option(metavar="N", help="The same seed gives the same data (default: 42).")
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="DATE", help="The first day; 180 days or more with the last."),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="DATE", help="The last day. Default: 2025-10-31; archetypes: today."
    ),
]
AsOf = Annotated[str | None, typer.Option(metavar="DATE", help="Another word for --to.")]
Format = Annotated[
    str | None,
    typer.Option("--format", metavar="csv|parquet", help="Of the tables (default: csv)."),
]
Sign = Annotated[
    str | None,
    typer.Option(metavar="plaid|bank", help="plaid, the default: an amount above 0 is money out."),
]
Replace = Annotated[
    bool, typer.Option("--replace", help="Write anew in the place of an earlier data set.")
]


@app.command()
def generate(
    folder: Dir = None,
    output_dir: OutputDir = None,
    preset: Preset = None,
    users: Users = None,
    seed: Seed = None,
    first: From = None,
    last: To = None,
    as_of: AsOf = None,
    style: Format = None,
    sign: Sign = None,
    replace: Replace = False,
    workers: Workers = None,
    cluster: Cluster = None,
    as_json: AsJson = False,
) -> None:
    """Make people's accounts at other banks, as files in DIR.

    Users, accounts, transactions, liabilities; who they are is said by a preset.

    Beside them: features, labels, a validation report; last DIR/metadata.json with checksums.

    Examples: dhub plaid generate data;
    dhub plaid generate data --preset archetypes --to 2025-11-04;
    dhub plaid generate data --users 100000 --format parquet --replace
    """
    from dhub.plaid.request import Request

    asked = Request(preset, users, seed, first, last, as_of, style, sign, workers)
    with command(None, as_json) as run:
        _generate(run, asked, _one_folder(folder, output_dir), replace, cluster)


def _one_folder(folder: Path | None, output_dir: Path | None) -> Path:
    """DIR, by whichever of its two names."""
    from dhub.errors import UsageError

    if folder and output_dir and folder != output_dir:
        raise UsageError(f"DIR {folder} and --output-dir {output_dir}: two folders. Name one.")
    if not (named := folder or output_dir):
        raise UsageError("Missing argument 'DIR': the folder to write to.")
    return named


def _generate(
    run: Command, asked: Request, folder: Path, replace: bool, cluster: str | None
) -> None:
    """Read all options first, so that faulty ones touch nothing."""
    from datetime import UTC, datetime

    from dhub.cli import show
    from dhub.cli.progress import Doing
    from dhub.plaid.generate import generate as make
    from dhub.plaid.request import order
    from dhub.words import visible

    wanted = order(asked, datetime.now(UTC).date())
    stopping.afterwards("The folder is as it was before.")
    with run.crew(cluster, asked.workers) as crew, Doing(sys.stderr, late=True) as doing:
        made = make(wanted, folder, replace, lambda seen: doing(_done(wanted, seen)), doing, crew)
    run.end(show.generated(made, folder), made.document)
    if made.failed:
        where, which = visible(str(folder)), ", ".join(made.failed)
        show.say(f"The data are in {where}, but not as they should be: {which}.")
        show.say("validation_report.json says how far.")
        raise typer.Exit(1)


def _done(wanted: Order, seen: Seen) -> str:
    from dhub.words import counted

    rows = counted(seen.rows["transactions"], "transaction")
    return f"Making: {seen.users:,} of {counted(wanted.users, 'user')}, {rows}"


app.command()(validate)
app.command()(load)
