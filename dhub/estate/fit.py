"""Takes a database and the columns of the bank, gives what a user changed so that rows do not fit.

Reads only. Asked before a run writes and before a clear makes room for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, LiteralString

from psycopg.rows import namedtuple_row

from dhub.estate import noted
from dhub.estate.ledger import Connection
from dhub.model import Column, Table

_KINDS = {"v": "a view", "m": "a materialized view", "p": "partitioned", "f": "a foreign table"}
# A binary COPY takes these for each other; what is too long is found when it is loaded.
_SAME = {"timestamptz": {"timestamp with time zone"}, "text": {"text", "character varying"}}

_TABLES = """
SELECT c.relname::text AS name, c.relkind::text AS kind,
    row_security_active(c.oid) AS hidden, pg_get_userbyid(c.relowner)::text AS owner,
    pg_has_role(c.relowner, 'USAGE') AS owned
FROM pg_class c
WHERE c.relnamespace = to_regnamespace('public') AND c.relname = ANY (%s)
    AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
"""

_COLUMNS = """
SELECT c.relname::text AS table, a.attname::text AS name,
    format_type(CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END, NULL) AS type,
    a.attgenerated <> '' AS computed,
    a.attnotnull AS filled, a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS wanted
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relnamespace = to_regnamespace('public') AND c.relname = ANY (%s)
    AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""


def misfits(conn: Connection, tables: Iterable[Table]) -> list[str]:
    """What keeps the bank's rows out of these tables, a line each: a table or column that is gone,
    is of another kind or type, or one of a user's own that wants a value."""
    wanted = {table.name: table.columns for table in tables}
    moved = noted.renamed(conn)
    there = {each.name: each for each in _asked(conn, _TABLES, wanted)}
    columns: dict[str, dict[str, Any]] = {}
    for each in _asked(conn, _COLUMNS, wanted):
        columns.setdefault(each.table, {})[each.name] = each
    lines = []
    for name, known in wanted.items():
        if name not in there:
            lines.append(
                f"table {name} is called {moved[name]} now"
                if name in moved
                else f"table {name} is not there any more"
            )
        elif fault := _of_table(there[name], conn.info.user):
            lines.append(fault)
        else:
            lines += [f"{name}.{fault}" for fault in _of_columns(known, columns.get(name, {}))]
    return lines


def _asked(conn: Connection, query: LiteralString, tables: Iterable[str]) -> list[Any]:
    with conn.cursor(row_factory=namedtuple_row) as cursor:
        return list(cursor.execute(query, (list(tables),)))


def _of_table(found: Any, user: str) -> str | None:
    if found.kind != "r":
        return f"{found.name} is {_KINDS[found.kind]} now, and no plain table"
    if found.hidden:
        return f"row-level security of table {found.name} holds for role {user}"
    if not found.owned:
        return f"table {found.name} belongs to role {found.owner}, and not to {user}"
    return None


def _of_columns(known: Iterable[Column], found: Mapping[str, Any]) -> Iterator[str]:
    ours = set()
    for column in known:
        ours.add(column.name)
        there = found.get(column.name)
        base = column.type.partition("(")[0]
        if there is None:
            yield f"{column.name} is not there any more"
        elif there.computed:
            yield f"{column.name} is a generated column now"
        elif there.filled and column.null:
            yield f"{column.name} is NOT NULL now, and the bank leaves it open"
        elif there.type not in _SAME.get(base, {base}):
            yield f"{column.name} is of type {there.type} now, and not {column.type}"
    for name, there in found.items():
        if name not in ours and there.wanted:
            yield f"{name}, a column of your own, is NOT NULL and has no default"
