"""Takes files of Plaid-style data that are whole, fills an SQLite database with them: all or none.

A new database is written under another name and gets its own when it is whole; one that is there
is changed in a single transaction, which SQLite undoes whatever kills the process.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice, repeat
from pathlib import Path
from typing import Any

from dhub.errors import DatabaseFailed, DhubError, Refused, UsageError
from dhub.plaid.check import DataSet, open_source
from dhub.plaid.check.batch import Batch, Header
from dhub.plaid.check.cells import stored
from dhub.plaid.leftovers import forget
from dhub.plaid.schema import TABLES, TableSchema, sqlite_indexes, sqlite_tables
from dhub.server.lock import try_lock
from dhub.words import counted, visible

BATCH = 1000  # rows of a statement (requirements)
_MAGIC = b"SQLite format 3\0"
_PATIENCE = 5.0  # seconds for which another program may hold the database
_CACHE = 65_536  # KiB

Watch = Callable[[str], None]


def check_target(path: Path, replace: bool) -> None:
    """Raises, with nothing touched, where no database can be filled: UsageError for what is no
    place for a file, Refused for what is no SQLite database or is loaded already."""
    if path.is_dir():
        raise UsageError(f"{visible(str(path))} is a folder. Name a file.")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{visible(str(path))}: there is no folder {visible(str(path.parent))}.")
    if not _is_there(path):
        return
    with _told(path), closing(_open(path, "ro")) as db:
        _check(db, path, replace)


def load(data: DataSet, path: Path, replace: bool, watch: Watch = lambda _: None) -> dict[str, int]:
    """Fill the database with the four tables; gives the rows of each.

    Raises Refused as `check_target` does, DatabaseFailed for a full disk and a database that
    another program holds; nothing has changed then.
    """
    check_target(path, replace)
    whole = Path(os.path.realpath(path))
    with _told(path):
        return (_change if _is_there(whole) else _make)(data, whole, replace, watch)


def _is_there(path: Path) -> bool:
    """Whether there is a database; an empty file is one to SQLite, too."""
    if not path.exists():
        return False
    if not path.is_file():
        raise Refused(f"{visible(str(path))} is no regular file. Name another.")
    with open(path, "rb") as file:
        if file.read(len(_MAGIC)) not in (_MAGIC, b""):
            raise Refused(f"{visible(str(path))} is no SQLite database. Name another file.")
    return True


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=_PATIENCE,
    )


def _check(db: sqlite3.Connection, path: Path, replace: bool) -> None:
    """Raise Refused for tables of another kind, and for rows that are not to be replaced."""
    kinds = dict(db.execute("SELECT lower(name), type FROM sqlite_master"))
    for table in TABLES:
        if table.name not in kinds:
            continue
        there = {row[1] for row in db.execute(f"PRAGMA table_info({table.name})")}
        if kinds[table.name] != "table" or not {each.name for each in table.columns} <= there:
            raise Refused(
                f"{visible(str(path))} has a table {table.name} of another kind.\n"
                "Name another file; this one was not touched."
            )
        if not replace and db.execute(f"SELECT EXISTS (SELECT 1 FROM {table.name})").fetchone()[0]:
            raise Refused(
                f"{visible(str(path))} is loaded already: {table.name} has rows.\n"
                "Name another file, or empty the four tables first with --replace."
            )


def _make(data: DataSet, path: Path, replace: bool, watch: Watch) -> dict[str, int]:
    """A database that gets its name when it is whole."""
    draft = path.with_name(f".{path.name}.part")
    lock = try_lock(draft)
    if lock is None:
        raise DatabaseFailed(f"{visible(str(path))}: another load is writing it. Wait for its end.")
    try:
        os.truncate(draft, 0)
        with closing(_open(draft, "rw")) as db:
            # Nobody else sees it, and what does not end well is thrown away.
            for habit in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE}"):
                db.execute(f"PRAGMA {habit}")
            rows = _fill(db, data, watch)
        os.fchmod(lock.fileno(), 0o666 & ~_umask())
        os.fsync(lock.fileno())
        if path.exists():
            raise Refused(f"{visible(str(path))} was made by another program meanwhile.")
        forget(path)
        draft.rename(path)
        return rows
    finally:
        draft.unlink(missing_ok=True)
        lock.close()


def _umask() -> int:
    """What this account keeps from others in a file that it makes."""
    os.umask(mask := os.umask(0o077))
    return mask


def _change(data: DataSet, path: Path, replace: bool, watch: Watch) -> dict[str, int]:
    """A database that is there, in one transaction."""
    with closing(_open(path, "rw")) as db:
        db.execute("PRAGMA foreign_keys = ON")
        return _fill(db, data, watch, lambda: _empty(db, path, replace))


def _empty(db: sqlite3.Connection, path: Path, replace: bool) -> None:
    """Look again, now that nobody else can write; empty the four tables."""
    _check(db, path, replace)
    # Tables of others may point here: at rows that come again.
    db.execute("PRAGMA defer_foreign_keys = ON")
    there = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in reversed(TABLES):
        if table.name in there:
            db.execute(f"DELETE FROM {table.name}")


def _fill(
    db: sqlite3.Connection, data: DataSet, watch: Watch, before: Callable[[], None] = lambda: None
) -> dict[str, int]:
    db.execute("BEGIN IMMEDIATE")
    try:
        before()
        for statement in sqlite_tables():
            db.execute(statement)
        rows = {table.name: _fill_table(db, table, data, watch) for table in TABLES}
        watch("indexing")
        for statement in sqlite_indexes():
            db.execute(statement)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return rows


def _fill_table(db: sqlite3.Connection, table: TableSchema, data: DataSet, watch: Watch) -> int:
    names = ", ".join(column.name for column in table.columns)
    marks = ", ".join("?" for _ in table.columns)
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
    count = 0
    with closing(open_source(data.files[table.name])) as source:
        header = source.header()
        if not isinstance(header, Header):
            raise changed(data, table)
        for batch in source.batches():
            if batch.broken:
                raise changed(data, table)
            rows = _rows(batch, header.names, table)
            while some := list(islice(rows, BATCH)):
                db.executemany(statement, some)
            count += len(batch.lines)
            watch(f"loading {table.name}: {counted(count, 'row')}")
    return count


def _rows(batch: Batch, names: Sequence[str], table: TableSchema) -> Iterator[tuple[Any, ...]]:
    """The rows as the database keeps them; what the file does not have is null."""
    columns = [
        stored(column, batch.columns[names.index(column.name)])
        if column.name in names
        else repeat(stored(column, ("",))[0], len(batch.lines))
        for column in table.columns
    ]
    return zip(*columns, strict=True)


def changed(data: DataSet, table: TableSchema) -> DhubError:
    """What it means that a file which had no fault has one now."""
    name = data.files[table.name].name
    return DatabaseFailed(f"{name} changed while it was read. Load it when nobody writes it.")


_NOT_OURS = ("SQLITE_NOTADB", "SQLITE_CORRUPT")
_WHY = {
    "SQLITE_BUSY": "another program holds it. Close that, and load again",
    "SQLITE_LOCKED": "another program holds it. Close that, and load again",
    "SQLITE_FULL": "the disk is full. Make room, and load again",
    "SQLITE_READONLY": "it may not be written to",
    "SQLITE_PERM": "it may not be written to",
    "SQLITE_CANTOPEN": "it cannot be opened",
}


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say what SQLite could not do, with the file it was about."""
    name = visible(str(path))
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Refused(
            f"{name}: its other tables, or rules, do not allow these rows: {error}.\n"
            "Nothing was changed. Name another file."
        ) from error
    except sqlite3.Error as error:
        known = getattr(error, "sqlite_errorname", "")
        if known.startswith(_NOT_OURS):
            raise Refused(f"{name} is no whole SQLite database: {error}. Name another.") from error
        why = next((told for code, told in _WHY.items() if known.startswith(code)), str(error))
        raise DatabaseFailed(f"{name}: {why}. Nothing was changed.") from error
