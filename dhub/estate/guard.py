"""Takes a connection, gives leave to write: only to what dhub made, and to one run at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.postgres import types
from psycopg.pq import TransactionStatus

from dhub import __version__
from dhub.errors import DhubError, Refused, UsageError
from dhub.estate import foreign, holders, ledger, locks
from dhub.estate.holders import Holder
from dhub.estate.ledger import Connection, Ranges
from dhub.shipped import migrations_dir

FORMAT = 1  # version of the bookkeeping in schema dhub; raise it when older code must keep off

# Two claims at once meet in the catalogue, where the second waits for the first and then fails.
# No advisory lock: everybody could hold it.
_MET = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.DuplicateSchema,
    psycopg.errors.DuplicateTable,
    psycopg.errors.InternalError_,  # "tuple concurrently updated"
    psycopg.errors.DeadlockDetected,  # both name an estate that an older dhub marked
)
_TRIES = 10

_EDGE = 2**63 - 1

# What the mark and the ledger look like, columns that a later format adds aside. A table of one of
# these names with another shape is somebody else's, whatever it says.
_SHAPES = {
    "estate": "database_name text, format int4, dhub_version text, marked_at timestamptz,"
    " single bool",
    "migrations": "migration_id varchar",
    "locks": "purpose text, pid int4, key int4",
    "runs": "run_id text, cohort int4, seed numeric, scale float8, profile_name text,"
    " profile_json text, as_of date, employees int4, customers int8, first_shard int4,"
    " shard_count int4, state text, started_at timestamptz, finished_at timestamptz,"
    " dhub_version text, owner text",
    "shards": "run_id text, shard_index int4, attempt int4",
    "entries": "run_id text, shard_index int4, table_name text, row_count int8, first_key int8,"
    " last_key int8",
    "attempts": "run_id text, shard_index int4, attempt int4, table_name text,"
    " constraint_name text, value text",
    "deferred": "kind text, table_name text, name text, definition text, remark text,"
    " columns text[], parent_table text, parent_columns text[]",
    "cleared": "run_id text",
}


def _columns(shape: str) -> frozenset[tuple[str, int]]:
    """Names with the numbers of their types, which to write as words took most of the time."""
    named = (each.split() for each in shape.split(", "))
    return frozenset((name, _number(kind)) for name, kind in named)


def _number(kind: str) -> int:
    known = types[kind.removesuffix("[]")]
    return known.array_oid if kind.endswith("[]") else known.oid


_WANTED = {table: _columns(shape) for table, shape in _SHAPES.items()}

# Not to_regclass, which raises an error where the schema is shut to this role.
_BOOKKEEPING = """
SELECT c.relname::text, c.relkind = 'r' AND NOT c.relrowsecurity,
    pg_get_userbyid(c.relowner)::text,
    has_schema_privilege(s.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
    array_agg(a.attname::text), array_agg(a.atttypid::int8)
FROM pg_namespace s JOIN pg_class c ON c.relnamespace = s.oid
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE s.nspname = 'dhub' AND c.relname = ANY (%s)
GROUP BY c.oid, c.relname, c.relkind, c.relrowsecurity, c.relowner, s.oid
ORDER BY c.relname <> 'estate', c.relname
"""
_KIND = """
SELECT (pg_identify_object('pg_class'::regclass, oid, 0)).type FROM pg_class
WHERE relnamespace = to_regnamespace('dhub') AND relname = %s
"""


# The last one as JSON, since an older mark has no such column.
_MARK = """
SELECT database_name, format, dhub_version, to_jsonb(e) ->> 'estate_id' FROM dhub.estate e
"""


class Mark(NamedTuple):
    """What marks a database as dhub's: the estate it belongs to (None where an older dhub marked
    it), and which tables of the bookkeeping are there."""

    estate_id: str | None
    tables: frozenset[str]


def claim(conn: Connection, database: str, estate: str) -> str:
    """Mark an empty database as dhub's `database` of an estate; gives the estate it belongs to.

    One that is marked stays as it is, save that a mark of an older dhub, which names no estate,
    gets this one. Two claims at once are safe: the second waits for the first and finds its mark.
    Raises Refused, naming what was found, when the database holds anything dhub did not make,
    is marked as another of the six or by a newer dhub; UsageError when the role may not.
    """
    for left in reversed(range(_TRIES)):
        try:
            with conn.transaction():
                # Read committed: what is asked after a wait must see what the other claim wrote.
                conn.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
                if not marked(conn, database) and _found_empty(conn, database):
                    _mark(conn, database)
                return _name_estate(conn, database, estate)
        except _MET:
            if not left:
                raise
    raise AssertionError("the last try returns or raises")


def _found_empty(conn: Connection, database: str) -> bool:
    """Refused unless the database is empty; False when another claim has marked it meanwhile."""
    try:
        _refuse_foreign(conn, database)
    except Refused:
        if not marked(conn, database):
            raise
        return False
    return True


def _name_estate(conn: Connection, database: str, estate: str) -> str:
    if estate_id(conn) is None:
        with _allowed(conn, database):
            # Not where the column is there: two at once have both read the table, and would wait
            # for each other to change it.
            if not _can_be_named(conn):
                conn.execute((migrations_dir() / "dhub" / "0004_estate_id.sql").read_bytes())
            conn.execute("UPDATE dhub.estate SET estate_id = %s WHERE estate_id IS NULL", (estate,))
    return estate_id(conn) or estate


def estate_id(conn: Connection) -> str | None:
    """The estate that a marked database belongs to; None where an older dhub marked it."""
    # As JSON, since an older mark has no such column.
    row = conn.execute("SELECT to_jsonb(e) ->> 'estate_id' FROM dhub.estate e").fetchone()
    return row[0] if row else None


def _can_be_named(conn: Connection) -> bool:
    row = conn.execute("SELECT to_jsonb(e) ? 'estate_id' FROM dhub.estate e").fetchone()
    return bool(row and row[0])


def ours(conn: Connection, database: str) -> bool:
    """Whether dhub has anything to look after here: False when the database is empty; reads only.

    Raises Refused as `claim` does.
    """
    return known(conn, database) is not None


def known(conn: Connection, database: str) -> Mark | None:
    """The mark of what `ours` is true of."""
    found = mark_of(conn, database)
    if found is None:
        _refuse_foreign(conn, database)
    return found


def marked(conn: Connection, database: str) -> bool:
    """Whether dhub marked this database as `database`; raises as `mark_of` does."""
    return mark_of(conn, database) is not None


def mark_of(conn: Connection, database: str) -> Mark | None:
    """The mark of this database as `database`, if dhub marked it; reads only.

    Raises Refused when the mark is not ours, names another database, or is newer than the code;
    UsageError when it is another role's and shut to this one.
    """
    there = conn.execute(_BOOKKEEPING, (list(_SHAPES),)).fetchall()
    if not there or there[0][0] != "estate":
        return None
    for table, ordinary, owner, readable, names, kinds in there:
        if not ordinary or not _WANTED[table] <= set(zip(names, kinds, strict=True)):
            kind: Any = conn.execute(_KIND, (table,)).fetchone()
            raise _foreign(conn, database, [f"{kind[0]} dhub.{table}"])
        if not readable:
            raise UsageError(
                f"{_called(conn, database)} belongs to an estate of role {owner}, and role "
                f"{conn.info.user} may not read dhub.{table}. Log in as {owner}."
            )
    marks = conn.execute(_MARK).fetchmany(2)
    if len(marks) != 1 or None in marks[0][:3]:
        raise _foreign(conn, database, ["table dhub.estate"])
    *mark, estate = marks[0]
    _check_mark(_called(conn, database), database, *mark)
    return Mark(estate, frozenset(table for table, *_ in there))


def _check_mark(called: str, database: str, name: str, version: int, made_by: str) -> None:
    if version > FORMAT:
        raise Refused(
            f"{called} was marked by a newer dhub ({made_by}, format {version}; "
            f"this one is {__version__}, format {FORMAT}). Upgrade dhub."
        )
    if name != database:
        raise Refused(f"{called} is the {name} of an estate. Check DHUB_{database.upper()}_URL.")


def _refuse_foreign(conn: Connection, database: str) -> None:
    if purpose := foreign.purpose_of(conn):
        raise Refused(f"{_called(conn, database)} is {purpose} database. Name another one.")
    if found := foreign.foreign_objects(conn):
        raise _foreign(conn, database, found)


def _foreign(conn: Connection, database: str, found: list[str]) -> Refused:
    return Refused(
        f"{_called(conn, database)} holds {foreign.foreign_found(found)} that dhub did not make. "
        "Name an empty database, or let dhub create one."
    )


def _mark(conn: Connection, database: str) -> None:
    with _allowed(conn, database):
        conn.execute((migrations_dir() / "dhub" / "0001_mark.sql").read_bytes())
        conn.execute(
            "INSERT INTO dhub.estate (database_name, format, dhub_version) VALUES (%s, %s, %s)",
            (database, FORMAT, __version__),
        )


@contextmanager
def _allowed(conn: Connection, database: str) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        grant = f'GRANT CREATE ON DATABASE "{conn.info.dbname}" TO "{conn.info.user}"'
        raise UsageError(
            f"{_called(conn, database)}: role {conn.info.user} may not create a schema. "
            f"Let its owner run: {grant}"
        ) from error


def _called(conn: Connection, database: str) -> str:
    real = conn.info.dbname
    return database if real == database else f"{database} (database {real})"


def lock_run(conn: Connection) -> bool:
    """Take the lock of a run in this database, held until the connection ends; False if taken."""
    return locks.take(conn)


def hold_run(conn: Connection, database: str, told: str) -> None:
    """`lock_run`, or Refused with `told` and who has the lock."""
    if lock_run(conn):
        return
    holder = holder_of_run(conn)
    # A session that has just ended gives its lock back a moment later: then nobody holds it.
    if holder is not None or not lock_run(conn):
        raise going_on(database, told, holder)


def going_run(conn: Connection) -> tuple[bool, Holder | None]:
    """Whether any session holds the lock of a run here, and which one if it is not our own."""
    pid = locks.holder(conn)
    if pid is None or pid == conn.info.backend_pid:
        return pid is not None, None
    return True, holders.of_process(conn, pid)


def holder_of_run(conn: Connection) -> Holder | None:
    """Which other session holds the lock of a run in this database."""
    pid = locks.holder(conn)
    return None if pid is None else holders.of_process(conn, pid)


def going_on(database: str, told: str, holder: Holder | None) -> Refused:
    """What it means that the lock is taken; the next step where its run is no more, too."""
    by = f", held by {holder}" if holder else ""
    end = f": SELECT pg_terminate_backend({holder.pid})" if holder else ""
    return Refused(
        f"{database}: {told}{by}.\nWait for it, or stop it; end what is left of it{end}."
    )


def unlock_run(conn: Connection) -> None:
    """Give the lock of a run back before the connection ends."""
    locks.give_back(conn)


def leave_run(conn: Connection) -> None:
    """Give the lock of a run back, if this connection has it, now that the run has ended.

    The server does so, too, but a moment after the client has left: the next run would be refused.
    """
    if not conn.closed and conn.info.transaction_status == TransactionStatus.IDLE:
        with suppress(psycopg.Error, DhubError):
            unlock_run(conn)


def planned_keys_free(
    conn: Connection, database: str, ranges: Mapping[str, tuple[str, int, int]]
) -> None:
    """Prove that no row of a user has a key that a run plans: table → (key column, low, high).

    Rows that the ledger knows as seeded do not count. Raises Refused naming table and key.
    """
    seeded = ledger.seeded_ranges(conn)
    empty = _without_rows(conn, ranges)
    for table, (key, low, high) in ranges.items():
        if table in empty:
            continue
        taken = first_key(conn, table, key, gaps(seeded.get(table, []), low, high))
        if taken is not None:
            raise Refused(
                f"{_called(conn, database)}: a row of {table} that dhub did not make has "
                f"{key} {taken}, which this run needs ({low} to {high}). Nothing was written."
            )


_WITHOUT_ROWS = """
SELECT relname::text FROM pg_class WHERE relnamespace = to_regnamespace('public')
    AND relkind = 'r' AND relname = ANY (%s) AND pg_relation_size(oid) = 0
