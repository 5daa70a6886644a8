"""Takes a connection to one of the six, gives dhub_reader SELECT on what dhub made there, no more.

Each thing is granted once, and what others have put into the database never. What PUBLIC may do
by default, and the reader with it, is taken from PUBLIC in this database, as far as the login may.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import errors

from dhub.estate.migrate import known
from dhub.server.home import READER

Connection = psycopg.Connection[Any]

_MADE = re.compile(
    r"^CREATE (?:TABLE|VIEW|MATERIALIZED VIEW) (?:IF NOT EXISTS )?(?:(\w+)\.)?(\w+)", re.MULTILINE
)

# What every login may call by default and what stays when its transaction was read-only, or the
# server is older than 16: large objects, and messages in the log of changes.
_WRITING = [
    "lo_creat", "lo_create", "lo_from_bytea", "lo_import", "lo_put", "lo_truncate",
    "lo_truncate64", "lo_unlink", "lowrite", "pg_logical_emit_message",
]  # fmt: skip
# What disturbs others without writing; shut on a server of dhub's own, where nobody else needs it.
_DISTURBING = [
    "pg_advisory_lock", "pg_advisory_lock_shared", "pg_advisory_unlock", "pg_advisory_unlock_all",
    "pg_advisory_unlock_shared", "pg_advisory_xact_lock", "pg_advisory_xact_lock_shared",
    "pg_try_advisory_lock", "pg_try_advisory_lock_shared", "pg_try_advisory_xact_lock",
    "pg_try_advisory_xact_lock_shared", "pg_notify", "pg_cancel_backend", "pg_terminate_backend",
]  # fmt: skip

# Statements that take from the reader what it may beyond reading; none when it may nothing.
_WALLS = """
WITH open AS (
    SELECT string_agg(oid::regprocedure::text, ', ' ORDER BY oid) AS functions FROM pg_proc
    -- By their names, which have an index: to look through 3,400 functions takes 4 ms.
    WHERE proname = ANY (%(functions)s::name[]) AND pronamespace = 'pg_catalog'::regnamespace
        AND has_function_privilege(%(reader)s, oid, 'EXECUTE')
), here AS (
    SELECT datname, pg_get_userbyid(datdba) AS owner FROM pg_database
    WHERE datname = current_database()
)
SELECT 'REVOKE CREATE ON SCHEMA public FROM PUBLIC' FROM pg_namespace
WHERE nspname = 'public' AND has_schema_privilege(%(reader)s, oid, 'CREATE')
UNION ALL
SELECT format('REVOKE TEMPORARY ON DATABASE %%I FROM PUBLIC', datname) FROM here
WHERE has_database_privilege(%(reader)s, datname, 'TEMPORARY')
UNION ALL
-- The owner keeps what PUBLIC loses.
SELECT format('GRANT EXECUTE ON FUNCTION %%s TO %%I; REVOKE EXECUTE ON FUNCTION %%s FROM PUBLIC',
    functions, owner, functions)
FROM here, open WHERE functions IS NOT NULL
"""

_TEMPLATE_OPEN = "SELECT has_database_privilege(%s, 'template1', 'CONNECT')"

# What of dhub's is there and this login may hand on: name, number, the statement.
_GIVABLE = """
SELECT s.nspname || '.' || c.relname, c.oid,
    format('GRANT SELECT ON TABLE %%I.%%I TO %%I', s.nspname, c.relname, %(reader)s::text),
    c.relacl IS NOT NULL
FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
WHERE s.nspname || '.' || c.relname = ANY (%(made)s) AND c.relkind IN ('r', 'p', 'v', 'm')
    AND pg_has_role(c.relowner, 'USAGE')
UNION ALL
SELECT 'schema ' || nspname, oid,
    format('GRANT USAGE ON SCHEMA %%I TO %%I', nspname, %(reader)s::text), true
