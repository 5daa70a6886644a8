"""Takes a loaded database that owes keys, foreign keys and indexes, puts them back validated.

An order holds throughout: keys before the foreign keys that refer to them. All at once by one
connection (`restore`), in a transaction of the caller's (`put_back_all`), or side by side: builds
in any order, then `attach`, then the tables' own foreign keys in any order. Everything may be
repeated, whoever was killed when.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import LiteralString

from psycopg import errors, sql

from dhub.errors import Refused
from dhub.estate.deferred import (
    FOREIGN_KEY,
    INDEX,
    PRIMARY_KEY,
    UNIQUE,
    Owed,
    owed_objects,
    transaction,
    value,
)
from dhub.estate.ledger import Connection

KEYS = (PRIMARY_KEY, UNIQUE)

# Sorts 2 M rows in memory: a tenth faster than with the server's 64 MB. One sort a connection.
_INDEX_MEMORY = "256MB"
_CONTRADICTIONS = (
    errors.ForeignKeyViolation,
    errors.UniqueViolation,
    errors.UndefinedTable,
    errors.UndefinedColumn,
)
# A key whose index can be made first: of columns, without anything said beside them.
_PLAIN = re.compile(r"(?:PRIMARY KEY|UNIQUE) (\([^()]+\))")


def restore(conn: Connection) -> list[str]:
    """Put back all that this database owes, validated; gives the labels of what was put back.

    Raises Refused, naming each constraint and row, when a user's rows contradict one: the others
    are back by then, but for foreign keys to a key that is not. Afterwards nothing is owed.
    """
    done, faults = [], list[str]()
    for owed in sorted(owed_objects(conn), key=_late):
        if not _waits(conn, owed) and _try(conn, owed, faults, partial(put_back, conn, owed)):
            done.append(owed.label)
    raise_faults(conn, faults)
    return done


def buildable(conn: Connection) -> list[Owed]:
    """The owed keys and indexes, each of which `build` can make beside all others."""
    return [owed for owed in owed_objects(conn) if owed.kind != FOREIGN_KEY]


def build(conn: Connection, owed: Owed, faults: list[str]) -> None:
    """Make an owed index, or the index of a key, which `attach` makes a constraint.

    Takes no lock that another build, of the same table even, would wait for. What forbids it is
    added to `faults`.
    """
    if owed.kind == INDEX:
        _try(conn, owed, faults, partial(put_back, conn, owed))
    elif _PLAIN.fullmatch(owed.definition):
        _try(conn, owed, faults, partial(_build_key, conn, owed))


def attach(conn: Connection, faults: list[str]) -> None:
    """Make constraints of the keys whose indexes are there, then add the owed foreign keys without
    validation, one short transaction each.

    After this the tables no longer depend on each other: `validate` takes no lock that another
    table's would wait for. A key whose table is gone stays owed.
    """
    failed = {fault.partition(":")[0] for fault in faults}
    for owed in buildable(conn):
        if owed.kind in KEYS and owed.label not in failed:
            _try(conn, owed, faults, partial(put_back, conn, owed))
    for owed in owed_objects(conn):
        if owed.kind == FOREIGN_KEY and not _standing(conn, owed) and not _waits(conn, owed):
            _try(conn, owed, [], partial(_add, conn, owed, " NOT VALID"))


def validate(conn: Connection, table: str, faults: list[str]) -> None:
    """Put back what a table still owes after `attach`: its foreign keys, by now only unproved."""
    for owed in owed_objects(conn):
        if owed.table_name == table and owed.kind == FOREIGN_KEY and not _waits(conn, owed):
            _try(conn, owed, faults, partial(put_back, conn, owed))


def raise_faults(conn: Connection, faults: list[str]) -> None:
    """Raises Refused when there are any."""
    if faults:
        raise Refused(
            f"{conn.info.dbname}: not put back, since rows that dhub did not make contradict it: "
            f"{'; '.join(faults)} Correct them, then `dhub seed resume`."
        )


def put_back(conn: Connection, owed: Owed) -> None:
    """Restore one object and strike it off dhub.deferred, in the caller's transaction."""
    _sort_in_memory(conn)
    if not _standing(conn, owed):
        _add(conn, owed)
    elif owed.kind == FOREIGN_KEY:
        conn.execute(_on_constraint("ALTER TABLE ONLY {} VALIDATE CONSTRAINT {}", owed))
    _strike_off(conn, owed)


