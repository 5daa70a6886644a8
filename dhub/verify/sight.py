"""Takes an estate, gives a sight of it: each database in one snapshot, its columns in DuckDB."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import IsolationLevel

from dhub.estate import guard
from dhub.estate.connections import LOOKING, connect
from dhub.estate.databases import Estate
from dhub.estate.failures import failure
from dhub.estate.ledger import Connection
from dhub.verify.fetch import Columns, Needs, columns, fetch
from dhub.verify.model import Picture

if TYPE_CHECKING:
    import duckdb

# Of DuckDB, which takes a third more and keeps blocks of its file for as long as they fit: the size
# of the bank decides nothing. The file is compressed; in memory, 60,000 customers took 0.8 GB.
_MEMORY = "128MB"
# Sorts and joins go to disk beyond that, yet each holds a part of every thread's. What that is too
# much for is asked by one thread, and only then with more, which blocks fill, needed or not.
_MORE, _AT_MOST = (_MEMORY, "160MB", "192MB", "256MB"), "1GB"
# Databases read at once: a third one fills the cores while others wait for their servers, a
# fourth takes 20 MB and no time less.
_AT_ONCE = 3

_PAGES = """
SELECT coalesce(sum(relpages), 0) FROM pg_class WHERE relnamespace = to_regnamespace('public')
"""

Watch = Callable[[str], None]  # told what is being done
T = TypeVar("T")

_ALONE = Lock()  # of two checks side by side, the second would put back what the first has set


@dataclass
class Sight:
    """What verification sees: connections that hold a snapshot each, and the tables fetched."""

    conns: Mapping[str, Connection]
    duck: duckdb.DuckDBPyConnection
    columns: Mapping[str, Columns]
    rows: dict[str, dict[str, int]] = field(default_factory=dict)

    def fetch(self, needed: Needs, watch: Watch) -> None:
        """Bring in what checks read, some databases side by side, the largest first: the last one
        is read alone."""
        named = [database for database in needed if database in self.conns]
        sizes = {database: self._pages(database) for database in named}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            jobs = [
                pool.submit(self._fetch, self.duck.cursor(), database, needed[database], watch)
                for database in sorted(named, key=sizes.__getitem__, reverse=True)
            ]
            for job in jobs:
                job.result()

    def _pages(self, database: str) -> int:
        try:
            row = self.conns[database].execute(_PAGES).fetchone()
        except psycopg.Error as error:
            raise failure(error, database) from error
        return int(row[0]) if row else 0

    def _fetch(
        self,
        into: duckdb.DuckDBPyConnection,
        database: str,
        tables: Mapping[str, frozenset[str]],
        watch: Watch,
    ) -> None:
        conn = self.conns[database]
        into.execute(f"CREATE SCHEMA IF NOT EXISTS {database}")
        found = self.rows.setdefault(database, {})
        try:
            for table, words in tables.items():
                known = self.columns[database].get(table, ())
                if wanted := [column for column in known if column.name in words] or known[:1]:
                    watch(f"reading {database}.{table}")
                    found[table] = fetch(conn, into, database, table, wanted)
        except psycopg.Error as error:
            raise failure(error, database) from error

    def ask(self, query: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """The rows that a query in DuckDB gives; what is no number there is null."""
        rows = self.given(lambda: self.duck.execute(query, values).fetchall())
        # A share of no rows: 0/0. A bank that is being loaded has empty tables.
        return [tuple(None if cell != cell else cell for cell in row) for row in rows]

    def picture(self, query: str) -> Picture:
        """The answer to a query, with the names of its columns."""
        return self.given(lambda: _picture(self.duck.execute(query)))

    def given(self, made: Callable[[], T]) -> T:
        """What is `made` of DuckDB, again with more for each thread where it has too little."""
        import duckdb

        try:
            return made()
        except duckdb.OutOfMemoryException:
            with _ALONE, self._set("threads", "1", self._threads()):
                return self._with_more(made)

    def _with_more(self, made: Callable[[], T]) -> T:
        import duckdb

        for memory in _MORE:
            with suppress(duckdb.OutOfMemoryException), self._set("memory_limit", memory, _MEMORY):
                return made()
        with self._set("memory_limit", _AT_MOST, _MEMORY):
            return made()

    def _threads(self) -> str:
        return str(self.duck.execute("SELECT current_setting('threads')").fetchall()[0][0])

    @contextmanager
    def _set(self, what: str, value: str, back: str) -> Iterator[None]:
        self.duck.execute(f"SET {what} = '{value}'")
        try:
            yield
        finally:
            self.duck.execute(f"SET {what} = '{back}'")


def _picture(answer: duckdb.DuckDBPyConnection) -> Picture:
    # The names first: they are those of the last statement, which may soon be another one.
    return Picture(tuple(each[0] for each in answer.description or ()), tuple(answer.fetchall()))


@contextmanager
def sight(estate: Estate) -> Iterator[Sight]:
    """Open all six databases read-only, each in one snapshot, and an empty DuckDB."""
    with ExitStack() as stack:
        conns = _opened(estate, stack)
        duck = stack.enter_context(empty_duck())
        yield Sight(conns, duck, {database: columns(conn) for database, conn in conns.items()})


def _opened(estate: Estate, stack: ExitStack) -> dict[str, Connection]:
    databases = estate.databases
    with ThreadPoolExecutor(len(databases)) as pool:
        conns = list(pool.map(lambda each: connect(estate, each, lock_timeout=LOOKING), databases))
    for conn in conns:
        stack.enter_context(conn)
        conn.read_only = True
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
    opened = dict(zip(databases, conns, strict=True))
    for database, conn in opened.items():
        guard.marked(conn, database)  # refused when it is another of the six
    return opened


@contextmanager
def empty_duck() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB with nothing in it, in a temporary folder that goes with it."""
    import duckdb

    folder = Path(tempfile.mkdtemp(prefix="dhub-verify-"))
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "temp_directory": str(folder),
        "threads": os.cpu_count() or 1,
        "preserve_insertion_order": False,
        # Nothing is fetched from the network, and no file but the temporary ones is touched.
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    try:
        with duckdb.connect(str(folder / "sight.duckdb"), config=settings) as duck:
            yield duck
    finally:
        shutil.rmtree(folder, ignore_errors=True)
