"""Takes the bank's tables, has the server note which seeded rows somebody deletes from them.

A row that stands under such a key is not dhub's, whatever it holds; an UPDATE leaves a row dhub's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import sql

from dhub.estate.ledger import Connection, Ranges, joined

_DELETED, _TRUNCATED = "dhub_notes_deleted", "dhub_notes_truncated"

_LACKING = """
SELECT c.relname::text FROM pg_class c
WHERE c.relnamespace = to_regnamespace('public') AND c.relkind = 'r' AND c.relname = ANY (%s)
    AND (SELECT count(*) FROM pg_trigger t
        WHERE t.tgrelid = c.oid AND t.tgname IN ('dhub_notes_deleted', 'dhub_notes_truncated')) < 2
ORDER BY 1
"""

_WATCHING = """
SELECT t.tgrelid::regclass::text, c.relnamespace::regnamespace::text, c.relname::text,
    t.tgname::text,
    split_part(encode(t.tgargs, 'escape'), '\\000', 1) AS called
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE t.tgfoid = to_regprocedure('dhub.note_deleted()')
ORDER BY 2, 3, 4
"""

_CREATE = (
    "CREATE TRIGGER {deleted} AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone"
    " FOR EACH STATEMENT EXECUTE FUNCTION dhub.note_deleted({name}, {key})",
    "CREATE TRIGGER {truncated} AFTER TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION dhub.note_deleted({name}, {key})",
)


def watch(conn: Connection, keys: Mapping[str, str]) -> None:
    """Note from now on what is deleted from these tables of public, each with its key column."""
    lacking = [row[0] for row in conn.execute(_LACKING, (list(keys),))]
    for table in lacking:
        for statement, trigger in zip(_CREATE, (_DELETED, _TRUNCATED), strict=True):
            there = "SELECT FROM pg_trigger WHERE tgname = %s AND tgrelid = to_regclass(%s)"
            name = sql.Identifier("public", table)
            if conn.execute(there, (trigger, name.as_string(conn))).fetchone() is None:
                conn.execute(
                    sql.SQL(statement).format(
                        deleted=sql.Identifier(_DELETED),
                        truncated=sql.Identifier(_TRUNCATED),
                        table=name,
                        name=sql.Literal(table),
                        key=sql.Literal(keys[table]),
                    )
                )


def unwatch(conn: Connection) -> None:
    """Note nothing any more, in the caller's transaction."""
    for _, schema, table, trigger, _ in conn.execute(_WATCHING).fetchall():
        conn.execute(
            sql.SQL("DROP TRIGGER {} ON {}").format(
                sql.Identifier(trigger), sql.Identifier(schema, table)
            )
        )


def watching(conn: Connection) -> bool:
    """Whether deletions are noted of any table."""
    return bool(conn.execute(_WATCHING).fetchone())


def renamed(conn: Connection) -> dict[str, str]:
    """Tables that bear another name or lie in another schema by now: dhub's name → today's."""
    found = {}
    for today, schema, table, _, called in conn.execute(_WATCHING).fetchall():
        if (schema, table) != ("public", called):
            found[called] = today
    return found


def deleted_ranges(conn: Connection, table: str) -> Ranges:
    """Keys of seeded rows of the table that somebody deleted, ascending, neighbours joined."""
    there: Any = conn.execute("SELECT to_regclass('dhub.deleted') IS NOT NULL").fetchone()
    if not there[0]:
        return []
    query = "SELECT first_key, last_key FROM dhub.deleted WHERE table_name = %s ORDER BY 1, 2"
    return joined(conn.execute(query, (table,)))
