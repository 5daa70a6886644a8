"""Takes a loaded estate, gives it constraints and indexes back, and the planner its statistics."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache

from psycopg import sql

from dhub.flow import deferred
from dhub.flow.crew import processors
from dhub.flow.databases import Estate, connect
from dhub.flow.diagnose import told
from dhub.flow.hold import Hold, side_by_side
from dhub.flow.ledger import Connection
from dhub.flow.plan import Expected

# Sorting for indexes side by side wants memory: no more threads than this, however many processors.
_MOST_THREADS = 12
# Below this, connections beside those that are held cost more than the indexes. (measured)
_SMALL = 200_000


def finish(estate: Estate, hold: Hold, tables: Sequence[Expected]) -> None:
    """Put back what the tables were loaded without, and count what the planner wants to know.

    Large tables are done side by side; what `deferred.restore` raises is raised when all ended.
    """
    names: dict[str, list[str]] = {}
    for table in tables:
        names.setdefault(table.database, []).append(table.table)
    if sum(table.rows for table in tables) < _SMALL:
        hold.each(lambda conn, database: _finish_all(conn, names[database]), names)
        return
    hold.each(lambda conn, database: deferred.announce(conn), names)
    todo = deque(sorted(tables, key=lambda table: -table.rows))
    threads = min(processors(), _MOST_THREADS)
    side_by_side(lambda _: _finish_some(estate, todo), range(threads), threads)


def _finish_all(conn: Connection, tables: Iterable[str]) -> None:
    conn.execute("SET synchronous_commit = off")
    deferred.restore(conn)
    for table in tables:
        _analyze(conn, table)
    conn.execute("SET synchronous_commit = on")


def _finish_some(estate: Estate, todo: deque[Expected]) -> None:
    """Finish tables until none is left; a connection to each database is kept for all of them."""
    with ExitStack() as opened:

        @cache
        def connection(database: str) -> Connection:
            # One for each table would cost as much as the indexes of the small ones.
            conn = opened.enter_context(connect(estate, database, autocommit=True))
            conn.execute("SET synchronous_commit = off")
            return conn

        for table in _taken(todo):
            conn = connection(table.database)
            with told(table.database, conn):
                deferred.restore_table(conn, table.table)
                _analyze(conn, table.table)


def _taken(todo: deque[Expected]) -> Iterator[Expected]:
    """What is left to do, taken by one thread each."""
    while todo:
        try:
            yield todo.popleft()
        except IndexError:  # another thread was faster
            return


def _analyze(conn: Connection, table: str) -> None:
    conn.execute(sql.SQL("ANALYZE {}").format(sql.Identifier("public", table)))