def put_back_all(conn: Connection) -> None:
    """Restore all that is owed, in the caller's transaction; what a foreign key needs comes first.

    What belonged to a table that is gone is struck off.
    """
    for owed in sorted(owed_objects(conn), key=_late):
        if _tables_there(conn, owed):
            put_back(conn, owed)
        else:
            _strike_off(conn, owed)


def _late(owed: Owed) -> bool:
    return owed.kind == FOREIGN_KEY


def _waits(conn: Connection, owed: Owed) -> bool:
    """Whether the key that a foreign key refers to is owed itself; so it stays owed, unblamed."""
    query = (
        "SELECT EXISTS (SELECT FROM dhub.deferred WHERE kind = ANY (%s) AND table_name = %s"
        " AND columns @> %s AND columns <@ %s)"
    )
    given = (list(KEYS), owed.parent_table, owed.parent_columns, owed.parent_columns)
    return owed.kind == FOREIGN_KEY and bool(value(conn.execute(query, given)))


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


def _sort_in_memory(conn: Connection) -> None:
    conn.execute("SELECT set_config('maintenance_work_mem', %s, true)", (_INDEX_MEMORY,))


def _build_key(conn: Connection, owed: Owed) -> None:
    """The index of a key, with a lock that lets others build on the same table meanwhile."""
    columns = _PLAIN.fullmatch(owed.definition)
    if columns and not _standing(conn, owed) and not _built(conn, owed):
        _sort_in_memory(conn)
        make = _on_constraint("CREATE UNIQUE INDEX {1} ON ONLY {0} ", owed)
        conn.execute(make + sql.SQL(columns[1]))


def _strike_off(conn: Connection, owed: Owed) -> None:
    conn.execute(
        "DELETE FROM dhub.deferred WHERE kind = %s AND table_name = %s AND name = %s",
        (owed.kind, owed.table_name, owed.name),
    )


def _tables_there(conn: Connection, owed: Owed) -> bool:
    query = (
        "SELECT to_regclass(%s) IS NOT NULL AND (%s::text IS NULL OR to_regclass(%s) IS NOT NULL)"
    )
    table, parent = (
        sql.Identifier("public", name or owed.table_name).as_string(conn)
        for name in (owed.table_name, owed.parent_table)
    )
    return bool(value(conn.execute(query, (table, owed.parent_table, parent))))


def _add(conn: Connection, owed: Owed, suffix: LiteralString = "") -> None:
    # The definition is the server's own text, written with every name qualified.
    definition: sql.Composable = sql.SQL(owed.definition)
    if owed.kind == INDEX:
        conn.execute(sql.SQL(owed.definition))
        remark = sql.SQL("COMMENT ON INDEX {}").format(sql.Identifier("public", owed.name))
    else:
        if owed.kind in KEYS and _built(conn, owed):
            kind = sql.SQL("PRIMARY KEY" if owed.kind == PRIMARY_KEY else "UNIQUE")
            definition = kind + sql.SQL(" USING INDEX {}").format(sql.Identifier(owed.name))
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
    if owed.kind == INDEX:
        return _indexed(conn, owed)
    query = (
        "SELECT EXISTS (SELECT FROM pg_constraint WHERE conname = %(name)s"
        " AND contype = %(type)s AND conrelid = to_regclass(%(table)s))"
    )
    given = {
        "type": {FOREIGN_KEY: "f", UNIQUE: "u", PRIMARY_KEY: "p"}[owed.kind],
        "name": owed.name,
        "table": sql.Identifier("public", owed.table_name).as_string(conn),
    }
    return bool(value(conn.execute(query, given)))


def _built(conn: Connection, owed: Owed) -> bool:
    """Whether the index of a key stands that is no constraint yet."""
    return _indexed(conn, owed, " AND indisunique AND indisvalid")


def _indexed(conn: Connection, owed: Owed, only: LiteralString = "") -> bool:
    query = (
        "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(%(qualified)s)"
        " AND indrelid = to_regclass(%(table)s)"
    )
    given = {
        "qualified": sql.Identifier("public", owed.name).as_string(conn),
        "table": sql.Identifier("public", owed.table_name).as_string(conn),
    }
    return bool(value(conn.execute(query + only + ")", given)))
