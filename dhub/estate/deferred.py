"""Takes empty tables, gives them without foreign keys, keys of numbers and indexes.

A foreign key held during COPY costs 2.5 times its later validation, a key three times its later
building. What is dropped is written to dhub.deferred in the same transaction, so that no kill at
any instant can lose it; `restoring` puts it back. Connections are in autocommit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from dhub.estate.ledger import Connection

FOREIGN_KEY, INDEX = "foreign key", "index"
PRIMARY_KEY, UNIQUE = "primary key", "unique constraint"

# A user's open transaction on our tables would let a run wait for ever. (assumed)
_LOCK_PATIENCE = "30s"


@dataclass(frozen=True)
class Owed:
    """A foreign key, key or index that was dropped, with what puts it back."""

    kind: str
    table_name: str
    name: str
    definition: str
    remark: str | None
    columns: list[str]
    parent_table: str | None
    parent_columns: list[str] | None

    @property
    def label(self) -> str:
        """How status and errors name it: "foreign key accounts.accounts_customer_id_fkey"."""
        return f"{self.kind} {self.table_name}.{self.name}"


_NAMES = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(Owed))

# Left alone: constraints a user has not validated or not enforced, those of partitions, and
# indexes with a place of their own, that a replica needs, or that an extension made.
_FOREIGN_KEYS = """
SELECT 'foreign key' AS kind, child.relname::text AS table_name, con.conname::text AS name,
    pg_get_constraintdef(con.oid) AS definition,
    obj_description(con.oid, 'pg_constraint') AS remark,
    (SELECT array_agg(attname::text ORDER BY place)
        FROM unnest(con.conkey) WITH ORDINALITY AS k (num, place)
        JOIN pg_attribute ON attrelid = con.conrelid AND attnum = num) AS columns,
    parent.relname::text AS parent_table,
    (SELECT array_agg(attname::text ORDER BY place)
        FROM unnest(con.confkey) WITH ORDINALITY AS k (num, place)
        JOIN pg_attribute ON attrelid = con.confrelid AND attnum = num) AS parent_columns
FROM pg_constraint con
JOIN pg_class child ON child.oid = con.conrelid
JOIN pg_class parent ON parent.oid = con.confrelid
WHERE con.contype = 'f' AND con.convalidated AND con.conparentid = 0
    AND child.relnamespace = to_regnamespace('public')
    AND parent.relnamespace = to_regnamespace('public')
    AND child.relname = ANY(%(tables)s) AND (parent.relname = ANY(%(tables)s) OR %(any_parent)s)
ORDER BY 2, 3
"""

_INDEXES = """
SELECT 'index' AS kind, t.relname::text AS table_name, i.relname::text AS name,
    pg_get_indexdef(i.oid) AS definition, obj_description(i.oid, 'pg_class') AS remark,
    coalesce((SELECT array_agg(attname::text) FROM pg_attribute
        WHERE attrelid = t.oid AND attnum = ANY(x.indkey::int2[])), '{}') AS columns,
    NULL AS parent_table, NULL AS parent_columns
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class t ON t.oid = x.indrelid
WHERE NOT x.indisunique AND NOT x.indisexclusion AND x.indisvalid AND i.relkind = 'i'
    AND NOT x.indisreplident AND NOT x.indisclustered AND i.reltablespace = 0
    AND t.relkind = 'r' AND t.relnamespace = to_regnamespace('public')
    AND t.relname = ANY(%(tables)s)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
        AND d.objid = i.oid AND d.deptype = 'e')
ORDER BY 2, 3
"""


# Of numbers and dates alone: dhub counts these, so that no row of its own can break one, and in an
# empty table there is no other. Those with text hold natural keys, whose collisions are healed.
# Left alone, too: what anything hangs on, a foreign key or a view that groups by the key; and the
# primary key of a published table, by which replicas know its rows.
_KEYS = """
SELECT CASE con.contype WHEN 'p' THEN 'primary key' ELSE 'unique constraint' END AS kind,
    t.relname::text AS table_name, con.conname::text AS name,
    pg_get_constraintdef(con.oid) AS definition,
    obj_description(con.oid, 'pg_constraint') AS remark,
    (SELECT array_agg(attname::text) FROM pg_attribute
        WHERE attrelid = t.oid AND attnum = ANY(con.conkey)) AS columns,
    NULL AS parent_table, NULL AS parent_columns
FROM pg_constraint con
JOIN pg_class t ON t.oid = con.conrelid
JOIN pg_class i ON i.oid = con.conindid
JOIN pg_index x ON x.indexrelid = i.oid
WHERE con.contype IN ('p', 'u') AND NOT con.condeferrable AND t.relkind = 'r'
    AND i.reltablespace = 0 AND NOT x.indisreplident AND NOT x.indisclustered
    AND t.relnamespace = to_regnamespace('public') AND t.relname = ANY(%(tables)s)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.deptype <> 'i'
        AND (d.refclassid, d.refobjid) IN (('pg_constraint'::regclass::oid, con.oid),
            ('pg_class'::regclass::oid, i.oid)))
    AND NOT EXISTS (SELECT FROM pg_attribute JOIN pg_type y ON y.oid = atttypid
        WHERE attrelid = t.oid AND attnum = ANY(con.conkey) AND y.typcategory NOT IN ('N', 'D'))
    AND NOT (con.contype = 'p' AND EXISTS (SELECT FROM pg_publication_tables p
        WHERE p.schemaname = 'public' AND p.tablename = t.relname))
