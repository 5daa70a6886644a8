"""Takes `dhub db ...`: creates the databases, lists their tables, answers SQL, gives URLs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from dhub.cli import stopping
from dhub.cli.command import AsJson
from dhub.cli.given import settings_given
from dhub.words import counted, repeated

if TYPE_CHECKING:
    from dhub.estate.databases import Estate
    from dhub.estate.query import Answer
    from dhub.estate.tables import TableInfo

app = typer.Typer(
    help="Create, list and query the databases.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Format(StrEnum):
    """How an answer is printed."""

    table = "table"
    csv = "csv"
    json = "json"


def _databases() -> list[str]:
    """What completion offers."""
    from dhub.settings import BESIDE, DATABASES

    return [*DATABASES, *BESIDE]


Database = Annotated[
    str | None,
    typer.Option(
        "-d",
        "--database",
        metavar="DATABASE",
        autocompletion=_databases,
        help="One database, for example accounts_db.",
    ),
]
Style = Annotated[
    Format, typer.Option("--format", metavar="table|csv|json", help="How to print the rows.")
]


def notify(message: str) -> None:
    """What is said while one waits goes to stderr."""
    print(message, file=sys.stderr)


def _chosen(database: str | None) -> tuple[str, ...]:
    """The databases meant, the six or one; `accounts` will do for accounts_db."""
    from dhub.errors import UsageError
    from dhub.settings import BESIDE, DATABASES

    if database is None:
        return DATABASES
    for name in (database, f"{database}_db"):
        if name in (*DATABASES, *BESIDE):
            return (name,)
    there = ", ".join(DATABASES)
    raise UsageError(f"There is no database {repeated(database)}. There are {there}.")


@app.command()
def init(as_json: AsJson = False) -> None:
    """Create the six databases, or update them.

    Missing ones are created, tables brought up to date, and the read-only role is made.

    Example: dhub db init
    """
    from dhub.estate.beside import there
    from dhub.estate.creation import prepare
    from dhub.estate.kept import Kept
    from dhub.estate.opened import open_estate
    from dhub.estate.reader import notes

    stopping.afterwards(stopping.AGAIN)
    with open_estate(settings_given(), notify) as estate, Kept(estate) as kept:
        applied = prepare(estate, kept)
        for name in there(estate, kept):
            applied |= prepare(estate.alone(name))
        for note in notes(estate, kept):
            notify(f"Note: {note}")
        where = _where(estate)
    if as_json:
        print(json.dumps({name: {"applied": steps} for name, steps in applied.items()}))
        return
    print(f"The six databases are ready {where}.")
    for name, steps in applied.items():
        done = f"{counted(len(steps), 'migration')} applied" if steps else "up to date"
        print(f"  {name}: {done}")


def _where(estate: Estate) -> str:
    return "on the embedded PostgreSQL server" if estate.embedded else "on your PostgreSQL server"


@app.command()
def tables(database: Database = None, as_json: AsJson = False) -> None:
    """List the tables and reports with their rows and what they hold.

    Example: dhub db tables -d accounts_db
    """
    from dhub.estate.beside import there
    from dhub.estate.kept import Kept
    from dhub.estate.opened import open_estate
    from dhub.estate.standing import refuse_strangers, standings
    from dhub.estate.tables import tables_of

    chosen = _chosen(database)
    with open_estate(settings_given(), notify) as estate, Kept(estate) as kept:
        if database is None:
            refuse_strangers(standings(estate, kept))
            chosen += there(estate, kept)
        own = {name: kept if name in estate.urls else None for name in chosen}
        found = {name: tables_of(_with(estate, name), name, own[name]) for name in chosen}
    if as_json:
        listed = {name: [table._asdict() for table in each] for name, each in found.items()}
        print(json.dumps(listed, ensure_ascii=False))
        return
    from dhub.cli.listing import grid
    from dhub.cli.show import Page

    page = Page()
    for name, each in found.items():
        heads = (name, "rows", "columns", "what it holds")
        page.put(grid(heads, map(_cells, each)), *([""] if name != chosen[-1] else []))


def _with(estate: Estate, name: str) -> Estate:
    """The estate that has the database; raises UsageError where nothing says where it is."""
    from dhub.errors import UsageError

    if name in estate.urls:
        return estate
    if name not in estate.beside:
        raise UsageError(f"Nothing says where {name} is. Set DHUB_{name.upper()}_URL.")
    return estate.alone(name)


def _cells(table: TableInfo) -> tuple[str | int | None, ...]:
    """The name as a query may write it; a kind that is no table beside what it holds."""
    name = table.table if table.schema == "public" else f"{table.schema}.{table.table}"
    kind = "" if table.kind == "table" else f"({table.kind}) "
    return (name, table.rows, table.columns, kind + table.comment)


@app.command()
def refresh(as_json: AsJson = False) -> None:
    """Fill the reports anew from the tables.

    Each seeding ends with it; it is for rows that were changed by hand, and for a bank that an
    older dhub seeded.

    Example: dhub db refresh
    """
    from dhub.errors import UsageError
    from dhub.estate.creation import prepare
    from dhub.estate.kept import Kept
    from dhub.estate.opened import open_estate
    from dhub.estate.reporting import refresh_estate
    from dhub.flow.orchestrate import cohorts

    with open_estate(settings_given(), notify) as estate, Kept(estate) as kept:
        if not cohorts(estate, kept):
            raise UsageError("Nothing is seeded yet, so there is nothing to report. dhub seed all")
        stopping.afterwards("Run `dhub db refresh` again.")
        prepare(estate, kept)  # an older dhub has not made the reports
        found = refresh_estate(estate, kept)
    if as_json:
        print(json.dumps({name: [each._asdict() for each in done] for name, done in found.items()}))
        return
    from dhub.cli.listing import grid
    from dhub.cli.show import Page

    rows = [
        (name, each.name, each.kind, each.rows) for name, done in found.items() for each in done
    ]
    Page().put(grid(("database", "report", "kind", "rows"), rows))


@app.command(short_help="Ask one or several databases in SQL.")
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One statement that reads.")],
    database: Annotated[
        str | None,
        typer.Option("-d", "--database", help="For example accounts_db (default: across all)."),
    ] = None,
    style: Style = Format.table,
    expanded: Annotated[
        bool,
        typer.Option(
            "-x", "--expanded", help="A line for each column, as when rows are too wide to show."
        ),
    ] = False,
    timeout: Annotated[
        str, typer.Option(metavar="SECONDS", help="Until the query is cancelled, 0.1 to 86400.")
    ] = "60",
) -> None:
    """Ask one database in SQL, or several of them at once; it can only read.

    Without -d each table is named with its database, and DuckDB answers. Nothing is cut: on a
    terminal, rows that are too wide for it are shown as with --expanded.

    Examples: dhub db query "SELECT status, count(*) FROM accounts GROUP BY 1" -d accounts_db;
    dhub db query "SELECT segment, count(*) FROM loans_db.loans
    JOIN customer_db.customer_profiles USING (customer_id) GROUP BY 1"
    """
    from dhub.cli.answer import writer
    from dhub.estate.opened import open_estate
    from dhub.flow.request import read_timeout

    write = writer(style.value, expanded)
    asks = _question(sql, database, read_timeout(timeout))
    with open_estate(settings_given(), notify) as estate, asks(estate) as answer:
        write(answer, sys.stdout)


def _question(
    sql: str, database: str | None, timeout: float
) -> Callable[[Estate], AbstractContextManager[Answer]]:
    """Who is to be asked; what is refused needs no server."""
    if database is None:
        from dhub.verify.across import asked_across, check_question

        check_question(sql)
        return lambda estate: asked_across(estate, sql, timeout)
    from dhub.estate.query import asked
    from dhub.estate.statement import first_word

    (name,) = _chosen(database)
    first_word(sql)
    return lambda estate: asked(_with(estate, name), name, sql, timeout)


@app.command()
def url(
    database: Database = None,
    show_password: Annotated[
        bool, typer.Option("--show-password", help="Print the password instead of ***.")
    ] = False,
    reader: Annotated[
        bool, typer.Option("--reader", help="Those of dhub_reader, the role that only reads.")
    ] = False,
    only_password: Annotated[
        bool, typer.Option("--only-password", help="Print the password and nothing else.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the connection URLs.

    Examples: dhub db url -d accounts_db --show-password; dhub db url --reader --only-password
    """
    from dhub.estate.beside import there
    from dhub.estate.databases import estate_now
    from dhub.estate.urls import shown_url

    chosen = _chosen(database)
    estate, lasting = estate_now(settings_given())
    if database is None:
        chosen += there(estate) if lasting else ()
    urls = {name: _with(estate, name).urls[name] for name in chosen}
    urls = _reader_urls(estate, chosen) if reader else urls
    if only_password:
        print(_one_password([urls[name] for name in chosen]))
        return
    shown = {name: urls[name] if show_password else shown_url(urls[name]) for name in chosen}
    if as_json:
        print(json.dumps(shown))
    elif database:
        print(shown[chosen[0]])
    else:
        print("\n".join(f"{name:<14}{address}" for name, address in shown.items()))
    if not lasting:
        notify(
            "The embedded server runs only while a command needs it; `dhub server start` keeps it."
        )


def _reader_urls(estate: Estate, chosen: tuple[str, ...]) -> dict[str, str]:
    from dhub.errors import UsageError
    from dhub.estate.reader import password_of, reader_url

    found: dict[str, str] = {}
    for name in chosen:
        one = _with(estate, name)
        if (password := password_of(one)) is None:
            raise UsageError(
                "The password of dhub_reader is not known.\n"
                "Set DHUB_READER_PASSWORD and run `dhub db init`, which makes the role."
            )
        found[name] = reader_url(one.urls[name], password)
    return found


def _one_password(urls: list[str]) -> str:
    """The password that all of them have."""
    from psycopg.conninfo import conninfo_to_dict

    from dhub.errors import UsageError

    passwords = {str(conninfo_to_dict(url).get("password", "")) for url in urls}
    if len(passwords) > 1:
        raise UsageError("The databases have several passwords. Pick a database with -d.")
    return passwords.pop()
