"""Takes an estate, gives it back without what dhub seeded: by the ledger's key ranges, no more.

Each database is emptied in one transaction, ledger included, so that a clear which is killed
half-way is repeated. A row of a user's own is neither deleted nor left pointing into the void.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql
from psycopg.errors import ForeignKeyViolation, InsufficientPrivilege
from psycopg.rows import class_row

from dhub.errors import Fault, Refused
from dhub.flow import deferred, guard, ledger
from dhub.flow.databases import DATABASES, Estate, connect, exists
from dhub.flow.ledger import Connection, Ranges


@dataclass(frozen=True)
class Going:
    """What a clear takes from a database: rows by table, and what stands in its way.

    `owed` are the constraints and indexes that an interrupted run left and a clear puts back.
    """

    database: str
    rows: dict[str, int] = field(default_factory=dict)
    owed: list[str] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Held:
    """A table with seeded rows: those whose `key` lies in `ranges`."""

    table: str
    key: str
    ranges: Ranges

    @property
    def name(self) -> sql.Identifier:
        return sql.Identifier("public", self.table)


@dataclass(frozen=True)
class Reference:
    """A foreign key to one of our tables, standing or owed, from any table at all."""

    child_schema: str
    child_table: str
    columns: list[str]
    parent_table: str
    parent_columns: list[str]
    owed: bool


_KEY = """
SELECT a.attname::text FROM pg_index x
JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
WHERE x.indrelid = to_regclass(%s) AND x.indisunique AND x.indisvalid AND x.indnkeyatts = 1
    AND x.indpred IS NULL AND a.atttypid = 'bigint'::regtype
ORDER BY x.indisprimary DESC, x.indexrelid LIMIT 1
"""

_REFERENCES = """
SELECT s.nspname::text AS child_schema, c.relname::text AS child_table,
    (SELECT array_agg(attname::text ORDER BY place)
        FROM unnest(con.conkey) WITH ORDINALITY AS k (num, place)
        JOIN pg_attribute ON attrelid = con.conrelid AND attnum = num) AS columns,
    p.relname::text AS parent_table,
    (SELECT array_agg(attname::text ORDER BY place)
        FROM unnest(con.confkey) WITH ORDINALITY AS k (num, place)
        JOIN pg_attribute ON attrelid = con.confrelid AND attnum = num) AS parent_columns,
    false AS owed
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_namespace s ON s.oid = c.relnamespace
JOIN pg_class p ON p.oid = con.confrelid
WHERE con.contype = 'f' AND con.conparentid = 0
    AND p.relnamespace = to_regnamespace('public') AND p.relname = ANY(%(tables)s)
UNION ALL
SELECT 'public', table_name, columns, parent_table, parent_columns, true
FROM dhub.deferred WHERE kind = 'foreign key' AND parent_table = ANY(%(tables)s)
ORDER BY 1, 2, 3
"""

# A row of the child that no run seeded, whose parent row goes, or (owed keys) is not there.
_POINTING = """
SELECT count(*), min({parent_key}), min({child_key}), min({value})
FROM {child} {join} {parent} ON {joined}
WHERE {filled} AND ({parent_key} IS NULL OR EXISTS (
    SELECT FROM unnest(%(low)s::bigint[], %(high)s::bigint[]) AS seeded (low, high)
    WHERE {parent_key} BETWEEN seeded.low AND seeded.high))
