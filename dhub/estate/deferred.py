"""Takes empty tables, gives them without foreign keys and indexes, and puts those back validated.

A foreign key held during COPY costs 2.5 times its later validation, a unique constraint three times
its later building. What is dropped is written to dhub.deferred in the same transaction, so that no
kill at any instant can lose it. Connections are in autocommit; restoring may be repeated, and done
in parallel table by table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, LiteralString

import psycopg
from psycopg import errors, sql
from psycopg.rows import class_row

from dhub.errors import Refused
from dhub.estate.ledger import Connection

FOREIGN_KEY, INDEX, UNIQUE = "foreign key", "index", "unique constraint"

# Sorts 2 M rows in memory: a tenth faster than with the server's 64 MB. One sort a connection.
_INDEX_MEMORY = "256MB"
# A user's open transaction on our tables would let a run wait for ever. (assumed)
_LOCK_PATIENCE = "30s"


@dataclass(frozen=True)
class Owed:
    """A foreign key, unique constraint or index that was dropped, with what puts it back."""

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


_CONTRADICTIONS = (
    errors.ForeignKeyViolation,
    errors.UniqueViolation,
    errors.UndefinedTable,
    errors.UndefinedColumn,
)
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
_UNIQUES = """
SELECT 'unique constraint' AS kind, t.relname::text AS table_name, con.conname::text AS name,
    pg_get_constraintdef(con.oid) AS definition,
    obj_description(con.oid, 'pg_constraint') AS remark,
    (SELECT array_agg(attname::text) FROM pg_attribute
        WHERE attrelid = t.oid AND attnum = ANY(con.conkey)) AS columns,
    NULL AS parent_table, NULL AS parent_columns
FROM pg_constraint con
JOIN pg_class t ON t.oid = con.conrelid
JOIN pg_class i ON i.oid = con.conindid
JOIN pg_index x ON x.indexrelid = i.oid
WHERE con.contype = 'u' AND NOT con.condeferrable AND t.relkind = 'r' AND i.reltablespace = 0
    AND NOT x.indisreplident AND NOT x.indisclustered
    AND t.relnamespace = to_regnamespace('public') AND t.relname = ANY(%(tables)s)
    AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = i.oid)
    AND NOT EXISTS (SELECT FROM pg_attribute JOIN pg_type y ON y.oid = atttypid
        WHERE attrelid = t.oid AND attnum = ANY(con.conkey) AND y.typcategory NOT IN ('N', 'D'))
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
    """Drop foreign keys, indexes, unique constraints of numbers of those `tables` that are empty.

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
        dropped += _find(conn, _INDEXES, free) + _find(conn, _UNIQUES, free)
        take_down(conn, dropped)
    return [owed.label for owed in dropped]


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


def restore(conn: Connection) -> list[str]:
    """Put back all that this database owes, validated; gives the labels of what was put back.

    Raises Refused, naming each constraint and row, when a user's rows contradict one: the others
    are back by then. Afterwards nothing is owed.
    """
    announce(conn)
    tables = owed_tables(conn)
    faults: list[str] = []
    done: list[str] = []
    for table in tables:
        done += _restore(conn, table, faults)
    _raise_faults(conn, faults)
    return done


def announce(conn: Connection) -> None:
    """Add the owed foreign keys without validation, one short transaction each.

    After this the tables no longer depend on each other: `restore_table` takes no lock that
    another table's would wait for. A key whose table is gone stays owed.
    """
    for owed in owed_objects(conn):
        if owed.kind == FOREIGN_KEY and not _standing(conn, owed):
            _try(conn, owed, [], partial(_add, conn, owed, " NOT VALID"))


def owed_tables(conn: Connection) -> list[str]:
    """The tables that are owed something: after `announce`, each can be restored on its own."""
    return list(dict.fromkeys(owed.table_name for owed in owed_objects(conn)))


def restore_table(conn: Connection, table: str) -> list[str]:
    """Build the owed indexes and validate the owed foreign keys of one table, as `restore`."""
    faults: list[str] = []
    done = _restore(conn, table, faults)
    _raise_faults(conn, faults)
    return done


def _restore(conn: Connection, table: str, faults: list[str]) -> list[str]:
    wanted = [owed for owed in owed_objects(conn) if owed.table_name == table]
    return [
        owed.label for owed in wanted if _try(conn, owed, faults, partial(put_back, conn, owed))
    ]


def _try(conn: Connection, owed: Owed, faults: list[str], step: Callable[[], None]) -> bool:
    """Run a step in its own transaction; what a user's rows or changes forbid is noted."""
    try:
        with transaction(conn):
            step()
    except _CONTRADICTIONS as error:
        told = error.diag.message_detail or error.diag.message_primary or ""
        faults.append(f"{owed.label}: {told}")
        return False
    return True


