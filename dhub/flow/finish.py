"""Takes a loaded estate, gives it constraints, indexes, statistics and reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial

from psycopg import sql

from dhub.estate import reporting, restoring
from dhub.estate.capacity import Room
from dhub.estate.channel import is_here
from dhub.estate.connections import connect
from dhub.estate.databases import Estate
from dhub.estate.deferred import Owed
from dhub.estate.diagnose import told
from dhub.estate.hold import Hold, cancel, side_by_side
from dhub.estate.ledger import Connection
from dhub.flow.agenda import Agenda
from dhub.flow.crew import processors
from dhub.flow.plan import Expected

Step = Callable[[Connection], None]

# Sorting for indexes side by side wants memory: no more threads than this, however many processors.
_MOST_THREADS = 12
# Below this, connections beside those that are held cost more than the indexes. (measured)
SMALL = 200_000
# Samples of 9,000 rows in place of 30,000: half the time of counting, and a bank is no odd table.
# What a user asks for column by column (SET STATISTICS) still holds, and so does autovacuum's own.
_STATISTICS = "30"


def finish(estate: Estate, hold: Hold, tables: Sequence[Expected], room: Room) -> None:
    """Put back what the tables were loaded without, count what the planner wants, fill the reports.

    What is large is done side by side; what `restoring.restore` raises is raised when all ended.
    """
    by_database: dict[str, list[Expected]] = {}
    for table in tables:
        by_database.setdefault(table.database, []).append(table)
    if sum(table.rows for table in tables) < SMALL:
        hold.each(lambda conn, name: _finish_all(conn, name, by_database[name]), by_database)
        return
    agenda = _agenda(hold, by_database)
    threads = min(_sorters(hold, by_database), _MOST_THREADS, room.total, room.each)
    most = min(len(by_database), room.total // threads)
    sorters = [_Sorter(estate, most, threads == 1) for _ in range(threads)]

    def work(sorter: _Sorter) -> None:
        with closing(sorter):
            agenda.work(sorter.do)

    def end() -> None:
        agenda.stop()
        for sorter in sorters:
            cancel(sorter.conns)

    side_by_side(work, sorters, threads, end)


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


def _finish_all(conn: Connection, database: str, tables: Iterable[Expected]) -> None:
    conn.execute("SET synchronous_commit = off")
    restoring.restore(conn)
    _analyze(conn, *(table.table for table in tables))
    reporting.refresh(conn, database)
    conn.execute("SET synchronous_commit = on")


@dataclass(frozen=True)
class _Database:
    """One database's course: keys and indexes of all its tables, then what holds between tables,
    then its reports; what a user's rows contradict is gathered on the way."""

    name: str
    tables: Sequence[Expected]
    owed: Sequence[Owed]
    faults: list[str] = field(default_factory=list)

    def stages(self) -> Iterator[list[Step]]:
        """Big tables first, so that they are not what everything waits for."""
        rows = {table.table: table.rows for table in self.tables}
        builds = sorted(self.owed, key=lambda each: -rows.get(each.table_name, 0))
        yield [partial(restoring.build, owed=each, faults=self.faults) for each in builds]
        yield [partial(restoring.attach, faults=self.faults)]
        big_first = sorted(self.tables, key=lambda each: -each.rows)
        yield [partial(self._prove, table=each.table) for each in big_first]
        yield [self._close]

    def _prove(self, conn: Connection, table: str) -> None:
        restoring.validate(conn, table, self.faults)
        _analyze(conn, table)

    def _close(self, conn: Connection) -> None:
        restoring.raise_faults(conn, self.faults)
        reporting.refresh(conn, self.name)


def _agenda(hold: Hold, tables: Mapping[str, Sequence[Expected]]) -> Agenda[Connection]:
    """The databases' courses, the largest first."""
    owed = hold.each(lambda conn, _: restoring.buildable(conn), tables)
    agenda = Agenda[Connection]()
    for name in sorted(tables, key=lambda each: -sum(table.rows for table in tables[each])):
        agenda.add(name, _Database(name, tables[name], owed[name]).stages())
    agenda.complete()
    return agenda


@dataclass(frozen=True)
class _Sorter:
    """A thread that takes steps; at most `most` connections are kept from one step to the next."""

    estate: Estate
    most: int
    alone: bool
    conns: dict[str, Connection] = field(default_factory=dict)

    def do(self, database: str, step: Step) -> None:
        conn = self.conns.get(database) or self._opened(database)
        with told(database, conn):
            step(conn)

    def close(self) -> None:
        for conn in self.conns.values():
            conn.close()
        self.conns.clear()

    def _opened(self, database: str) -> Connection:
        # One for each step would cost as much as the indexes of the small tables.
        if len(self.conns) >= self.most:
            self.close()
        conn = self.conns[database] = connect(self.estate, database, autocommit=True)
        conn.execute("SET synchronous_commit = off")
        if not self.alone:  # threads keep the server's processors busy already
            conn.execute("SET max_parallel_maintenance_workers = 0")
        return conn


def _analyze(conn: Connection, *tables: str) -> None:
    conn.execute("SELECT set_config('default_statistics_target', %s, false)", (_STATISTICS,))
    names = sql.SQL(", ").join(sql.Identifier("public", table) for table in tables)
    conn.execute(sql.SQL("ANALYZE {}").format(names))
