"""Takes an estate, gives each table and report of it as the server's catalogue tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from dhub.estate.connections import Connection, connect
from dhub.estate.databases import Estate

SAMPLE = 5
_KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view"}

_RELATIONS = """
SELECT n.nspname::text, c.relname::text, c.relkind::text,
    coalesce(obj_description(c.oid, 'pg_class'), ''), c.oid::int
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'reporting') AND c.relkind IN ('r', 'p', 'v', 'm')
ORDER BY n.nspname, c.oid
"""
_COLUMNS = """
SELECT attname::text, format_type(atttypid, atttypmod), attnotnull,
    coalesce(col_description(attrelid, attnum), '')
FROM pg_attribute WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_CONSTRAINTS = """
SELECT conname::text, contype::text, pg_get_constraintdef(k.oid),
    ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS c(n, place)
          JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = c.n ORDER BY place),
    confrelid::regclass::text
FROM pg_constraint k WHERE conrelid = %s AND contype IN ('p', 'u', 'f', 'c')
ORDER BY strpos('pufc', contype::text), conname
"""


@dataclass(frozen=True)
class Column:
    """A column with its comment."""

    name: str
    type: str
    required: bool
    comment: str


@dataclass(frozen=True)
class Constraint:
    """`kind` is p, u, f or c; `target` the table that a foreign key points to."""

    name: str
    kind: str
    definition: str
    columns: tuple[str, ...]
    target: str | None


@dataclass(frozen=True)
class Relation:
    """A table or report, with its first rows."""

    schema: str
    name: str
    kind: str
    comment: str
    columns: tuple[Column, ...]
    constraints: tuple[Constraint, ...]
    rows: Sequence[tuple[Any, ...]]
    count: int

    def keys_of(self, kind: str) -> set[str]:
        """The columns of all constraints of a kind."""
        return {name for each in self.constraints if each.kind == kind for name in each.columns}

    @property
    def foreign_keys(self) -> tuple[Constraint, ...]:
        return tuple(each for each in self.constraints if each.kind == "f")


def relations(estate: Estate, database: str) -> tuple[Relation, ...]:
    """The tables in the order in which they were made, then the reports."""
    with connect(estate, database) as conn:
        found = conn.execute(_RELATIONS).fetchall()
        return tuple(_relation(conn, *each) for each in found)


def _relation(
    conn: Connection, schema: str, name: str, kind: str, comment: str, oid: int
) -> Relation:
    columns = tuple(Column(*row) for row in conn.execute(_COLUMNS, (oid,)))
    constraints = tuple(
        Constraint(conname, contype, definition, tuple(of), None if target == "-" else target)
        for conname, contype, definition, of, target in conn.execute(_CONSTRAINTS, (oid,))
    )
    rows, count = _rows(conn, sql.Identifier(schema, name), columns)
    return Relation(schema, name, _KINDS[kind], comment, columns, constraints, rows, count)


def _rows(
    conn: Connection, place: sql.Identifier, columns: Sequence[Column]
) -> tuple[list[tuple[Any, ...]], int]:
    """The first rows as the server writes them, and how many there are.

    By all columns, since a report has no key; the first column of a table is its key.
    """
    order = sql.SQL(", ").join(sql.SQL(str(n + 1)) for n in range(len(columns)))
    cells = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(c.name)) for c in columns)
    some = sql.SQL("SELECT {} FROM (SELECT * FROM {} ORDER BY {} LIMIT {}) AS sample")
    rows = conn.execute(some.format(cells, place, order, sql.Literal(SAMPLE))).fetchall()
    ((count,),) = conn.execute(sql.SQL("SELECT count(*) FROM {}").format(place)).fetchall()
    return rows, count
