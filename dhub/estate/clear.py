"""Takes an estate, gives it back without what dhub seeded: by the ledger's key ranges, no more.

All six databases are emptied before the first of them commits, so that what stands in the way of
one changes none; a clear that is cut short between two commits is known as such and repeated. A row
of a user's own is neither deleted nor left pointing into the void.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg
from psycopg import OperationalError, sql

from dhub.errors import DatabaseFailed, Refused
from dhub.estate import deferred, guard, ledger, noted, reporting, restoring
from dhub.estate.connections import WRITING
from dhub.estate.databases import Estate
from dhub.estate.failures import Missing
from dhub.estate.hold import cancel, side_by_side
from dhub.estate.holdings import (
    Held,
    Reference,
    bounds,
    holdings_of,
    obstacles_in,
    references_to,
)
from dhub.estate.kept import Kept, keeping
from dhub.estate.ledger import Connection
from dhub.estate.standing import Standing, one_estate, standing

T = TypeVar("T")
Step = Callable[[Connection, str], T]

# Who hears of a deletion: their triggers and rules are obeyed, which TRUNCATE would pass over.
_LISTENERS = """
SELECT c.relname::text, 'trigger ' || t.tgname
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & 40 <> 0
    AND t.tgfoid IS DISTINCT FROM to_regprocedure('dhub.note_deleted()')::oid
    AND c.relnamespace = to_regnamespace('public') AND c.relname = ANY (%(tables)s)
UNION ALL
SELECT c.relname::text, 'rule ' || r.rulename
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
WHERE r.ev_type = '4' AND r.ev_enabled <> 'D'
    AND c.relnamespace = to_regnamespace('public') AND c.relname = ANY (%(tables)s)
ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Going:
    """What a clear takes from a database: rows by table, and what stands in its way.

    `owed` are the constraints and indexes that an interrupted run left and a clear puts back.
    """

    database: str
    rows: dict[str, int] = field(default_factory=dict)
    owed: list[str] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)


def preview(estate: Estate, lost: Collection[str] = (), kept: Kept | None = None) -> list[Going]:
    """What a clear would take, database by database; changes nothing.

    Raises Refused when one of the databases is not dhub's or not of this estate, or while a run is
    going; DatabaseFailed when one is lost.
    """
    with _opened(estate, lost, kept) as conns:
        _each(conns, _look)
        return _each(conns, _going)


def clear(
    estate: Estate,
    lost: Collection[str] = (),
    trial: Step[None] | None = None,
    kept: Kept | None = None,
) -> list[Going]:
    """Delete every row that dhub seeded and forget its runs; gives what went.

    `lost` names databases to leave out, which the user gave up. `trial` is done in each database
    once it is empty and may raise: then nothing was cleared. Raises Refused, with nothing changed,
    while a run is going, when the databases are not of one estate, or while something a user made
    stands in the way (naming it); DatabaseFailed when one is lost.
    """
    with _opened(estate, lost, kept) as conns:
        _each(conns, _lock)
        _refuse([line for lines in _each(conns, obstacles_in) for line in lines])
        _each(conns, _shut_out)
        gone = _side_by_side(conns, lambda conn, database: _clear(conn, database, trial))
        _each(conns, _commit)
    return gone


def _each(conns: dict[str, Connection], step: Step[T]) -> list[T]:
    done = []
    for database, conn in conns.items():
        with _placed(database):
            done.append(step(conn, database))
    return done


def _side_by_side(conns: dict[str, Connection], step: Step[T]) -> list[T]:
    def one(database: str) -> T:
        with _placed(database):
            return step(conns[database], database)

    return side_by_side(one, conns, len(conns), lambda: cancel(conns))


@contextmanager
def _placed(database: str) -> Iterator[None]:
    """Say in which database a failure happened, and what follows from it."""
    try:
        yield
    except OperationalError as error:
        told = error.diag.message_primary or str(error).strip().splitlines()[0]
        raise DatabaseFailed(
            f"{database} was lost: {told}. A clear may be repeated at any time."
        ) from error
    except psycopg.Error as error:
        cause = error.diag.message_detail or error.diag.message_primary
        raise Refused(
            f"{database}: what dhub did not make stands in the way ({cause}). "
            "Remove it, then clear again."
        ) from error


def _look(conn: Connection, database: str) -> None:
    going, holder = guard.going_run(conn)
    if going:
        raise guard.going_on(database, "a run is going on", holder)


def _lock(conn: Connection, database: str) -> None:
    guard.hold_run(conn, database, "a run is going on")


def _shut_out(conn: Connection, database: str) -> None:
    """From here on no worker left over from a killed run can commit a shard to `database`."""
    conn.execute("UPDATE dhub.runs SET owner = %s", (f"clear {conn.info.backend_pid}",))
    if not ledger.keeps_cleared(conn):
        # The ledger of an older dhub can tell a clear that was cut short in no other way.
        conn.execute("UPDATE dhub.runs SET state = 'clearing'")


