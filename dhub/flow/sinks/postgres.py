"""Takes batches, stores them in PostgreSQL by binary COPY: one transaction a shard and database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

import pyarrow as pa
from psycopg import sql

from dhub.errors import DatabaseFailed, Refused
from dhub.estate import ledger, session
from dhub.estate.connections import connect
from dhub.estate.databases import Estate
from dhub.estate.diagnose import Collision, Transient, finish_of, told
from dhub.estate.ledger import Connection, Entry
from dhub.flow.digest import Tally
from dhub.flow.encode import copy_bytes
from dhub.flow.sinks import Batches
from dhub.model import Table

# What is left of a worker whose machine or network is gone lets its transaction go after this.
_SILENT_FOR = "30min"


@dataclass
class PostgresSink:
    """Keeps connections to the databases it has loaded, at most so many; a lost one is made anew.

    Which it keeps does not matter where all six are kept; else the one longest kept goes.
    """

    estate: Estate
    run_id: str
    owner: str
    most: int
    _conns: dict[str, Connection] = field(default_factory=dict, repr=False)

    def load(self, database: str, shard: int, attempt: int, batches: Batches) -> list[Entry]:
        """COPY the batches and write the ledger, in one transaction; gives no entry where it is in.

        It is so after a connection was lost in the very commit, or when another loads the same.
        """
        conn = self._connection(database)
        with told(database, conn), conn.transaction():
            if not ledger.claim_shard(conn, self.run_id, shard, attempt, self.owner):
                return []
            entries = [copy_rows(conn, database, table, slices) for table, slices in batches]
            ledger.record_entries(conn, self.run_id, shard, entries, self.owner)
        return entries

    def note(self, shard: int, attempt: int, collision: Collision) -> None:
        """Write an attempt that was rolled back into the ledger of its database."""
        place = collision.place
        value = " = ".join(part for part in (place.column, place.value) if part) or None
        conn = self._connection(collision.database)
        with told(collision.database, conn):
            ledger.record_attempt(
                conn, self.run_id, shard, attempt, place.table, place.constraint, value
            )

    def close(self) -> None:
        """Close all connections; what was not committed is rolled back by the servers."""
        for conn in self._conns.values():
            conn.close()
        self._conns.clear()

    def _connection(self, database: str) -> Connection:
        conn = self._conns.get(database)
        if conn is None or conn.closed:
            self._conns.pop(database, None)
            while len(self._conns) >= self.most:
                self._conns.pop(next(iter(self._conns))).close()
            with told(database):
                conn = self._connected(database)
                # A shard lost with the server is loaded again; the run's last commit is durable.
                conn.execute("SET synchronous_commit = off")
                session.cut_when_silent(conn, _SILENT_FOR)
            self._conns[database] = conn
        return conn

    def _connected(self, database: str) -> Connection:
        """A new connection; a server that cannot be reached in mid-run may be restarting."""
        try:
            return connect(self.estate, database, autocommit=True, application_name="dhub worker")
        except DatabaseFailed as error:
            first = str(error).splitlines()[0]
            raise Transient(f"{first} {finish_of(database)}") from error


def copy_rows(
    conn: Connection, database: str, table: Table, slices: Iterable[pa.RecordBatch]
) -> Entry:
    """COPY the rows of a table in the caller's transaction; gives what the ledger keeps of it.

    Raises Refused when the server keeps fewer rows than it was given.
    """
    tally = Tally(table)
    filled = _filled(tally.over(slices))
    if filled is None:
        return tally.entry
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier("public", table.name), names
    )
    with conn.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for piece in copy_bytes(table, filled):
                copy.write(piece)
        kept = cursor.rowcount
    entry = tally.entry
    if kept != entry.rows:
        raise Refused(
            f"{conn.info.dbname}: a trigger of your own on {table.name} lets only {kept:,} of "
            f"{entry.rows:,} rows in. Disable it, then {finish_of(database)}"
        )
    return entry


def _filled(slices: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch] | None:
    """The slices that have rows; None when there is none."""
    given = (rows for rows in slices if len(rows))
    first = next(given, None)
    return None if first is None else chain([first], given)