"""


def preview(estate: Estate) -> list[Going]:
    """What a clear would take, database by database; changes nothing.

    Raises Refused when one of the databases is not dhub's.
    """
    with _opened(estate) as conns:
        return [_going(conn, database) for database, conn in conns.items()]


def clear(estate: Estate) -> list[Going]:
    """Delete every row that dhub seeded and forget its runs; gives what went.

    Raises Refused, with nothing changed, while a run is going, when a database is not dhub's, or
    while rows of a user point at seeded ones (naming them).
    """
    with _opened(estate) as conns:
        for database, conn in conns.items():
            if not guard.lock_run(conn):
                raise Refused(f"{database}: a run is going on. Wait for it, or stop it first.")
        _refuse(each for database, conn in conns.items() for each in _obstacles(conn, database))
        for conn in conns.values():
            # From here on no worker left over from a killed run can commit a shard.
            conn.execute("UPDATE dhub.runs SET state = 'clearing'")
        return [_clear(conn, database) for database, conn in conns.items()]


@contextmanager
def _opened(estate: Estate) -> Iterator[dict[str, Connection]]:
    """Connections to the databases that bear dhub's mark and a ledger."""
    with ExitStack() as stack:
        conns: dict[str, Connection] = {}
        for database in DATABASES:
            if not exists(estate, database):
                continue
            conn = stack.enter_context(connect(estate, database, autocommit=True))
            if guard.ours(conn, database) and ledger.installed(conn):
                conns[database] = conn
        yield conns


def _going(conn: Connection, database: str) -> Going:
    rows = {each.table: _count(conn, each) for each in _holdings(conn)}
    return Going(database, rows, deferred.owed(conn), _obstacles(conn, database))


def _clear(conn: Connection, database: str) -> Going:
    try:
        with deferred.transaction(conn):
            # A deferred check that is still pending would forbid every ALTER TABLE below.
            conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
            owed = deferred.owed(conn)
            rows = _delete_seeded(conn, database)
            for each in deferred.owed_objects(conn):
                deferred.put_back(conn, each)
            conn.execute("DELETE FROM dhub.runs")
    except (ForeignKeyViolation, InsufficientPrivilege) as error:
        told = error.diag.message_detail or error.diag.message_primary
        raise Refused(
            f"{database}: rows that dhub did not make stand in the way ({told}). "
            "Remove them, then clear again."
        ) from error
    return Going(database, rows, owed)


def _delete_seeded(conn: Connection, database: str) -> dict[str, int]:
    """Delete the seeded rows in the caller's transaction, with all that could change locked."""
    holdings = _holdings(conn)
    references = _references(conn, holdings)
    ours = {("public", each.table) for each in holdings}
    theirs = {(each.child_schema, each.child_table) for each in references}
    deferred.lock(conn, list(ours | theirs), "SHARE ROW EXCLUSIVE")
    _refuse(_obstacles(conn, database))
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
        conn.execute(_by_range("DELETE FROM ONLY {} USING {} WHERE {}", each), _bounds(each.ranges))


def _sole(conn: Connection, holdings: Sequence[Held], references: Sequence[Reference]) -> set[str]:
    """Tables to truncate: with no row but seeded ones, and referenced only from each other."""
    sole = {
        each.table
        for each in holdings
        if guard.first_key(conn, each.table, each.key, guard.gaps(each.ranges)) is None
    }
    standing = [each for each in references if not each.owed]
    while (
        kept := {
            each.parent_table
            for each in standing
            if each.child_schema != "public" or each.child_table not in sole
        }
        & sole
    ):
        sole -= kept
    return sole


def _holdings(conn: Connection) -> list[Held]:
    """The seeded tables that are still there."""
    return [
        Held(table, key, ranges)
        for table, ranges in sorted(ledger.seeded_ranges(conn).items())
        if (key := key_column(conn, table)) is not None
    ]


def key_column(conn: Connection, table: str) -> str | None:
    """The bigint column whose values the ledger's ranges mean; None when the table is gone.

    It is the primary key, or the oldest unique one where the primary key is of another type.
    """
    name = sql.Identifier("public", table).as_string(conn)
    row: Any = conn.execute(_KEY, (name,)).fetchone()
    if row is not None:
        return str(row[0])
    there: Any = conn.execute("SELECT to_regclass(%s) IS NOT NULL", (name,)).fetchone()
    if there[0]:
        raise Fault(f"{conn.info.dbname}: table {table} has lost its key; nothing was cleared.")
    return None


