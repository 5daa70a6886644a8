"""Takes an estate, gives its read-only role dhub_reader: made, granted, and logged in as."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import conninfo, errors, sql

from dhub.errors import DhubError, Refused, UsageError
from dhub.estate.connections import connect, connect_url
from dhub.estate.databases import Estate
from dhub.estate.failures import Missing
from dhub.estate.urls import url_of
from dhub.server.home import READER

Connection = psycopg.Connection[Any]

# Of the role, for whoever logs in with it; `db query` sets a shorter timeout of its own.
_HABITS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "10min",
    "idle_in_transaction_session_timeout": "10min",
    # With public on it PostgreSQL writes the tables of a view without their schema, and a catalog
    # looks for them in the schema of the view, whatever recipe it crawls with.
    "search_path": "pg_catalog",
}
_SPILL = "4GB"  # what a query may write to temporary files; only a superuser can set the limit

# What of a login's URL is not the reader's.
_OF_LOGIN_ALONE = ("sslcert", "sslkey", "sslpassword", "passfile", "service")

_READ = ["public", "reporting"]

# Roles that reach the server's files and programs, and COPY does so inside a query too.
_REACHING = ("pg_execute_server_program", "pg_read_server_files", "pg_write_server_files")

_MORE_THAN_READING = """
SELECT rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls
    OR EXISTS (SELECT FROM pg_roles r WHERE r.rolname = ANY(%s)
               AND pg_has_role(current_user, r.oid, 'MEMBER'))
FROM pg_roles WHERE rolname = current_user
"""

# With a column: a row without any is an empty tuple, which counts as false.
_ROLE = "SELECT true FROM pg_roles WHERE rolname = %s"

_LACKS = """
SELECT NOT has_database_privilege(%(reader)s, current_database(), 'CONNECT')
    OR has_schema_privilege(%(reader)s, 'public', 'CREATE')
    OR EXISTS (SELECT FROM pg_namespace s
               WHERE nspname = ANY (%(schemas)s) AND (
                   NOT has_schema_privilege(%(reader)s, s.oid, 'USAGE')
                   OR EXISTS (SELECT FROM pg_class
                       WHERE relnamespace = s.oid AND relkind IN ('r', 'p', 'v', 'm')
                       AND NOT has_table_privilege(%(reader)s, oid, 'SELECT'))
                   OR NOT EXISTS (SELECT FROM pg_default_acl d, aclexplode(d.defaclacl) a
                       WHERE d.defaclnamespace = s.oid AND d.defaclrole = current_user::regrole
                       AND a.grantee = %(reader)s::regrole)))
"""

# Functions that everybody may call by default and that disturb others without writing a row:
# an advisory lock taken by a reader would keep a run from starting.
_DISTURBING = """
SELECT 'REVOKE EXECUTE ON FUNCTION ' || string_agg(oid::regprocedure::text, ', ') || ' FROM PUBLIC'
FROM pg_proc p
WHERE pronamespace = 'pg_catalog'::regnamespace
    AND (proname ~ '^pg_(try_)?advisory_' OR proname ~ '^lo_' OR proname IN ('lowrite', 'loread',
        'pg_notify', 'pg_logical_emit_message', 'pg_cancel_backend', 'pg_terminate_backend'))
    AND has_function_privilege(%s, oid, 'EXECUTE')