"""


def _without_rows(conn: Connection, tables: Iterable[str]) -> set[str]:
    """Those that have no page to hold a row: of an empty bank they all are asked at once."""
    return {row[0] for row in conn.execute(_WITHOUT_ROWS, (list(tables),))}


def gaps(ranges: Ranges, low: int = -_EDGE, high: int = _EDGE) -> Ranges:
    """What `ranges` (ascending, apart) leave free between low and high, ends included."""
    inside = [(a, b) for a, b in ranges if b >= low and a <= high]
    edges = [(low, low - 1), *inside, (high + 1, high)]
    return [(a[1] + 1, b[0] - 1) for a, b in pairwise(edges) if a[1] + 1 <= b[0] - 1]


def first_key(conn: Connection, table: str, key: str, ranges: Ranges) -> int | None:
    """The lowest key of public.`table` within the ranges, or None; reads the key's index only."""
    query = sql.SQL(
        "SELECT min(found) FROM unnest(%s::bigint[], %s::bigint[]) AS gap (low, high),"
        " LATERAL (SELECT min({key}) FROM ONLY {table} WHERE {key} BETWEEN low AND high)"
        " AS taken (found)"
    ).format(key=sql.Identifier(key), table=sql.Identifier("public", table))
    row: Any = conn.execute(query, ([a for a, _ in ranges], [b for _, b in ranges])).fetchone()
    return None if row is None else row[0]