FROM pg_namespace WHERE nspname IN ('public', 'reporting') AND pg_has_role(nspowner, 'USAGE')
UNION ALL
SELECT 'database', oid,
    format('GRANT CONNECT ON DATABASE %%I TO %%I', datname, %(reader)s::text), true
FROM pg_database WHERE datname = current_database() AND pg_has_role(datdba, 'USAGE')
"""

# An earlier dhub granted all tables, again and again, and those to come.
_EARLIER = """
SELECT format('ALTER DEFAULT PRIVILEGES IN SCHEMA %%s REVOKE SELECT ON TABLES FROM %%s',
    d.defaclnamespace::regnamespace, a.grantee::regrole)
FROM pg_default_acl d, aclexplode(d.defaclacl) a
WHERE d.defaclrole = current_user::regrole AND d.defaclobjtype = 'r' AND a.grantee = %s
    AND d.defaclnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'reporting'))
    AND NOT EXISTS (SELECT FROM dhub.readable)
"""


def give(conn: Connection, database: str, *, own_server: bool) -> None:
    """Let the reader read what dhub made in this database, and do nothing else there."""
    found = conn.execute("SELECT oid FROM pg_roles WHERE rolname = %s", (READER,)).fetchone()
    if found is None:
        return
    _wall(conn, own_server=own_server)
    with conn.transaction():
        # Two at once would meet in the catalogue as "tuple concurrently updated".
        conn.execute("LOCK TABLE dhub.readable IN SHARE ROW EXCLUSIVE MODE")
        granted_before = _end_earlier(conn, found[0])
        _grant(conn, database, found[0], granted_before)


def close_server(admin: Connection) -> None:
    """Shut the databases of a server of dhub's own that are not the bank's."""
    _wall(admin, own_server=True)
    if admin.execute(_TEMPLATE_OPEN, (READER,)).fetchone() == (True,):
        admin.execute("REVOKE CONNECT ON DATABASE template1 FROM PUBLIC")


def _wall(conn: Connection, *, own_server: bool) -> None:
    for statement in shortfalls(conn, own_server=own_server):
        # On a server of somebody else's the login may not; `shortfalls` says what is left then.
        with suppress(errors.InsufficientPrivilege):
            conn.execute(statement.encode())


def shortfalls(conn: Connection, *, own_server: bool = False) -> list[str]:
    """What somebody with more rights would run, so that the reader can only read in here."""
    functions = _WRITING + _DISTURBING * own_server
    return [row[0] for row in conn.execute(_WALLS, {"reader": READER, "functions": functions})]


def made_in(database: str) -> list[str]:
    """The tables and views of dhub's migrations, with their schemas."""
    texts = [path.read_text(encoding="utf-8") for path in known(database).values()]
    return [f"{schema or 'public'}.{name}" for text in texts for schema, name in _MADE.findall(text)
            if schema != "dhub"]  # fmt: skip


def _end_earlier(conn: Connection, reader: int) -> bool:
    """Take back what an earlier dhub granted on tables to come; whether there was one."""
    earlier = conn.execute(_EARLIER, (reader,)).fetchall()
    for (statement,) in earlier:
        conn.execute(statement.encode())
    return bool(earlier)


def _grant(conn: Connection, database: str, reader: int, granted_before: bool) -> None:
    """Grant what was never granted; what an earlier dhub granted is only written down."""
    given = dict(
        conn.execute("SELECT object, id FROM dhub.readable WHERE reader = %s", (reader,)).fetchall()
    )
    givable = conn.execute(_GIVABLE, {"made": made_in(database), "reader": READER}).fetchall()
    new = [each for each in givable if given.get(each[0]) != each[1]]
    for name, oid, statement, has_acl in new:
        if not (granted_before and has_acl):
            conn.execute(statement.encode())
        conn.execute(
            "INSERT INTO dhub.readable VALUES (%s, %s, %s)"
            " ON CONFLICT (reader, object) DO UPDATE SET id = excluded.id",
            (reader, name, oid),
        )
