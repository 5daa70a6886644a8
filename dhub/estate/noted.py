"""Takes the bank's tables, has the server note which seeded rows somebody deletes from them.

A row that stands under such a key is not dhub's, whatever it holds; an UPDATE leaves a row dhub's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

from psycopg import sql

from dhub.estate.ledger import Connection, Ranges, joined

_DELETED, _TRUNCATED = "dhub_notes_deleted", "dhub_notes_truncated"

_LACKING = """
SELECT c.relname::text, wanted.trigger FROM pg_class c
CROSS JOIN unnest(ARRAY['dhub_notes_deleted', 'dhub_notes_truncated']) AS wanted (trigger)
WHERE c.relnamespace = to_regnamespace('public') AND c.relkind = 'r' AND c.relname = ANY (%s)
    AND NOT EXISTS (SELECT FROM pg_trigger t
        WHERE t.tgrelid = c.oid AND t.tgname = wanted.trigger)
ORDER BY 1, 2
"""

_WATCHING = """
SELECT t.tgrelid::regclass::text, c.relnamespace::regnamespace::text, c.relname::text,
    t.tgname::text,
    split_part(encode(t.tgargs, 'escape'), '\\000', 1) AS called
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE t.tgfoid = to_regprocedure('dhub.note_deleted()')
ORDER BY 2, 3, 4
"""

# A row where deletions are noted of any table.
WATCHED = "SELECT FROM pg_trigger WHERE tgfoid = to_regprocedure('dhub.note_deleted()')"

_CREATE: dict[str, LiteralString] = {
    _DELETED: "CREATE TRIGGER {trigger} AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone"
    " FOR EACH STATEMENT EXECUTE FUNCTION dhub.note_deleted({name}, {key})",
    _TRUNCATED: "CREATE TRIGGER {trigger} AFTER TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION dhub.note_deleted({name}, {key})",
}


def watch(conn: Connection, keys: Mapping[str, str]) -> None:
    """Note from now on what is deleted from these tables of public, each with its key column."""
    _execute_all(
        conn,
        [
            sql.SQL(_CREATE[trigger]).format(
                trigger=sql.Identifier(trigger),
                table=sql.Identifier("public", table),
                name=sql.Literal(table),
                key=sql.Literal(keys[table]),
            )
            for table, trigger in conn.execute(_LACKING, (list(keys),)).fetchall()
        ],
    )


def unwatch(conn: Connection) -> None:
    """Note nothing any more, in the caller's transaction."""
    _execute_all(
        conn,
        [
            sql.SQL("DROP TRIGGER {} ON {}").format(
                sql.Identifier(trigger), sql.Identifier(schema, table)
            )
            for _, schema, table, trigger, _ in conn.execute(_WATCHING).fetchall()
        ],
    )


def _execute_all(conn: Connection, statements: Sequence[sql.Composed]) -> None:
    """In one message, and in one transaction: a run has some seventy of them."""
    if statements:
        conn.execute(sql.SQL("; ").join(statements))


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