def _raise_faults(conn: Connection, faults: list[str]) -> None:
    if faults:
        raise Refused(
            f"{conn.info.dbname}: not put back, since rows that dhub did not make contradict it: "
            f"{'; '.join(faults)} Correct them, then `dhub seed resume`."
        )


def put_back(conn: Connection, owed: Owed) -> None:
    """Restore one object and strike it off dhub.deferred, in the caller's transaction."""
    conn.execute("SELECT set_config('maintenance_work_mem', %s, true)", (_INDEX_MEMORY,))
    if not _standing(conn, owed):
        _add(conn, owed)
    elif owed.kind == FOREIGN_KEY:
        conn.execute(_on_constraint("ALTER TABLE ONLY {} VALIDATE CONSTRAINT {}", owed))
    _strike_off(conn, owed)


def _strike_off(conn: Connection, owed: Owed) -> None:
    conn.execute(
        "DELETE FROM dhub.deferred WHERE kind = %s AND table_name = %s AND name = %s",
        (owed.kind, owed.table_name, owed.name),
    )


def put_back_all(conn: Connection) -> None:
    """Restore all that is owed, in the caller's transaction; what a foreign key needs comes first.

    What belonged to a table that is gone is struck off.
    """
    for owed in sorted(owed_objects(conn), key=lambda each: each.kind == FOREIGN_KEY):
        if _tables_there(conn, owed):
            put_back(conn, owed)
        else:
            _strike_off(conn, owed)


def _tables_there(conn: Connection, owed: Owed) -> bool:
    query = (
        "SELECT to_regclass(%s) IS NOT NULL AND (%s::text IS NULL OR to_regclass(%s) IS NOT NULL)"
    )
    table, parent = (
        sql.Identifier("public", name or owed.table_name).as_string(conn)
        for name in (owed.table_name, owed.parent_table)
    )
    return bool(_value(conn.execute(query, (table, owed.parent_table, parent))))


def _add(conn: Connection, owed: Owed, suffix: LiteralString = "") -> None:
    # The definition is the server's own text, written with every name qualified.
    definition = sql.SQL(owed.definition)
    if owed.kind == INDEX:
        conn.execute(definition)
        remark = sql.SQL("COMMENT ON INDEX {}").format(sql.Identifier("public", owed.name))
    else:
        add = _on_constraint("ALTER TABLE ONLY {} ADD CONSTRAINT {} ", owed)
        conn.execute(add + definition + sql.SQL(suffix))
        remark = _on_constraint("COMMENT ON CONSTRAINT {1} ON {0}", owed)
    if owed.remark is not None:
        conn.execute(remark + sql.SQL(" IS {}").format(sql.Literal(owed.remark)))


def _on_constraint(statement: LiteralString, owed: Owed) -> sql.Composed:
    return sql.SQL(statement).format(
        sql.Identifier("public", owed.table_name), sql.Identifier(owed.name)
    )


def _standing(conn: Connection, owed: Owed) -> bool:
    """Whether the object is there already: announced, or put back by hand."""
    query = (
        "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(%(qualified)s)"
        " AND indrelid = to_regclass(%(table)s))"
        if owed.kind == INDEX
        else "SELECT EXISTS (SELECT FROM pg_constraint WHERE conname = %(name)s"
        " AND contype = %(type)s AND conrelid = to_regclass(%(table)s))"
    )
    named = {
        "type": {FOREIGN_KEY: "f", UNIQUE: "u"}.get(owed.kind),
        "name": owed.name,
        "qualified": sql.Identifier("public", owed.name).as_string(conn),
        "table": sql.Identifier("public", owed.table_name).as_string(conn),
    }
    return bool(_value(conn.execute(query, named)))


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
    return bool(_value(conn.execute(query.format(sql.Identifier("public", table)))))


def _value(cursor: psycopg.Cursor[Any]) -> Any:
    row = cursor.fetchone()
    return row[0] if row else None