@contextmanager
def _opened(
    estate: Estate, lost: Collection[str], kept: Kept | None
) -> Iterator[dict[str, Connection]]:
    """Connections to the databases that bear dhub's mark and a ledger, of one estate."""
    with ExitStack() as stack:
        known = stack.enter_context(keeping(estate, kept))
        conns: dict[str, Connection] = {}
        for database in estate.databases:
            if database in lost:
                continue
            with suppress(Missing):
                conns[database] = known.to(database, WRITING)
                stack.callback(guard.leave_run, conns[database])
        found = {each: Standing() for each in estate.databases if each not in conns}
        found |= dict(zip(conns, _each(conns, standing), strict=True))
        one_estate(found, lost)
        made = _each(conns, lambda conn, _: ledger.installed(conn))
        yield {each: conns[each] for each, there in zip(conns, made, strict=True) if there}


def _going(conn: Connection, database: str) -> Going:
    rows = {each.table: _count(conn, each) for each in holdings_of(conn)}
    return Going(database, rows, deferred.owed(conn), obstacles_in(conn, database))


def _clear(conn: Connection, database: str, trial: Step[None] | None) -> Going:
    """Empty a database in a transaction that `_commit` ends, else the end of the connection."""
    conn.execute("BEGIN")
    deferred.settle(conn)
    # A deferred check that is still pending would forbid every ALTER TABLE below.
    conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
    owed = deferred.owed(conn)
    rows = _delete_seeded(conn, database)
    restoring.put_back_all(conn)
    reporting.empty(conn, database)
    ledger.forget(conn)
    if trial is not None:
        with conn.transaction(force_rollback=True):
            trial(conn, database)
    return Going(database, rows, owed)


def _commit(conn: Connection, database: str) -> None:
    conn.execute("COMMIT")


def _delete_seeded(conn: Connection, database: str) -> dict[str, int]:
    """Delete the seeded rows in the caller's transaction, with all that could change locked."""
    holdings = holdings_of(conn)
    references = references_to(conn, holdings)
    ours = {("public", each.table) for each in holdings}
    theirs = {(each.child_schema, each.child_table) for each in references}
    deferred.lock(conn, list(ours | theirs), "SHARE ROW EXCLUSIVE")
    _refuse(obstacles_in(conn, database))
    rows = {each.table: _count(conn, each) for each in holdings}
    listeners = _listeners(conn, holdings)
    noted.unwatch(conn)
    sole = _closed(_sole(conn, holdings, listeners), references)
    _truncate(conn, [each for each in holdings if each.table in sole])
    _delete(conn, [each for each in holdings if each.table not in sole], listeners)
    return rows


def _listeners(conn: Connection, holdings: Sequence[Held]) -> dict[str, list[str]]:
    """Triggers and rules of a user's own that hear of deletions, by table."""
    found: dict[str, list[str]] = {}
    for table, listener in conn.execute(_LISTENERS, {"tables": [each.table for each in holdings]}):
        found.setdefault(table, []).append(listener)
    return found


def _truncate(conn: Connection, holdings: Sequence[Held]) -> None:
    if holdings:
        names = sql.SQL(", ").join(sql.SQL("ONLY ") + each.name for each in holdings)
        conn.execute(sql.SQL("TRUNCATE {}").format(names))


def _delete(
    conn: Connection, holdings: Sequence[Held], listeners: Mapping[str, Sequence[str]]
) -> None:
    """Delete by key ranges. The tables' keys to each other are down meanwhile: they form rings
    (a department's head is an employee), and would look up every row in tables without index."""
    deferred.take_down(conn, deferred.foreign_keys(conn, [each.table for each in holdings]))
    for each in holdings:
        with _blamed(each.table, listeners.get(each.table, ())):
            conn.execute(
                _by_range("DELETE FROM ONLY {} USING {} WHERE {}", each), bounds(each.ranges)
            )
    # Asked when all are done: what hears of one table's deletion may put rows back into another.
    for each in holdings:
        if left := _count(conn, each):
            heard = ", ".join(listeners.get(each.table, ())) or "something"
            raise Refused(
                f"{conn.info.dbname}: {heard} on {each.table} keeps {left:,} of its seeded rows "
                "from being deleted; nothing was cleared. Disable it (ALTER TABLE ... DISABLE), "
                "then clear again."
            )


@contextmanager
def _blamed(table: str, listeners: Sequence[str]) -> Iterator[None]:
    """Name what a user put upon the table, when its rows cannot be deleted."""
    try:
        yield
    except OperationalError:
        raise
    except psycopg.Error as error:
        if not listeners:
            raise
        raise Refused(
            f"{', '.join(listeners)} on {table} forbids to delete its seeded rows "
            f"({error.diag.message_primary}); nothing was cleared. Disable it (ALTER TABLE ... "
            "DISABLE), then clear again."
        ) from error


def _sole(conn: Connection, holdings: Sequence[Held], heard: Container[str]) -> set[str]:
    """Tables with no row but seeded ones, and of whose deletions nobody hears."""
    return {
        each.table
        for each in holdings
        if each.table not in heard
        and guard.first_key(conn, each.table, each.key, guard.gaps(each.ranges)) is None
    }


def _closed(sole: set[str], references: Sequence[Reference]) -> set[str]:
    """Those to truncate: referenced only from each other."""
    standing = [each for each in references if not each.owed]
    while kept := sole & {each.parent_table for each in standing if not _within(each, sole)}:
        sole = sole - kept
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
            "Not cleared, since what dhub did not make stands in the way:\n" + "; ".join(lines)
        )