"""


def password_of(estate: Estate, database: str) -> str | None:
    """The reader's password: set, kept for the embedded server, or derived from the login's.

    None when the login has none in its URL (a socket, a password file) and none is set.
    """
    if estate.reader_password is not None:
        return estate.reader_password
    password = conninfo.conninfo_to_dict(estate.urls[database]).get("password")
    return _derived(str(password)) if password else None


@lru_cache
def _derived(password: str) -> str:
    # Slow on purpose: whoever learns the reader's password must not guess the login's from it.
    key = hashlib.scrypt(password.encode(), salt=READER.encode(), n=2**14, r=8, p=1, dklen=24)
    return key.hex()


def make_role(admin: Connection, password: str | None) -> bool:
    """Make the role on the server of `admin`, or set its password anew; whether it is there."""
    there = admin.execute(_ROLE, (READER,)).fetchone()
    if there and (password is None or _logs_in(admin, password)):
        return True
    if password is None:
        return False
    try:
        _write_role(admin, password, new=there is None)
    except errors.InsufficientPrivilege:
        # Not ours to make here: `db query` says what follows from that.
        return there is not None
    return True


def _logs_in(admin: Connection, password: str) -> bool:
    try:
        connect_url(_as_reader(admin.info.dsn, password), admin.info.dbname).close()
    except DhubError:
        return False
    return True


def _write_role(admin: Connection, password: str, *, new: bool) -> None:
    # The verifier instead of the password: statements end up in logs.
    verifier = admin.pgconn.encrypt_password(password.encode(), READER.encode(), b"scram-sha-256")
    verb = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}" if new else "ALTER ROLE {} LOGIN PASSWORD {}")
    reader = sql.Identifier(READER)
    with admin.transaction():
        admin.execute(verb.format(reader, verifier.decode()))
        habits = dict(_HABITS)
        if admin.execute("SHOW is_superuser").fetchone() == ("on",):
            habits["temp_file_limit"] = _SPILL
        for name, value in habits.items():
            admin.execute(
                sql.SQL("ALTER ROLE {} SET {} TO {}").format(reader, sql.Identifier(name), value)
            )


def grant(conn: Connection, *, own_server: bool) -> None:
    """Let the reader read the bank and its reports in this database, now and in tables to come."""
    if own_server:
        _quieten(conn)
    schemas = _schemas(conn)
    lacks = conn.execute(_LACKS, {"reader": READER, "schemas": schemas}).fetchone()
    if lacks is None or not lacks[0]:
        return
    names = {
        "db": sql.Identifier(conn.info.dbname),
        "reader": sql.Identifier(READER),
        "schemas": sql.SQL(", ").join(map(sql.Identifier, schemas)),
    }
    for statement in (
        # Before PostgreSQL 15 everybody might create tables in public.
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "REVOKE TEMPORARY ON DATABASE {db} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {db} TO {reader}",
        "GRANT USAGE ON SCHEMA {schemas} TO {reader}",
        "GRANT SELECT ON ALL TABLES IN SCHEMA {schemas} TO {reader}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schemas} GRANT SELECT ON TABLES TO {reader}",
    ):
        conn.execute(sql.SQL(statement).format(**names))


def _schemas(conn: Connection) -> list[str]:
    """Those to be read that are there: a user may have dropped the reports."""
    query = "SELECT nspname::text FROM pg_namespace WHERE nspname = ANY (%s)"
    return [row[0] for row in conn.execute(query, (_READ,))]


def _quieten(conn: Connection) -> None:
    found = conn.execute(_DISTURBING, (READER,)).fetchone()
    if found and found[0]:
        conn.execute(found[0].encode())


def _as_reader(dsn: str, password: str) -> str:
    parts: dict[str, Any] = dict(conninfo.conninfo_to_dict(dsn))
    for own in _OF_LOGIN_ALONE:
        parts.pop(own, None)
    parts |= {"user": READER, "password": password}
    parts.setdefault("connect_timeout", 10)
    return conninfo.make_conninfo(**parts)


def reader_url(url: str, password: str) -> str:
    """The URL of the same database for the reader."""
    parts = {key: str(value) for key, value in conninfo.conninfo_to_dict(url).items()}
    more = {key: value for key, value in parts.items() if key not in _OF_LOGIN_ALONE}
    return url_of(more | {"user": READER, "password": password})


def connect_reader(estate: Estate, database: str) -> Connection:
    """A connection that can only read: as dhub_reader, else as a login that reaches no files.

    Raises Refused when there is no reader and the login is a superuser or the like.
    """
    password = password_of(estate, database)
    if password is None:
        return _as_harmless_login(estate, database)
    url = _as_reader(estate.urls[database], password)
    try:
        conn = connect_url(url, database, application_name="dhub query")
    except Missing:
        raise
    except UsageError:
        with connect(estate, database) as login:
            there = login.execute(_ROLE, (READER,)).fetchone()
        if there or estate.embedded:
            raise UsageError(
                f"{database}: role {READER} may not log in yet. Run `dhub db init`, which sets its"
                " password (DHUB_READER_PASSWORD) and rights."
            ) from None
        return _as_harmless_login(estate, database)
    return _checked(conn, database, READER)


def _as_harmless_login(estate: Estate, database: str) -> Connection:
    conn = connect(estate, database, application_name="dhub query")
    return _checked(conn, database, conn.info.user)


def _checked(conn: Connection, database: str, role: str) -> Connection:
    found = conn.execute(_MORE_THAN_READING, (list(_REACHING),)).fetchone()
    conn.rollback()
    if found is None or not found[0]:
        return conn
    conn.close()
    if role == READER:
        raise Refused(
            f"{database}: role {READER} can do more than read. Take these rights from it."
        )
    raise Refused(
        f"{database}: role {role} can write and reach the server's files, so it runs no queries.\n"
        f"Set DHUB_READER_PASSWORD and run `dhub db init`, which makes the role {READER}."
    )
