"""Takes a connection, gives what dhub seeded in that database and which rows of others hang on it.

Reads only. Rows are found by key ranges and keys' indexes, so that the cost follows a user's rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.rows import class_row

from dhub.errors import Fault
from dhub.estate import guard, ledger
from dhub.estate.ledger import Connection, Ranges


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


def holdings_of(conn: Connection) -> list[Held]:
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


def references_to(conn: Connection, holdings: Sequence[Held]) -> list[Reference]:
    with conn.cursor(row_factory=class_row(Reference)) as cursor:
        cursor.execute(_REFERENCES, {"tables": [each.table for each in holdings]})
        return cursor.fetchall()


def obstacles_in(conn: Connection, database: str) -> list[str]:
    """Rows of a user's own that a clear would leave pointing at nothing, one line a reference."""
    holdings = holdings_of(conn)
    held = {each.table: each for each in holdings}
    lines = (
        _pointing(conn, each, held[each.parent_table], _child(each, held))
        for each in references_to(conn, holdings)
    )
    return [f"{database}: {line}" for line in lines if line]


def _child(reference: Reference, held: dict[str, Held]) -> Held | None:
    return held.get(reference.child_table) if reference.child_schema == "public" else None


def _pointing(
    conn: Connection, reference: Reference, parent: Held, child: Held | None
) -> str | None:
    query = _pointing_query(reference, parent, child)
    limits = bounds(parent.ranges) | bounds(guard.gaps(child.ranges) if child else [], "gap_")
    row: Any = conn.execute(query, limits).fetchone()
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


def bounds(ranges: Ranges, prefix: str = "") -> dict[str, list[int]]:
    return {f"{prefix}low": [a for a, _ in ranges], f"{prefix}high": [b for _, b in ranges]}
