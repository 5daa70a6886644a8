"""Takes `dhub datahub ...`: recipes, metadata, an ingestion of both, a data pack."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dhub.cli.command import AsJson, Command, command
from dhub.cli.paths import some_path
from dhub.words import visible

if TYPE_CHECKING:
    from dhub.catalog import Catalog
    from dhub.cli.progress import Doing
    from dhub.datahub.ingest import Gathered
    from dhub.datahub.metadata import Sections
    from dhub.datahub.servers import Server
    from dhub.datahub.urns import Naming

app = typer.Typer(
    help="Show the bank in DataHub: recipes, metadata, ingestion.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Sink(StrEnum):
    """Where an ingestion goes."""

    file = "file"
    rest = "rest"


Env = Annotated[str, typer.Option(metavar="NAME", help="DataHub's environment of the databases.")]
Instance = Annotated[
    str | None,
    typer.Option("--platform-instance", metavar="NAME", help="Put before the databases' names."),
]

Replace = Annotated[
    bool, typer.Option("--replace", help="Write over files that may be somebody else's.")
]
Plain = Annotated[
    bool,
    typer.Option("--plain", help="Leave out the fiction of use: who reads, what ran, what broke."),
]
Manual = Annotated[
    str, typer.Option("--docs-url", metavar="URL", help="Where links to the manual lead.")
]
MANUAL = "https://dhub-bank.readthedocs.io/"


@app.command(short_help="Write recipes for `datahub ingest`.")
def recipes(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", parser=some_path, help="A folder; made if need be.")
    ],
    env: Env = "PROD",
    instance: Instance = None,
    replace: Replace = False,
    as_json: AsJson = False,
) -> None:
    """Write recipes for `datahub ingest`: for this machine, and for DataHub's own containers.

    No password is in them; they read it from DHUB_READER_PASSWORD.

    Example: dhub datahub recipes recipes
    """
    from dhub.datahub.metadata import make_folder
    from dhub.output import check_output, check_room, is_signed, signed, write_output

    with command(None, as_json) as run:
        files = _recipe_files(run, env, instance)
        check_room(folder, folder)
        for name in files if folder.is_dir() else ():
            check_output(folder / name, is_signed, replace)
        make_folder(folder)
        for name, text in files.items():
            write_output(folder / name, signed(text))
        _end_recipes(run, folder, list(files))


def _recipe_files(run: Command, env: str, instance: str | None) -> dict[str, str]:
    from dhub.catalog import load_catalog
    from dhub.datahub.recipes import recipe_files
    from dhub.datahub.servers import lasting_servers, names_of
    from dhub.datahub.urns import checked_naming

    servers = lasting_servers(run.settings)
    naming = checked_naming(names_of(servers), env, instance)
    return recipe_files(servers, naming, load_catalog(beside=naming.names))


def _end_recipes(run: Command, folder: Path, names: Sequence[str]) -> None:
    first = next(name for name in names if name.startswith("host"))
    shown = [
        *(visible(f"{folder / name}") for name in names),
        "",
        "They read the password of dhub_reader from the environment. To run one here:",
        "  export DATAHUB_TELEMETRY_ENABLED=false",
        '  export DHUB_READER_PASSWORD="$(dhub db url --reader --only-password)"',
        f"  datahub ingest run --strict-warnings -c {visible(str(folder / first))}",
        "In DataHub's web page paste the container recipe; there the password is a secret.",
    ]
    run.end(shown, {"folder": str(folder.absolute()), "files": list(names)})


@app.command(short_help="Write what DataHub is told beside a crawl.")
def metadata(
    path: Annotated[
        Path,
        typer.Argument(metavar="FILE|DIR", parser=some_path, help="One file (.json), or a folder."),
    ],
    env: Env = "PROD",
    instance: Instance = None,
    plain: Plain = False,
    manual: Manual = MANUAL,
    replace: Replace = False,
    as_json: AsJson = False,
) -> None:
    """Write what DataHub is told beside a crawl: glossary, owners, tags, lineage, assertions.

    The results of the assertions are those of `dhub verify`, which runs for it.

    Examples: dhub datahub metadata bank.json; dhub datahub metadata metadata
    """
    from dhub.cli.listing import grid
    from dhub.datahub.metadata import check_targets, write

    with command(None, as_json) as run:
        check_targets(path, replace)
        with _prepared(run, Wanted(env, instance, plain, manual)) as ready:
            written = write(path, ready.sections)
        files = {str(file): count for file, count in written.items()}
        shown = grid(("file", "proposals"), files.items(), ("total", sum(files.values())))
        run.end(shown, {"files": files})


@app.command(short_help="Crawl the databases, send DataHub all of it.")
def ingest(
    sink: Annotated[
        Sink, typer.Option(metavar="file|rest", help="A DataHub server (rest), or a file.")
    ] = Sink.rest,
    server: Annotated[
        str,
        typer.Option(
            metavar="URL",
            envvar="DATAHUB_GMS_URL",
            help="DataHub's metadata service, of --sink rest.",
        ),
    ] = "http://localhost:8080",
    output: Annotated[
        Path, typer.Option(metavar="FILE", parser=some_path, help="The file of --sink file.")
    ] = Path("bank.json"),
    env: Env = "PROD",
    instance: Instance = None,
    plain: Plain = False,
    manual: Manual = MANUAL,
    replace: Replace = False,
    as_json: AsJson = False,
) -> None:
    """Crawl the databases with DataHub's client, add the metadata, and send all of it in one go.

    A token is read from DATAHUB_GMS_TOKEN. Exit 1 when the client warns of something.

    Examples: dhub datahub ingest; dhub datahub ingest --sink file --output bank.json
    """
    from dhub.datahub.gms import check_server
    from dhub.datahub.ingest import check_client, deliver, send
    from dhub.output import check_output

    token = os.environ.get("DATAHUB_GMS_TOKEN") or None
    rest = sink is Sink.rest
    with command(None, as_json) as run:
        check_client()
        if rest:
            check_server(server, token)
        else:
            check_output(output, replace=replace)
        with _gathered(run, Wanted(env, instance, plain, manual)) as (found, ready):
            more: Sequence[str] = ()
            if rest and not found.missing:
                more = send(found.whole, server, token, ready.progress)
            elif not found.missing:
                deliver(found.whole, output)
        _end(run, found, ready.naming, server if rest else str(output), more)


@app.command(short_help="Write a data pack, for a DataHub without PostgreSQL.")
def pack(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", parser=some_path, help="A folder: empty, or to be made."),
    ],
    env: Env = "PROD",
    instance: Instance = None,
    plain: Plain = False,
    manual: Manual = MANUAL,
    as_json: AsJson = False,
) -> None:
    """Write a data pack, which shows the bank in a DataHub that has no PostgreSQL.

    Example: dhub datahub pack bank-pack
    """
    from dhub.datahub.ingest import check_client
    from dhub.datahub.pack import check_folder, write_pack

    with command(None, as_json) as run:
        check_client()
        check_folder(folder)
        with _gathered(run, Wanted(env, instance, plain, manual)) as (found, ready):
            where = str(folder) if found.missing else str(write_pack(found.whole, folder))
        _end(run, found, ready.naming, where)


@dataclass(frozen=True)
class Wanted:
    """How things are to be named and told; plain is without the fiction of use."""

    env: str
    instance: str | None
    plain: bool
    manual: str


@dataclass(frozen=True)
class Ready:
    """All that an ingestion needs, while the databases are open."""

    servers: tuple[Server, ...]
    naming: Naming
    catalog: Catalog
    sections: Sections
    progress: Doing


@contextmanager
def _prepared(run: Command, wanted: Wanted, *, crawl: bool = False) -> Iterator[Ready]:
    """Verify the estate and put down what DataHub is to be told of it; see to who crawls it."""
    from dhub.bank import BANK
    from dhub.catalog import load_catalog
    from dhub.cli.progress import Doing
    from dhub.datahub import metadata
    from dhub.datahub.proof import proof
    from dhub.datahub.servers import check_reader, names_of, servers_of
    from dhub.datahub.urns import checked_naming
    from dhub.datahub.used.sections import checked_manual, scene_of
    from dhub.estate.beside import there
    from dhub.estate.opened import open_estate

    manual = checked_manual(wanted.manual)
    with (
        Doing(sys.stderr, in_pipes=True) as progress,
        open_estate(run.settings, progress.say) as estate,
    ):
        beside = there(estate)
        crawled = estate.joined(beside)
        servers = servers_of(crawled)
        naming = checked_naming(names_of(servers), wanted.env, wanted.instance)
        if crawl:
            check_reader(crawled)
        catalog = load_catalog(beside=beside)
        proved, procedures = proof(estate, BANK, progress), metadata.procedures_of(crawled)
        # Who uses what is told of the six alone.
        scene = None if wanted.plain else scene_of(estate, catalog, naming, proved, manual)
        sections = metadata.metadata(catalog, naming, procedures, proved, scene)
        yield Ready(servers, naming, catalog, sections, progress)


@contextmanager
def _gathered(run: Command, wanted: Wanted) -> Iterator[tuple[Gathered, Ready]]:
    """Run DataHub's client over databases and metadata, into a temporary file."""
    from dhub.datahub.ingest import gathered

    with _prepared(run, wanted, crawl=True) as ready:
        told = (ready.naming, ready.catalog, ready.sections, ready.progress)
        with gathered(ready.servers, *told) as found:
            yield found, ready


def _end(
    run: Command, found: Gathered, naming: Naming, where: str, more: Sequence[str] = ()
) -> None:
    """Tell what a catalog will show; exit 1 where the client warned, or something is missing."""
    from dataclasses import asdict

    from dhub.cli.show import ingested
    from dhub.datahub.summary import seen, told

    databases, beside = seen(found.facts, naming), told(found.facts)
    warnings = [*found.warnings, *more]
    document = {
        "databases": [asdict(each) for each in databases],
        "metadata": asdict(beside),
        "records": found.records,
        "seconds": round(found.seconds, 3),
        "warnings": warnings,
        "missing": dict(found.missing),
        "delivered": None if found.missing else where,
    }
    run.end(ingested(databases, beside, found, warnings, where), document)
    if warnings or found.missing:
        raise typer.Exit(1)
