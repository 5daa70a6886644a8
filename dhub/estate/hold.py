"""Takes an estate, holds all six databases for one run: a connection and the run's lock in each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import TypeVar

import psycopg

from dhub.errors import Refused
from dhub.estate import guard
from dhub.estate.connections import connect
from dhub.estate.databases import DATABASES, Estate
from dhub.estate.diagnose import told
from dhub.estate.ledger import Connection

T = TypeVar("T")
U = TypeVar("U")


@dataclass
class Hold:
    """Six connections with the lock of a run each; a second run is refused, not queued."""

    estate: Estate
    _conns: dict[str, Connection] = field(default_factory=dict, repr=False)

    def __enter__(self) -> Hold:
        try:
            # One gate first: of two runs that start at once, one gets all six locks.
            self.each(lambda conn, database: None, DATABASES[:1])
            self.each(lambda conn, database: None)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give all locks back."""
        for conn in self._conns.values():
            conn.close()
        self._conns.clear()

    def each(
        self, step: Callable[[Connection, str], T], databases: Iterable[str] = DATABASES
    ) -> dict[str, T]:
        """Do a step in every database, side by side; gives its results by database."""

        def one(database: str) -> T:
            conn = self._connection(database)
            with told(database, conn):
                return step(conn, database)

        chosen = tuple(databases)
        return dict(zip(chosen, side_by_side(one, chosen, len(chosen)), strict=True))

    def recover(self) -> None:
        """Take back the locks that went with connections lost in between, if still free."""
        for conn in self._conns.values():
            with suppress(psycopg.Error):  # a connection that does not answer is closed now
                conn.execute("SELECT 1")
        self.each(lambda conn, database: None)

    def _connection(self, database: str) -> Connection:
        conn = self._conns.get(database)
        if conn is None or conn.closed:
            conn = connect(self.estate, database, autocommit=True)
            with told(database, conn):
                if not guard.lock_run(conn):
                    conn.close()
                    raise Refused(f"{database}: another run is going on. Wait for it, or stop it.")
            self._conns[database] = conn
        return conn


def side_by_side(step: Callable[[U], T], items: Iterable[U], threads: int) -> list[T]:
    """The step for every item, in threads; the first failure in order is raised when all ended."""
    with ThreadPoolExecutor(max(1, threads)) as pool:
        return list(pool.map(step, items))
