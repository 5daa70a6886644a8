"""Takes a connection, gives what dhub seeded in that database and which rows of others hang on it.

Reads only. Rows are found by key ranges and keys' indexes, so that the cost follows a user's rows.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.rows import class_row

from dhub.errors import Refused
from dhub.estate import guard, ledger, noted
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


# What an interrupted load has put aside counts as if it stood: the key is what it is without it.
_KEY = """
SELECT name FROM (
    SELECT a.attname::text AS name, x.indisprimary AS main, x.indexrelid AS age
    FROM pg_index x JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]
    WHERE x.indrelid = to_regclass(%(qualified)s) AND x.indisunique AND x.indisvalid
        AND x.indnkeyatts = 1 AND x.indpred IS NULL AND a.atttypid = 'bigint'::regtype
    UNION ALL
    SELECT d.columns[1], d.kind = 'primary key', 0
    FROM dhub.deferred d JOIN pg_attribute a
        ON a.attrelid = to_regclass(%(qualified)s) AND a.attname = d.columns[1]
    WHERE d.table_name = %(table)s AND d.kind IN ('primary key', 'unique constraint')
        AND cardinality(d.columns) = 1 AND a.atttypid = 'bigint'::regtype
) AS keys ORDER BY main DESC, age LIMIT 1
"""

_KINDS = {"v": "view", "m": "materialized view", "p": "partitioned table", "f": "foreign table"}

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
    """The seeded tables that are still there.

    Raises Refused when one is there under another name, or is not the table it was.
    """
    recorded = ledger.key_columns(conn)
    _refuse_renamed(conn, recorded)
    seeded = sorted(ledger.seeded_ranges(conn).items())
    as_they_were = _as_recorded(conn, [(table, recorded.get(table)) for table, _ in seeded])
    return [
        Held(table, key, ranges)
        for table, ranges in seeded
        if (
            key := as_they_were.get(table) or key_column(conn, table, recorded.get(table))
        ) is not None
    ]


def _refuse_renamed(conn: Connection, tables: Container[str]) -> None:
    for called, today in noted.renamed(conn).items():
        if called in tables:
            raise Refused(
                f"{conn.info.dbname}: table {called} is called {today} now, with seeded rows in "
                f"it. Rename it back, then try again."
            )


def key_column(conn: Connection, table: str, recorded: str | None = None) -> str | None:
    """The column of whole numbers that the ledger's ranges mean; None when the table is gone.

    It is the one that the ledger recorded; for rows of an older dhub the primary key, or the oldest
    unique one where that is of another type. Raises Refused when the table has it no more.
    """
    name = sql.Identifier("public", table).as_string(conn)
    kind: Any = conn.execute(
        "SELECT relkind::text FROM pg_class WHERE oid = to_regclass(%s)", (name,)
    ).fetchone()
    if kind is None:
        return None
    if kind[0] != "r":
        raise Refused(
            f"{conn.info.dbname}: {table} is a {_KINDS.get(kind[0], 'relation')} now, not the table"
            " that dhub seeded. Put the table back under its name, then try again."
        )
    if recorded is not None:
        return _there(conn, table, recorded)
    row: Any = conn.execute(_KEY, {"qualified": name, "table": table}).fetchone()
    if row is None:
        raise Refused(
            f"{conn.info.dbname}: table {table} has lost its key, by which dhub knows its rows. "
            f"Give it back (ALTER TABLE {table} ADD PRIMARY KEY ...), then try again."
        )
    return str(row[0])


_WITH_KEY = """
SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
JOIN unnest(%s::text[], %s::text[]) AS wanted (name, key) ON (relname, attname) = (name, key)
WHERE c.relnamespace = to_regnamespace('public') AND c.relkind = 'r'
    AND a.atttypid IN ('bigint'::regtype, 'integer'::regtype) AND NOT a.attisdropped
"""


def _as_recorded(conn: Connection, keys: Sequence[tuple[str, str | None]]) -> dict[str, str]:
    """The key of each of these tables that has the one recorded."""
    known = [(table, key) for table, key in keys if key is not None]
    values = ([table for table, _ in known], [key for _, key in known])
    return dict(conn.execute(_WITH_KEY, values).fetchall())


def _there(conn: Connection, table: str, column: str) -> str:
    if table not in _as_recorded(conn, [(table, column)]):
        raise Refused(
            f"{conn.info.dbname}: table {table} has no bigint column {column} any more, by which "
            "dhub knows its rows. Name it as it was, then try again."
        )
    return column


def references_to(conn: Connection, holdings: Sequence[Held]) -> list[Reference]:
    with conn.cursor(row_factory=class_row(Reference)) as cursor:
        cursor.execute(_REFERENCES, {"tables": [each.table for each in holdings]})
        return cursor.fetchall()


def obstacles_in(conn: Connection, database: str) -> list[str]:
    """What forbids a clear, one line each: rows of a user's own in the place of seeded ones or
    pointing at them, and policies that hide rows."""
    holdings = holdings_of(conn)
    held = {each.table: each for each in holdings}
    lines = [_hidden(conn, each) for each in holdings]
    if not any(lines):
        lines += [_own(conn, each) for each in holdings]
        lines += [
            _pointing(conn, each, held[each.parent_table], _child(each, held))
            for each in references_to(conn, holdings)
        ]
    return [f"{database}: {line}" for line in lines if line]


def _hidden(conn: Connection, held: Held) -> str | None:
    name = held.name.as_string(conn)
    row: Any = conn.execute("SELECT row_security_active(%s::regclass)", (name,)).fetchone()
    if not row[0]:
        return None
    policies = "SELECT polname::text FROM pg_policy WHERE polrelid = %s::regclass ORDER BY 1"
    named = ", ".join(row[0] for row in conn.execute(policies, (name,))) or "without a policy"
    return f"row-level security ({named}) hides rows of {held.table} from role {conn.info.user}"


def _own(conn: Connection, held: Held) -> str | None:
    """Rows under the keys of seeded rows that somebody deleted."""
    query = sql.SQL(
        "SELECT count(*), min({key}) FROM unnest(%(low)s::bigint[], %(high)s::bigint[])"
        " AS gone (low, high), LATERAL"
        " (SELECT {key} FROM ONLY {table} WHERE {key} BETWEEN gone.low AND gone.high) AS own"
    ).format(key=sql.Identifier(held.key), table=held.name)
    ranges = noted.deleted_ranges(conn, held.table)
    row: Any = conn.execute(query, bounds(ranges)).fetchone() if ranges else (0, None)
    count, first = row
    if not count:
        return None
    more = f" (and {count - 1} more)" if count > 1 else ""
    return (
        f"row {held.key} {first} of {held.table}{more} stands where a seeded row was deleted, "
        "and is not dhub's"
    )


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
