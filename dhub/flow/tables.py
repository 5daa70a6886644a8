"""Takes one of the six databases, gives its business tables with what they hold."""

from __future__ import annotations

from typing import NamedTuple

from psycopg import sql

from dhub.flow.databases import Estate, connect


class TableInfo(NamedTuple):
    """A table of schema public."""

    table: str
    rows: int
    columns: int
    comment: str


_TABLES = """
SELECT c.relname, (SELECT count(*)::int FROM pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    coalesce(obj_description(c.oid, 'pg_class'), '')
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
ORDER BY c.relname
"""


def tables_of(estate: Estate, database: str) -> list[TableInfo]:
    """The tables by name, their rows counted; raises what `connect` raises."""
    with connect(estate, database) as conn:
        found = conn.execute(_TABLES).fetchall()
        count = sql.SQL("SELECT count(*) FROM public.{}")
        rows = {
            name: int(conn.execute(count.format(sql.Identifier(name))).fetchall()[0][0])
            for name, *_ in found
        }
    return [TableInfo(name, rows[name], columns, comment) for name, columns, comment in found]
