"""Takes one of the six databases, gives its business tables with what they hold."""

from __future__ import annotations

from typing import NamedTuple

from dhub.flow.databases import Estate, connect


class TableInfo(NamedTuple):
    """A table of schema public."""

    table: str
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
    """The tables by name; raises what `connect` raises."""
    with connect(estate, database) as conn:
        return [TableInfo(*row) for row in conn.execute(_TABLES)]
