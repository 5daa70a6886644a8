"""Takes a loaded estate, gives it constraints, indexes, statistics and reports."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock

from psycopg import sql

from dhub.estate import deferred, reporting
from dhub.estate.capacity import Room
from dhub.estate.channel import is_here
from dhub.estate.connections import connect
from dhub.estate.databases import Estate
from dhub.estate.diagnose import told
from dhub.estate.hold import Hold, side_by_side
from dhub.estate.ledger import Connection
from dhub.flow.crew import processors
from dhub.flow.plan import Expected

# Sorting for indexes side by side wants memory: no more threads than this, however many processors.
_MOST_THREADS = 12
# Below this, connections beside those that are held cost more than the indexes. (measured)
_SMALL = 200_000
# Samples of 9,000 rows in place of 30,000: half the time of counting, and a bank is no odd table.
# What a user asks for column by column (SET STATISTICS) still holds, and so does autovacuum's own.
_STATISTICS = "30"


def finish(estate: Estate, hold: Hold, tables: Sequence[Expected], room: Room) -> None:
    """Put back what the tables were loaded without, count what the planner wants, fill the reports.

    Large tables are done side by side; what `deferred.restore` raises is raised when all ended.
    """
    names: dict[str, list[str]] = {}
    for table in tables:
        names.setdefault(table.database, []).append(table.table)
    if sum(table.rows for table in tables) < _SMALL:
        hold.each(lambda conn, database: _finish_all(conn, database, names[database]), names)
        return
    hold.each(lambda conn, database: deferred.announce(conn), names)
    work = _Work.of(tables)
    threads = min(_sorters(hold, names), _MOST_THREADS, room.total, room.each)
    most = min(len(names), room.total // threads)
    side_by_side(lambda _: _finish_some(estate, work, most), range(threads), threads)


def _sorters(hold: Hold, databases: Iterable[str]) -> int:
    """Tables that the server can sort side by side.

    Of one on this machine its processors; another tells how many of its processes may work at once.
    """
    found = hold.each(_at_once, databases)
    return max(1, min(found.values()))


def _at_once(conn: Connection, database: str) -> int:
    if is_here(conn.info.host, conn.info.hostaddr):
        return processors()
    row = conn.execute("SELECT current_setting('max_parallel_workers')::int").fetchone()
    return int(row[0]) if row else 1


def _finish_all(conn: Connection, database: str, tables: Iterable[str]) -> None:
    conn.execute("SET synchronous_commit = off")
    deferred.restore(conn)
    for table in tables:
        _analyze(conn, table)
    reporting.refresh(conn, database)
    conn.execute("SET synchronous_commit = on")


@dataclass(frozen=True)
class _Work:
    """Tables to be finished, and how many each database has left: with the last come its reports.

    Databases in order of their size, so that the reports of the large ones, which take longest,
    are not what everything waits for at the end.
    """

    todo: deque[Expected]
    left: Counter[str]
    lock: Lock = field(default_factory=Lock)

    @classmethod
    def of(cls, tables: Sequence[Expected]) -> _Work:
        size: Counter[str] = Counter()
        for table in tables:
            size[table.database] += table.rows
        big_first = sorted(tables, key=lambda t: (-size[t.database], t.database, -t.rows))
        return cls(deque(big_first), Counter(table.database for table in tables))

    def tables(self) -> Iterator[Expected]:
        """What is left to do, taken by one thread each."""
        while self.todo:
            try:
                yield self.todo.popleft()
            except IndexError:  # another thread was faster
                return

    def was_last(self, database: str) -> bool:
        """Strike off a table that is finished; whether no other of its database is left."""
        with self.lock:
            self.left[database] -= 1
            return self.left[database] == 0


def _finish_some(estate: Estate, work: _Work, most: int) -> None:
    """Finish tables until none is left; `most` connections are kept from one to the next."""
    with ExitStack() as opened:

        @lru_cache
        def connection(database: str) -> Connection:
            # One for each table would cost as much as the indexes of the small ones.
            if connection.cache_info().currsize >= most:
                opened.close()
                connection.cache_clear()
            conn = opened.enter_context(connect(estate, database, autocommit=True))
            conn.execute("SET synchronous_commit = off")
            return conn

        for table in work.tables():
            conn = connection(table.database)
            with told(table.database, conn):
                deferred.restore_table(conn, table.table)
                _analyze(conn, table.table)
                if work.was_last(table.database):
                    reporting.refresh(conn, table.database)


def _analyze(conn: Connection, table: str) -> None:
    conn.execute("SELECT set_config('default_statistics_target', %s, false)", (_STATISTICS,))
    conn.execute(sql.SQL("ANALYZE {}").format(sql.Identifier("public", table)))
