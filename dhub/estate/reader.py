"""Takes an estate, gives its read-only role dhub_reader: made, granted, and logged in as."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import conninfo, errors, sql

from dhub.errors import DhubError, Refused, UsageError
from dhub.estate import rights
from dhub.estate.connections import LOOKING, READING, connect, connect_url
from dhub.estate.databases import Estate
from dhub.estate.failures import Missing, NotAdmitted
from dhub.estate.kept import Kept, keeping
from dhub.estate.servers import by_server
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

# Rights in databases that are not this estate's: another estate, or somebody's own grants.
_ELSEWHERE = """
SELECT true FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
JOIN pg_database d ON d.oid = s.dbid OR s.classid = 'pg_database'::regclass AND d.oid = s.objid
WHERE s.refclassid = 'pg_authid'::regclass AND r.rolname = %s AND d.datname <> ALL (%s) LIMIT 1
"""

OF_OTHERS = (
    f"role {READER} of this server reads other databases, too, and its password stays theirs.\n"
    "Set DHUB_READER_PASSWORD to it; `dhub db url --reader --only-password` prints it there."
)

# What the role was given by itself or others: everywhere (0), and in each database.
_SETTINGS = """
SELECT coalesce(d.datname::text, ''), s.setconfig FROM pg_db_role_setting s
JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
WHERE r.rolname = %s
"""


def password_of(estate: Estate) -> str | None:
    """The reader's password: set, kept for the embedded server, or derived from the login's.

    One for all, since the databases may lie on one server under several names. None when no
    login has one in its URL (a socket, a password file) and none is set.
    """
    if estate.reader_password is not None:
        return estate.reader_password
    urls = map(conninfo.conninfo_to_dict, estate.family.values())
    password = next((str(url["password"]) for url in urls if url.get("password")), None)
    return _derived(password) if password else None


@lru_cache
def _derived(password: str) -> str:
    # Slow on purpose: whoever learns the reader's password must not guess the login's from it.
    key = hashlib.scrypt(password.encode(), salt=READER.encode(), n=2**14, r=8, p=1, dklen=24)
    return key.hex()


def make_role(admin: Connection, estate: Estate) -> bool:
    """Make the role on the server of `admin`, or set its password and habits; whether it is there.

    The password belongs to the server: where the role can read in databases that are not of this
    estate, another one relies on it, and it stays as it is.
    """
    there = admin.execute(_ROLE, (READER,)).fetchone() is not None
    password = password_of(estate)
    if not there and password is None:
        return False
    # Not ours to make or to change here: `db init` and `db query` say what follows from that.
    with suppress(errors.InsufficientPrivilege):
        if not there or _is_to_be_set(admin, estate, password):
            _write_password(admin, str(password), new=not there)
            there = True
    if there:
        try:
            _set_habits(admin, estate)
        except errors.InsufficientPrivilege:
            _set_own_habits(admin, estate, password)
    return there


def _is_to_be_set(admin: Connection, estate: Estate, password: str | None) -> bool:
    if password is None or _logs_in(admin, password):
        return False
    return estate.embedded or not serves_others(admin, estate)


def serves_others(conn: Connection, estate: Estate) -> bool:
    """Whether the role has rights in databases of this server that are not of this estate."""
    return bool(conn.execute(_ELSEWHERE, (READER, sorted(_names(estate)))).fetchone())


def _names(estate: Estate) -> set[str]:
    """What the databases of these settings are called, on whichever server."""
    found = {each: conninfo.conninfo_to_dict(url) for each, url in estate.family.items()}
    return {str(parts.get("dbname") or each) for each, parts in found.items()}


def _logs_in(admin: Connection, password: str) -> bool:
    try:
        name = admin.info.dbname
        connect_url(_as_reader(admin.info.dsn, password), name, dbname=name).close()
    except NotAdmitted:
        return True  # into that database it may not, but the password was right
    except UsageError:
        return False
    return True


def _write_password(admin: Connection, password: str, *, new: bool) -> None:
    # The verifier instead of the password: statements end up in logs.
    verifier = admin.pgconn.encrypt_password(password.encode(), READER.encode(), b"scram-sha-256")
    verb = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}" if new else "ALTER ROLE {} LOGIN PASSWORD {}")
    admin.execute(verb.format(sql.Identifier(READER), verifier.decode()))


def _set_habits(admin: Connection, estate: Estate) -> None:
    """Set the habits anew where the role, which may change its own, or somebody else did."""
    habits = dict(_HABITS)
    found = {
        database: dict(each.split("=", 1) for each in settings)
        for database, settings in admin.execute(_SETTINGS, (READER,))
    }
    everywhere = found.pop("", {})
    if admin.execute("SHOW is_superuser").fetchone() == ("on",):
        habits["temp_file_limit"] = _SPILL
    else:
        everywhere.pop("temp_file_limit", None)
    role = sql.Identifier(READER)
    with admin.transaction():
        if everywhere != habits:
            admin.execute(sql.SQL("ALTER ROLE {} RESET ALL").format(role))
            for name, value in habits.items():
                setting = sql.SQL("ALTER ROLE {} SET {} TO {}")
                admin.execute(setting.format(role, sql.Identifier(name), value))
        for name in sorted(found.keys() & _names(estate)):
            reset = sql.SQL("ALTER ROLE {} IN DATABASE {} RESET ALL")
            admin.execute(reset.format(role, sql.Identifier(name)))


def _set_own_habits(admin: Connection, estate: Estate, password: str | None) -> None:
    """The same by the role itself, where the login has no say over it."""
    if password is None:
        return
    url, name = _as_reader(admin.info.dsn, password), admin.info.dbname
    with suppress(DhubError), connect_url(url, name, dbname=name) as conn:
        conn.read_only = False
        _set_habits(conn, estate)


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
    password = password_of(estate)
    if password is None:
        return _as_harmless_login(estate, database)
    url = _as_reader(estate.urls[database], password)
    try:
        conn = _read(url, database)
    except (Missing, NotAdmitted):
        raise
    except UsageError:
        return _without_reader(estate, database)
    return _checked(conn, database, READER)


def _without_reader(estate: Estate, database: str) -> Connection:
    """What is left when the role does not let this estate in."""
    with connect(estate, database) as login:
        there = login.execute(_ROLE, (READER,)).fetchone()
        of_others = not estate.embedded and serves_others(login, estate)
    if of_others:
        with suppress(Refused):
            return _as_harmless_login(estate, database)
        raise UsageError(f"{database}: {OF_OTHERS}")
    if there or estate.embedded:
        raise UsageError(
            f"{database}: role {READER} may not log in yet. Run `dhub db init`, which sets its"
            " password (DHUB_READER_PASSWORD) and rights."
        )
    return _as_harmless_login(estate, database)


def _as_harmless_login(estate: Estate, database: str) -> Connection:
    conn = _read(estate.urls[database], database)
    return _checked(conn, database, conn.info.user)


def _read(url: str, database: str) -> Connection:
    return connect_url(
        url, database, application_name="dhub query", habits=READING, lock_timeout=LOOKING
    )


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


def notes(estate: Estate, kept: Kept | None = None) -> list[str]:
    """What `db init` could not do for the reader on a server of somebody else's, and who can."""
    if estate.embedded:
        return []
    told: list[str] = []
    left: list[str] = []
    with keeping(estate, kept) as known:
        for databases in by_server(estate):  # which has the role, and its password, once
            conns = [known.to(database, LOOKING) for database in databases]
            if not conns[0].execute(_ROLE, (READER,)).fetchone():
                continue
            if not told and _of_others(conns[0], estate):
                told.append(f"{databases[0]}: {OF_OTHERS}")
            for conn in conns:
                if found := rights.shortfalls(conn):
                    left.append(f"{conn.info.dbname}: {'; '.join(found)}")
    if left:
        who = f"role {READER} may do more than read, since everybody may in these databases."
        told.append("\n".join([f"{who} Let an administrator run:", *left]))
    return told


def _of_others(conn: Connection, estate: Estate) -> bool:
    """Whether the role has a password that this estate neither knows nor may change."""
    password = password_of(estate)
    return password is not None and serves_others(conn, estate) and not _logs_in(conn, password)
