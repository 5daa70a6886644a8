"""Takes one of the six databases, gives its tables and reports with what they hold."""

from __future__ import annotations

from typing import NamedTuple

import psycopg
from psycopg import sql

from dhub.estate import guard
from dhub.estate.connections import LOOKING, Connection
from dhub.estate.databases import Estate
from dhub.estate.kept import Kept, keeping


class TableInfo(NamedTuple):
    """A table of schema public, or what schema reporting holds; `rows` None: it cannot be read."""

    schema: str
    table: str
    kind: str
    rows: int | None
    columns: int
    comment: str


_TABLES = """
SELECT c.relnamespace::regnamespace::text, c.relname,
    CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END,
    (SELECT count(*)::int FROM pg_attribute a
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    coalesce(obj_description(c.oid, 'pg_class'), '')
FROM pg_class c
WHERE c.relnamespace = to_regnamespace('public') AND c.relkind IN ('r', 'p')
    OR c.relnamespace = to_regnamespace('reporting') AND c.relkind IN ('r', 'p', 'v', 'm')
ORDER BY 1, 2
"""


def tables_of(estate: Estate, database: str, kept: Kept | None = None) -> list[TableInfo]:
    """The tables by schema and name, their rows counted; raises what `connect` raises."""
    with keeping(estate, kept) as known:
        conn = known.to(database, LOOKING)
        guard.marked(conn, database)  # refused when it is another of the six
        found = conn.execute(_TABLES).fetchall()
        return [
            TableInfo(schema, name, kind, _count(conn, schema, name), columns, comment)
            for schema, name, kind, columns, comment in found
        ]


def _count(conn: Connection, schema: str, name: str) -> int | None:
    count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, name))
    try:
        return int(conn.execute(count).fetchall()[0][0])
    except psycopg.Error:
        # A view of a user's own may be out of order; the others are still to be listed.
        if conn.closed:
            raise
        return None
