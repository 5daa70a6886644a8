"""Takes an estate, gives it back without what dhub seeded: by the ledger's key ranges, no more.

Each database is emptied in one transaction, ledger included, so that a clear which is killed
half-way is repeated. A row of a user's own is neither deleted nor left pointing into the void.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from psycopg import OperationalError, sql
from psycopg.errors import ForeignKeyViolation, InsufficientPrivilege

from dhub.errors import DatabaseFailed, Refused
from dhub.estate import deferred, guard, ledger, reporting
from dhub.estate.connections import connect, exists
from dhub.estate.databases import DATABASES, Estate
from dhub.estate.holdings import (
    Held,
    Reference,
    bounds,
    holdings_of,
    obstacles_in,
    references_to,
)
from dhub.estate.ledger import Connection

T = TypeVar("T")


@dataclass(frozen=True)
class Going:
    """What a clear takes from a database: rows by table, and what stands in its way.

    `owed` are the constraints and indexes that an interrupted run left and a clear puts back.
    """

    database: str
    rows: dict[str, int] = field(default_factory=dict)
    owed: list[str] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)


def preview(estate: Estate) -> list[Going]:
    """What a clear would take, database by database; changes nothing.

    Raises Refused when one of the databases is not dhub's, DatabaseFailed when one is lost.
    """
    with _opened(estate) as conns:
        return _each(conns, _going)


def clear(estate: Estate) -> list[Going]:
    """Delete every row that dhub seeded and forget its runs; gives what went.

    Raises Refused, with nothing changed, while a run is going, when a database is not dhub's, or
    while rows of a user point at seeded ones (naming them); DatabaseFailed when one is lost.
    """
    with _opened(estate) as conns:
        _each(conns, _lock)
        _refuse([line for lines in _each(conns, obstacles_in) for line in lines])
        _each(conns, _shut_out)
        return _each(conns, _clear)


def _each(conns: dict[str, Connection], step: Callable[[Connection, str], T]) -> list[T]:
    done = []
    for database, conn in conns.items():
        with _placed(database):
            done.append(step(conn, database))
    return done


@contextmanager
def _placed(database: str) -> Iterator[None]:
    """Say in which database a failure happened."""
    try:
        yield
    except (ForeignKeyViolation, InsufficientPrivilege) as error:
        told = error.diag.message_detail or error.diag.message_primary
        raise Refused(
            f"{database}: what dhub did not make stands in the way ({told}). "
            "Remove it, then clear again."
        ) from error
    except OperationalError as error:
        told = error.diag.message_primary or str(error).strip().splitlines()[0]
        raise DatabaseFailed(
            f"{database} was lost: {told}. A clear may be repeated at any time."
        ) from error


def _lock(conn: Connection, database: str) -> None:
    if not guard.lock_run(conn):
        raise Refused(f"{database}: a run is going on. Wait for it, or stop it first.")


def _shut_out(conn: Connection, database: str) -> None:
    """From here on no worker left over from a killed run can commit a shard to `database`."""
    conn.execute("UPDATE dhub.runs SET state = 'clearing'")


@contextmanager
def _opened(estate: Estate) -> Iterator[dict[str, Connection]]:
    """Connections to the databases that bear dhub's mark and a ledger."""
    with ExitStack() as stack:
        conns: dict[str, Connection] = {}
        for database in DATABASES:
            if not exists(estate, database):
                continue
            conn = stack.enter_context(connect(estate, database, autocommit=True))
            with _placed(database):
                if guard.ours(conn, database) and ledger.installed(conn):
                    conns[database] = conn
        yield conns


def _going(conn: Connection, database: str) -> Going:
    rows = {each.table: _count(conn, each) for each in holdings_of(conn)}
    return Going(database, rows, deferred.owed(conn), obstacles_in(conn, database))


def _clear(conn: Connection, database: str) -> Going:
    with deferred.transaction(conn):
        # A deferred check that is still pending would forbid every ALTER TABLE below.
        conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
        owed = deferred.owed(conn)
        rows = _delete_seeded(conn, database)
        for each in deferred.owed_objects(conn):
            deferred.put_back(conn, each)
        reporting.empty(conn, database)
        conn.execute("DELETE FROM dhub.runs")
    return Going(database, rows, owed)


def _delete_seeded(conn: Connection, database: str) -> dict[str, int]:
    """Delete the seeded rows in the caller's transaction, with all that could change locked."""
    holdings = holdings_of(conn)
    references = references_to(conn, holdings)
    ours = {("public", each.table) for each in holdings}
    theirs = {(each.child_schema, each.child_table) for each in references}
    deferred.lock(conn, list(ours | theirs), "SHARE ROW EXCLUSIVE")
    _refuse(obstacles_in(conn, database))
    rows = {each.table: _count(conn, each) for each in holdings}
    sole = _sole(conn, holdings, references)
    _truncate(conn, [each for each in holdings if each.table in sole])
    _delete(conn, [each for each in holdings if each.table not in sole])
    return rows


def _truncate(conn: Connection, holdings: Sequence[Held]) -> None:
    if holdings:
        names = sql.SQL(", ").join(sql.SQL("ONLY ") + each.name for each in holdings)
        conn.execute(sql.SQL("TRUNCATE {}").format(names))


def _delete(conn: Connection, holdings: Sequence[Held]) -> None:
    """Delete by key ranges. The tables' keys to each other are down meanwhile: they form rings
    (a department's head is an employee), and would look up every row in tables without index."""
    deferred.take_down(conn, deferred.foreign_keys(conn, [each.table for each in holdings]))
    for each in holdings:
        conn.execute(_by_range("DELETE FROM ONLY {} USING {} WHERE {}", each), bounds(each.ranges))


def _sole(conn: Connection, holdings: Sequence[Held], references: Sequence[Reference]) -> set[str]:
    """Tables to truncate: with no row but seeded ones, and referenced only from each other."""
    sole = {
        each.table
        for each in holdings
        if guard.first_key(conn, each.table, each.key, guard.gaps(each.ranges)) is None
    }
    standing = [each for each in references if not each.owed]
    while kept := sole & {each.parent_table for each in standing if not _within(each, sole)}:
        sole -= kept
    return sole


def _within(reference: Reference, tables: set[str]) -> bool:
    return reference.child_schema == "public" and reference.child_table in tables


def _count(conn: Connection, held: Held) -> int:
    row: Any = conn.execute(
        _by_range("SELECT count(*) FROM ONLY {}, {} WHERE {}", held), bounds(held.ranges)
    ).fetchone()
    return int(row[0])


def _by_range(statement: str, held: Held) -> sql.Composed:
    return sql.SQL(statement).format(
        held.name,
        sql.SQL("unnest(%(low)s::bigint[], %(high)s::bigint[]) AS seeded (low, high)"),
        sql.SQL("{} BETWEEN seeded.low AND seeded.high").format(
            sql.Identifier("public", held.table, held.key)
        ),
    )


def _refuse(lines: Sequence[str]) -> None:
    if lines:
        raise Refused(
            "Not cleared, since rows that dhub did not make would lose what they point at:\n"
            + "; ".join(lines)
        )