ORDER BY 2, 3
"""


@contextmanager
def transaction(conn: Connection) -> Iterator[None]:
    """A transaction in which the server writes every name qualified and waits for locks briefly.

    Raises Locked when another session keeps the tables locked.
    """
    with conn.transaction():
        settle(conn)
        yield


def settle(conn: Connection) -> None:
    """Set what `transaction` promises, as the first thing in a transaction.

    Read committed, so that what is asked after a lock was taken sees who held it before.
    """
    conn.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
    conn.execute(
        "SELECT set_config('search_path', 'pg_catalog', true),"
        " set_config('lock_timeout', %s, true)",
        (_LOCK_PATIENCE,),
    )


def lock(conn: Connection, tables: Sequence[tuple[str, str]], mode: LiteralString) -> None:
    """Lock these (schema, table) in order of their names, so that two sessions cannot deadlock."""
    names = sql.SQL(", ").join(sql.SQL("ONLY ") + sql.Identifier(*each) for each in sorted(tables))
    if tables:
        conn.execute(sql.SQL("LOCK TABLE {} IN {} MODE").format(names, sql.SQL(mode)))


def defer(conn: Connection, tables: Sequence[str]) -> list[str]:
    """Drop foreign keys, indexes and keys of numbers of those `tables` that are empty.

    Of a foreign key only the referring table must be among them: whether the other is a filled
    look-up table, or holds rows of the user, nothing refers to it. All in one transaction with what
    is needed to put them back; gives the labels of what was dropped.
    """
    with transaction(conn):
        # Looked at first without a lock, so that a table in use is not waited for.
        if not (free := [table for table in sorted(tables) if _empty(conn, table)]):
            return []
        parents = {each.parent_table for each in _find(conn, _FOREIGN_KEYS, free, True)}
        everything = sorted({*free, *filter(None, parents)})
        lock(conn, [("public", table) for table in everything], "ACCESS EXCLUSIVE")
        free = [table for table in free if _empty(conn, table)]
        dropped = _find(conn, _FOREIGN_KEYS, free, True)
        take_down(conn, dropped)
        # Asked when the foreign keys are down: what still hangs on a key then keeps it standing.
        rest = _find(conn, _INDEXES, free) + _find(conn, _KEYS, free)
        take_down(conn, rest)
    return [owed.label for owed in dropped + rest]


def foreign_keys(conn: Connection, tables: Sequence[str]) -> list[Owed]:
    """The validated foreign keys that lie wholly among these tables of schema public."""
    return _find(conn, _FOREIGN_KEYS, tables)


def take_down(conn: Connection, objects: Sequence[Owed]) -> None:
    """Drop the objects and write down what is owed, in the caller's transaction."""
    save = sql.SQL(
        "INSERT INTO dhub.deferred ({}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (kind, table_name, name) DO UPDATE SET definition = EXCLUDED.definition"
    ).format(_NAMES)
    for owed in objects:
        conn.execute(save, [getattr(owed, field.name) for field in fields(Owed)])
        conn.execute(_drop(owed))


def _drop(owed: Owed) -> sql.Composed:
    if owed.kind == INDEX:
        return sql.SQL("DROP INDEX {}").format(sql.Identifier("public", owed.name))
    return sql.SQL("ALTER TABLE ONLY {} DROP CONSTRAINT {}").format(
        sql.Identifier("public", owed.table_name), sql.Identifier(owed.name)
    )


def owed(conn: Connection) -> list[str]:
    """Labels of what this database owes, indexes and foreign keys by table."""
    return [each.label for each in owed_objects(conn)]


def owed_objects(conn: Connection) -> list[Owed]:
    """What this database owes; the indexes of a table come first, since its rows are hot then."""
    query = sql.SQL("SELECT {} FROM dhub.deferred ORDER BY table_name, kind DESC, name")
    with conn.cursor(row_factory=class_row(Owed)) as cursor:
        return cursor.execute(query.format(_NAMES)).fetchall()


def _find(
    conn: Connection, query: LiteralString, tables: Sequence[str], any_parent: bool = False
) -> list[Owed]:
    with conn.cursor(row_factory=class_row(Owed)) as cursor:
        given = {"tables": list(tables), "any_parent": any_parent}
        return cursor.execute(query, given).fetchall()


def _empty(conn: Connection, table: str) -> bool:
    query = sql.SQL("SELECT NOT EXISTS (SELECT FROM ONLY {})")
    return bool(value(conn.execute(query.format(sql.Identifier("public", table)))))


def value(cursor: psycopg.Cursor[Any]) -> Any:
    """The one value of an answer."""
    row = cursor.fetchone()
    return row[0] if row else None