def _references(conn: Connection, holdings: Sequence[Held]) -> list[Reference]:
    with conn.cursor(row_factory=class_row(Reference)) as cursor:
        cursor.execute(_REFERENCES, {"tables": [each.table for each in holdings]})
        return cursor.fetchall()


def _obstacles(conn: Connection, database: str) -> list[str]:
    """Rows of a user's own that a clear would leave pointing at nothing, one line a reference."""
    holdings = _holdings(conn)
    held = {each.table: each for each in holdings}
    lines = (
        _pointing(conn, each, held[each.parent_table], _child(each, held))
        for each in _references(conn, holdings)
    )
    return [f"{database}: {line}" for line in lines if line]


def _child(reference: Reference, held: dict[str, Held]) -> Held | None:
    return held.get(reference.child_table) if reference.child_schema == "public" else None


def _pointing(
    conn: Connection, reference: Reference, parent: Held, child: Held | None
) -> str | None:
    query = _pointing_query(reference, parent, child)
    bounds = _bounds(parent.ranges) | _bounds(guard.gaps(child.ranges) if child else [], "gap_")
    row: Any = conn.execute(query, bounds).fetchone()
    count, parent_key, child_key, value = row
    if not count:
        return None
    which = f"row {child.key} {child_key}" if child else "a row"
    more = f" (and {count - 1} more)" if count > 1 else ""
    target = f"{parent.key} {parent_key}" if parent_key else f"{value}, which is not there"
    schema = f"{reference.child_schema}." if reference.child_schema != "public" else ""
    return f"{which} of {schema}{reference.child_table}{more} points at {parent.table} {target}"


def _pointing_query(reference: Reference, parent: Held, child: Held | None) -> sql.Composed:
    def column(alias: str, name: str) -> sql.Identifier:
        return sql.Identifier(alias, name)

    own = sql.Identifier(reference.child_schema, reference.child_table)
    pairs = list(zip(reference.columns, reference.parent_columns, strict=True))
    return sql.SQL(_POINTING).format(
        join=sql.SQL("LEFT JOIN" if reference.owed else "JOIN"),
        child=sql.SQL("{} AS c").format(own) if child is None else _outside(child),
        parent=sql.SQL("ONLY {} AS p").format(parent.name),
        joined=sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(column("c", a), column("p", b)) for a, b in pairs
        ),
        filled=sql.SQL(" AND ").join(
            sql.SQL("{} IS NOT NULL").format(column("c", a)) for a, _ in pairs
        ),
        parent_key=column("p", parent.key),
        child_key=column("c", child.key) if child else sql.SQL("NULL::bigint"),
        value=sql.SQL("{}::text").format(column("c", pairs[0][0])),
    )


def _outside(child: Held) -> sql.Composed:
    """The rows of one of our tables that no run seeded, found by its key's index."""
    return sql.SQL(
        "unnest(%(gap_low)s::bigint[], %(gap_high)s::bigint[]) AS gap (low, high) CROSS JOIN"
        " LATERAL (SELECT * FROM ONLY {} WHERE {} BETWEEN gap.low AND gap.high) AS c"
    ).format(child.name, sql.Identifier(child.key))


def _count(conn: Connection, held: Held) -> int:
    row: Any = conn.execute(
        _by_range("SELECT count(*) FROM ONLY {}, {} WHERE {}", held), _bounds(held.ranges)
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


def _bounds(ranges: Ranges, prefix: str = "") -> dict[str, list[int]]:
    return {f"{prefix}low": [a for a, _ in ranges], f"{prefix}high": [b for _, b in ranges]}


def _refuse(obstacles: Iterator[str] | Sequence[str]) -> None:
    if lines := list(obstacles):
        raise Refused(
            "Not cleared, since rows that dhub did not make would lose what they point at:\n"
            + "; ".join(lines)
        )
