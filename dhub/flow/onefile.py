"""Takes slots and encoded pieces, gives one SQLite file: all databases, their keys real ones.

References within a database are those of the migrations, those between databases the catalog's:
one that holds for some of a table's rows only can be no foreign key, and is none.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from dhub.catalog import load_catalog
from dhub.errors import Fault
from dhub.estate.constraints import Constraint, Index, constraints, indexes
from dhub.flow.shelf import Shelf, Slot, Written
from dhub.flow.sinks import sqlite
from dhub.flow.sinks.files import End, InOrder, Piece, draft_of
from dhub.flow.sinks.sqlite import declared, listed, quoted
from dhub.flow.sinks.waiting import Waiting

FILE = "bank.sqlite"
# Nothing of a draft is to outlive a crash: it has no journal, and waits for no disk.
_PRAGMAS = (
    "journal_mode = OFF",
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
    "foreign_keys = OFF",  # looked at once, when all rows are there
    "cache_size = -65536",
)
_CHUNK = 1 << 20


class OneFile(Shelf):
    """All tables in one database; it has its name when it is whole.

    Shards are inserted whole, one after the other: where a row lies in the file hangs on nothing
    but the rows before it.
    """

    def __init__(self, root: Path, slots: Sequence[Slot], first: int) -> None:
        super().__init__(root, slots, first)
        self._made = sum(slot.rows is None for slot in slots)
        self._next, self._ended = first, 0
        self._held: dict[int, _Held] = {}
        self._path = root / FILE
        self._names = sqlite.names((slot.database, slot.table) for slot in slots)
        self._conn: sqlite3.Connection | None = None

    def open(self) -> None:
        """Begin the file: tables with their keys, and the rows that are given."""
        draft = draft_of(self._path)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        with _told(self._path):
            self._conn = sqlite3.connect(draft, isolation_level=None)
            for pragma in _PRAGMAS:
                self._conn.execute(f"PRAGMA {pragma}")
            self._conn.execute("BEGIN")
            for statement in tables(self._slots, self._names):
                self._conn.execute(statement)
            super().open()

    def finish(self) -> tuple[Written, ...]:
        """Build the indexes, prove the keys, give the file its name."""
        assert self._conn
        with _told(self._path):
            for file in self._files.values():
                file.finish()
            for statement in _indexes(self._slots, self._names):
                self._conn.execute(statement)
            self._conn.execute("COMMIT")
            broken = self._conn.execute("PRAGMA foreign_key_check").fetchone()
            if broken:
                raise Fault(f"{broken[0]}: row {broken[1]} names a row of {broken[2]} that is not")
            self._conn.execute("PRAGMA optimize")
            self._conn.close()
        draft_of(self._path).rename(self._path)
        return tuple(map(self._written, self._slots))

    def drop(self) -> None:
        """Let go of the file; its folder removes it."""
        super().drop()
        for held in self._held.values():
            held.close()
        if self._conn:
            with suppress(sqlite3.Error):
                self._conn.close()

    def take(self, word: Piece | End) -> None:
        """Insert what a worker tells, or keep it until the shards before it are inserted."""
        if word.shard != self._next:
            if word.shard not in self._held:
                self._held[word.shard] = _Held(self._root)
            self._held[word.shard].add(word)
            return
        with _told(self._path):
            self._insert(word)
            while self._ended == self._made:
                self._next, self._ended = self._next + 1, 0
                if held := self._held.pop(self._next, None):
                    for each in held.taken():
                        self._insert(each)

    def _insert(self, word: Piece | End) -> None:
        self._ended += isinstance(word, End)
        super().take(word)

    def _begun(self, slot: Slot) -> InOrder:
        assert self._conn
        name = self._names[slot.database, slot.table.name]
        writer = sqlite.SqliteTable(self._conn, name, slot.table)
        return InOrder(self._root, slot.table, self._first, writer)


class _Held:
    """What a shard had to say before its turn; its rows may wait on the disk."""

    def __init__(self, folder: Path) -> None:
        self._words: list[Piece | End] = []
        self._rows = Waiting(folder)

    def add(self, word: Piece | End) -> None:
        """Keep a word behind those that wait already."""
        if isinstance(word, Piece):
            self._rows.add(word.rows, word.data)
            word = replace(word, data=b"")
        self._words.append(word)

    def taken(self) -> Iterator[Piece | End]:
        """The words in their order."""
        rows = self._rows.taken()
        for word in self._words:
            yield replace(word, data=next(rows)[1]) if isinstance(word, Piece) else word
        self._rows.close()

    def close(self) -> None:
        """Let go of what waits."""
        self._rows.close()


def whole(root: Path) -> dict[str, str | int]:
    """Name, bytes and SHA-256 of the file."""
    total = sha256()
    with open(root / FILE, "rb") as file:
        while chunk := file.read(_CHUNK):
            total.update(chunk)
    size = (root / FILE).stat().st_size
    return {"name": FILE, "bytes": size, "sha256": total.hexdigest()}


def tables(slots: Sequence[Slot], names: dict[tuple[str, str], str]) -> Iterator[str]:
    """The statements that make all tables, with their keys and references."""
    databases = dict.fromkeys(slot.database for slot in slots)
    keys = {database: constraints(database) for database in databases}
    across = list(_across(names))
    for slot in slots:
        database, table = slot.database, slot.table
        own = [each for each in keys[database] if each.table == table.name]
        parts = [declared(column) for column in table.columns]
        parts += [_clause(each, names.get((database, each.to), "")) for each in own]
        parts += [clause for place, clause in across if place == (database, table.name)]
        yield f"CREATE TABLE {quoted(names[database, table.name])} (\n  {_joined(parts)}\n)"


def _joined(parts: Sequence[str]) -> str:
    return ",\n  ".join(parts)


def _clause(each: Constraint, to: str) -> str:
    clause = f"{each.kind} ({listed(each.columns)})"
    return f"{clause} REFERENCES {quoted(to)} ({listed(each.keys)})" if to else clause


def _across(names: dict[tuple[str, str], str]) -> Iterator[tuple[tuple[str, str], str]]:
    """The references between databases that hold for all rows: by table, as clauses."""
    for place, each in load_catalog().references():
        to = each.target
        there = (place.database, place.table) in names and (to.database, to.table) in names
        if there and not each.when and not each.unless:
            target = f"{quoted(names[to.database, to.table])} ({quoted(to.column)})"
            clause = f"FOREIGN KEY ({quoted(place.column)}) REFERENCES {target}"
            yield (place.database, place.table), clause


def _indexes(slots: Sequence[Slot], names: dict[tuple[str, str], str]) -> Iterator[str]:
    """The statements that make the indexes, of all tables that are there."""
    for database in dict.fromkeys(slot.database for slot in slots):
        for each in indexes(database):
            if (database, each.table) in names:
                yield _index(each, database, names[database, each.table])


def _index(each: Index, database: str, table: str) -> str:
    name = each.name if table == each.table else f"{database}_{each.name}"
    unique, where = "UNIQUE " * each.unique, f" WHERE {each.where}" * bool(each.where)
    return f"CREATE {unique}INDEX {quoted(name)} ON {quoted(table)} ({listed(each.columns)}){where}"


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite says of the disk, in the words of the system."""
    try:
        yield
    except sqlite3.OperationalError as error:
        full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        raise OSError(errno.ENOSPC if full else errno.EIO, str(error), str(path)) from error
