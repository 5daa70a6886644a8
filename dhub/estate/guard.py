"""Takes a connection, gives leave to write: only to what dhub made, and to one run at a time."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import psycopg
from psycopg import sql

from dhub import __version__
from dhub.errors import Refused, UsageError
from dhub.estate import ledger
from dhub.estate.ledger import Connection, Ranges

FORMAT = 1  # version of the bookkeeping in schema dhub; raise it when older code must keep off

# "dhub" in ASCII: the class of our advisory locks, so that they meet no application's own.
_LOCK_CLASS = 0x64687562
_RUN, _CLAIM = 1, 2

_EDGE = 2**63 - 1
_MARK_COLUMNS = {"database_name", "format", "dhub_version", "marked_at"}

# What an extension brings along is not a user's; managed servers put some into every database.
_FOREIGN = """
WITH schemas AS (
    SELECT oid, nspname FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), objects (class, id, kind, name) AS (
    SELECT 'pg_class'::regclass, c.oid,
        CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
            WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table'
            WHEN 'c' THEN 'type' ELSE 'table' END,
        s.nspname || '.' || c.relname
    FROM pg_class c JOIN schemas s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, 'function', s.nspname || '.' || p.proname
    FROM pg_proc p JOIN schemas s ON s.oid = p.pronamespace
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 'type', s.nspname || '.' || t.typname
    FROM pg_type t JOIN schemas s ON s.oid = t.typnamespace
    WHERE t.typrelid = 0 AND t.typelem = 0 AND t.typtype <> 'm'
    UNION ALL
    SELECT 'pg_operator'::regclass, o.oid, 'operator', s.nspname || '.' || o.oprname
    FROM pg_operator o JOIN schemas s ON s.oid = o.oprnamespace
    UNION ALL
    SELECT 'pg_collation'::regclass, c.oid, 'collation', s.nspname || '.' || c.collname
    FROM pg_collation c JOIN schemas s ON s.oid = c.collnamespace
    UNION ALL
    SELECT 'pg_ts_config'::regclass, c.oid, 'text search configuration',
        s.nspname || '.' || c.cfgname
    FROM pg_ts_config c JOIN schemas s ON s.oid = c.cfgnamespace
    UNION ALL
    SELECT 'pg_ts_dict'::regclass, d.oid, 'text search dictionary', s.nspname || '.' || d.dictname
    FROM pg_ts_dict d JOIN schemas s ON s.oid = d.dictnamespace
    UNION ALL
    SELECT 'pg_foreign_server'::regclass, oid, 'foreign server', srvname::text
    FROM pg_foreign_server
    UNION ALL
    SELECT 'pg_publication'::regclass, oid, 'publication', pubname::text FROM pg_publication
    UNION ALL
    SELECT 'pg_event_trigger'::regclass, oid, 'event trigger', evtname::text
    FROM pg_event_trigger
    UNION ALL
    SELECT 'pg_largeobject_metadata'::regclass, oid, 'large object', oid::text
    FROM pg_largeobject_metadata
)
SELECT kind || ' ' || name FROM objects
WHERE NOT EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = class AND d.objid = id AND d.deptype = 'e'
)
ORDER BY kind <> 'table', name
"""


def claim(conn: Connection, database: str) -> None:
    """Mark an empty database as dhub's `database`; leave one that is marked as it is.

    Two claims at once are safe: the second waits for the first and finds its mark.
    Raises Refused, naming what was found, when the database holds anything dhub did not make,
    is marked as another of the six or by a newer dhub; UsageError when the role may not.
    """
    with conn.transaction():
        # Read committed: what is asked after the wait must see what the other claim wrote.
        conn.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        conn.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCK_CLASS, _CLAIM))
        if not marked(conn, database):
            _refuse_foreign(conn, database)
            _mark(conn, database)


def ours(conn: Connection, database: str) -> bool:
    """Whether dhub has anything to look after here: False when the database is empty; reads only.

    Raises Refused as `claim` does.
    """
    if marked(conn, database):
        return True
    _refuse_foreign(conn, database)
    return False


def marked(conn: Connection, database: str) -> bool:
    """Whether dhub marked this database as `database`; reads only.

    Raises Refused when the mark is not ours, names another database, or is newer than the code.
    """
    columns = conn.execute(
        "SELECT array_agg(attname::text) FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
        " AND attrelid = to_regclass('dhub.estate')"
    ).fetchone()
    if columns is None or columns[0] is None:
        return False
    if not set(columns[0]) >= _MARK_COLUMNS:
        raise _foreign(conn, database, ["table dhub.estate"])
    row = conn.execute("SELECT database_name, format, dhub_version FROM dhub.estate").fetchone()
    if row is None:
        raise _foreign(conn, database, ["table dhub.estate"])
    _check_mark(_called(conn, database), database, *row)
    return True


def _check_mark(called: str, database: str, name: str, version: int, made_by: str) -> None:
    if version > FORMAT:
        raise Refused(
            f"{called} was marked by a newer dhub ({made_by}, format {version}; "
            f"this one is {__version__}, format {FORMAT}). Upgrade dhub."
        )
    if name != database:
        raise Refused(f"{called} is the {name} of an estate. Check DHUB_{database.upper()}_URL.")


def foreign_objects(conn: Connection) -> list[str]:
    """What an unmarked database holds, tables first: "table public.orders", ..."""
    # Schema names are looked up, never searched: a user's search_path changes nothing here.
    return [row[0] for row in conn.execute(_FOREIGN)]


def foreign_found(objects: list[str]) -> str:
    """One phrase for what was found: "table public.orders and 3 more objects"."""
    more = len(objects) - 1
    return objects[0] + (f" and {more} more object{'s' * (more > 1)}" if more else "")


def _refuse_foreign(conn: Connection, database: str) -> None:
    template = conn.execute(
        "SELECT datistemplate FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    if template is None or template[0]:
        raise Refused(f"{_called(conn, database)} is a template database. Name another one.")
    if found := foreign_objects(conn):
        raise _foreign(conn, database, found)


def _foreign(conn: Connection, database: str, found: list[str]) -> Refused:
    return Refused(
        f"{_called(conn, database)} holds {foreign_found(found)} that dhub did not make. "
        "Name an empty database, or let dhub create one."
    )


def _mark(conn: Connection, database: str) -> None:
    # In here, since migrate brings the migration library along, which readers do not need.
    from dhub.shipped import migrations_dir

    try:
        conn.execute((migrations_dir() / "dhub" / "0001_mark.sql").read_bytes())
        conn.execute(
            "INSERT INTO dhub.estate (database_name, format, dhub_version) VALUES (%s, %s, %s)",
            (database, FORMAT, __version__),
        )
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
    row = conn.execute("SELECT pg_try_advisory_lock(%s, %s)", (_LOCK_CLASS, _RUN)).fetchone()
    return bool(row and row[0])


def unlock_run(conn: Connection) -> None:
    """Give the lock of a run back before the connection ends."""
    conn.execute("SELECT pg_advisory_unlock(%s, %s)", (_LOCK_CLASS, _RUN))


def run_locked(conn: Connection) -> bool:
    """Whether any session holds the lock of a run here; only looks, so that no run is refused."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND classid = %s AND objid = %s AND objsubid = 2 AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database()))",
        (_LOCK_CLASS, _RUN),
    ).fetchone()
    return bool(row and row[0])


def planned_keys_free(
    conn: Connection, database: str, ranges: Mapping[str, tuple[str, int, int]]
) -> None:
    """Prove that no row of a user has a key that a run plans: table → (key column, low, high).

    Rows that the ledger knows as seeded do not count. Raises Refused naming table and key.
    """
    seeded = ledger.seeded_ranges(conn)
    for table, (key, low, high) in ranges.items():
        taken = first_key(conn, table, key, gaps(seeded.get(table, []), low, high))
        if taken is not None:
            raise Refused(
                f"{_called(conn, database)}: a row of {table} that dhub did not make has "
                f"{key} {taken}, which this run needs ({low} to {high}). Nothing was written."
            )


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
