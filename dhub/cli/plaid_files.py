"""`dhub plaid validate` and `load`: check anybody's files, fill a database with them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dhub.cli import stopping
from dhub.cli.command import AsJson, put
from dhub.cli.given import settings_given
from dhub.cli.paths import some_path
from dhub.words import counted, visible

if TYPE_CHECKING:
    from dhub.plaid.check import DataSet, Found

    Fill = Callable[[DataSet, Callable[[str], None]], dict[str, int]]

PLAID_DB = "plaid_db"


def validate(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH", parser=some_path, help="A folder of such files, or one of them."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Check such files, made here or elsewhere.

    Prints every fault of users, accounts, transactions and liabilities, as
    file:line: column: code: message. Exit 0 when there is none, 1 else.

    Examples: dhub plaid validate outside; dhub plaid validate outside/synthetic_users.csv --json
    """
    from dhub.cli.progress import Doing
    from dhub.plaid.check import data_set, faults_of

    data, rows = data_set(path), Counter[str]()
    with Doing(sys.stderr) as progress:
        count = _tell(faults_of(data, rows, progress), rows, as_json)
    if count:
        raise typer.Exit(1)
    if not as_json:
        held = ", ".join(_held(table.name, rows[table.name]) for table in data.asked)
        put(f"No fault in {held}.\n")


def _held(table: str, rows: int) -> str:
    return counted(rows, "liability" if table == "liabilities" else table[:-1], table)


def _tell(faults: Iterator[Found], rows: Counter[str], as_json: bool) -> int:
    """Print faults as they are found, however many; gives their number."""
    return _as_json(faults, rows) if as_json else _as_lines(faults)


def _as_lines(faults: Iterator[Found]) -> int:
    files = Counter[str]()
    for found in faults:
        sys.stdout.write(f"{visible(str(found))}\n")
        files[found.file] += 1
    sys.stdout.flush()
    if count := files.total():
        told = f"{counted(count, 'fault')} in {counted(len(files), 'file')}."
        print(f"dhub: {told}", file=sys.stderr)
    return count


def _as_json(faults: Iterator[Found], rows: Counter[str]) -> int:
    """One document, of which nothing is held back: the first fault says that it is not valid."""
    count, out = 0, sys.stdout
    for count, found in enumerate(faults, start=1):
        out.write('{"valid": false, "faults": [\n' if count == 1 else ",\n")
        out.write(json.dumps(asdict(found)))
    out.write("\n]" if count else '{"valid": true, "faults": []')
    out.write(f', "rows": {json.dumps(rows)}}}\n')
    out.flush()
    return count


def _into(typed: str) -> Path:
    """What is to be filled: exactly the word plaid_db is the database, ./plaid_db is a file."""
    path = some_path(typed)
    return path.absolute() if str(path) == PLAID_DB and typed != PLAID_DB else path


def load(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", parser=some_path, help="A folder with all four files."),
    ],
    into: Annotated[
        Path,
        typer.Option(
            "--into",
            metavar="FILE.db|plaid_db",
            parser=_into,
            help="The SQLite file to fill; the word plaid_db is a PostgreSQL database.",
        ),
    ],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Empty the four tables first; others stay as they are."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check such files, then fill a database with them.

    It is one transaction. With any fault it prints them all, exit 1, and no database is made or
    changed.

    Examples: dhub plaid load outside --into outside.db;
    dhub plaid load outside --into outside.db --replace; dhub plaid load outside --into plaid_db
    """
    from dhub.errors import UsageError
    from dhub.plaid.check import data_set

    data = data_set(folder)
    if data.only:
        raise UsageError(f"{visible(str(folder))} is a file. Name the folder of all four.")
    with _target(into, replace) as (check, fill):
        check()
        _load(data, fill, into, as_json)


@contextmanager
def _target(into: Path, replace: bool) -> Iterator[tuple[Callable[[], None], Fill]]:
    """What says whether the database may be filled, and what fills it."""
    if str(into) != PLAID_DB:
        from dhub.plaid import load as sqlite

        yield (
            lambda: sqlite.check_target(into, replace),
            lambda data, watch: sqlite.load(data, into, replace, watch),
        )
        return
    from dhub.estate.opened import open_estate
    from dhub.plaid import postgres

    with open_estate(settings_given(), lambda told: print(told, file=sys.stderr)) as estate:
        yield (
            lambda: postgres.check_database(estate, replace),
            lambda data, watch: postgres.load(data, estate, replace, watch),
        )


def _load(data: DataSet, fill: Fill, into: Path, as_json: bool) -> None:
    from dhub.cli.progress import Doing
    from dhub.plaid.check import faults_of

    started = monotonic()
    stopping.afterwards("The database is as it was before.")
    with Doing(sys.stderr) as progress:
        found = faults_of(data, Counter(), progress)
        if (first := next(found, None)) is None:
            rows = fill(data, progress)
    if first is not None:
        _tell(_again(first, found), Counter(), as_json)
        raise typer.Exit(1)
    _end(into, rows, monotonic() - started, as_json)


def _again(first: Found, rest: Iterator[Found]) -> Iterator[Found]:
    yield first
    yield from rest


def _end(into: Path, rows: dict[str, int], seconds: float, as_json: bool) -> None:
    if as_json:
        name = str(into if str(into) == PLAID_DB else into.absolute())
        document: dict[str, Any] = {"database": name, "rows": rows}
        put(json.dumps({**document, "seconds": round(seconds, 3)}, indent=2) + "\n")
        return
    told = [f"{table}: {counted(count, 'row')}" for table, count in rows.items()]
    put("\n".join([*told, f"{visible(str(into))} is loaded, {seconds:.1f} s"]) + "\n")
