"""Takes the URL of a database, brings its schema up to date, and says what that took.

What was applied stands in `dhub.migrations`. A database that is up to date costs one connection
and two short queries; yoyo is imported only when there is something to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from dhub import __version__
from dhub.errors import DatabaseFailed, Refused, UsageError
from dhub.estate import holders
from dhub.estate.connections import connect_url
from dhub.estate.failures import Locked
from dhub.shipped import migrations_dir

Connection = psycopg.Connection[Any]

# "dhub" in ASCII is the class of dhub's advisory locks; the guard holds the first two.
_LOCK_CLASS, _MIGRATE = 0x64687562, 3

# Migrating takes a fraction of a second; whoever holds a lock this long is not going to give it.
_PATIENCE = "60s"

_LACKING = """
SELECT format('GRANT CREATE ON DATABASE %I TO %I', current_database(), current_user)
WHERE (SELECT count(*) FROM pg_namespace WHERE nspname IN ('dhub', 'reporting')) < 2
    AND NOT has_database_privilege(current_database(), 'CREATE')
UNION ALL
SELECT format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', nspname, current_user) FROM pg_namespace
WHERE nspname IN ('dhub', 'public', 'reporting')
    AND NOT (has_schema_privilege(oid, 'CREATE') AND has_schema_privilege(oid, 'USAGE'))
UNION ALL
SELECT format('CREATE SCHEMA public AUTHORIZATION %I', current_user)
WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'public')
"""


# What dhub would make is there already, or what it made is gone or another thing.
_IN_THE_WAY = (
    psycopg.errors.DuplicateTable,
    psycopg.errors.DuplicateColumn,
    psycopg.errors.DuplicateObject,
    psycopg.errors.DuplicateFunction,
    psycopg.errors.DuplicateSchema,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedObject,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.WrongObjectType,
    psycopg.errors.DatatypeMismatch,
)


def known(database: str) -> dict[str, Path]:
    """The migrations of a database in order, name to file: the bookkeeping's, then its own."""
    root = migrations_dir()
    return {
        f"{folder}/{path.stem}": path
        for folder in ("dhub", database)
        for path in sorted((root / folder).glob("*.sql"))
    }


def migrate(url: str, database: str) -> list[str]:
    """Apply what `database` still lacks, each file in a transaction; the names of what was applied.

    Safe when several processes start at once, and after one was killed. Raises Refused when the
    database is ahead of this code, UsageError when the role may not, DatabaseFailed otherwise.
    """
    opened = connect_url(url, database, autocommit=True, application_name="dhub migrate")
    with opened as conn:
        return migrate_on(conn, database)


def migrate_on(conn: Connection, database: str) -> list[str]:
    """`migrate` on a connection that is open, in autocommit, and nobody else's."""
    files = known(database)
    with _explained(conn, database):
        if not _pending(conn, files, database):
            return []
        conn.execute(f"SET lock_timeout = '{_PATIENCE}'")
        conn.execute("SELECT pg_advisory_lock(%s, %s)", (_LOCK_CLASS, _MIGRATE))
        # Asked again: whoever held the lock before may have done the work.
        left = _pending(conn, files, database)
        _apply(conn, {name: files[name] for name in left})
        # Where a migration failed, the command ends, and the lock with it.
        conn.execute("SELECT pg_advisory_unlock(%s, %s)", (_LOCK_CLASS, _MIGRATE))
        return left


def lacking(conn: Connection) -> list[str]:
    """What an owner or administrator would run before this login can migrate the database."""
    return [row[0] for row in conn.execute(_LACKING)]


def pending(conn: Connection, database: str) -> list[str]:
    """What `database` still lacks; raises Refused when it is ahead of this code."""
    return _pending(conn, known(database), database)


def _pending(conn: Connection, files: dict[str, Path], database: str) -> list[str]:
    done = applied(conn)
    if unknown := sorted(done - files.keys()):
        raise Refused(
            f"{_called(conn, database)} is ahead of this dhub ({__version__}), which does not know"
            f" its migration {unknown[0]}. Upgrade dhub; nothing was changed."
        )
    return [name for name in files if name not in done]


def applied(conn: Connection) -> set[str]:
    """The migrations that this database has; none where dhub has never migrated."""
    found = conn.execute("SELECT to_regclass('dhub.migrations') IS NOT NULL").fetchone()
    if found is None or not found[0]:
        return set()
    return {row[0] for row in conn.execute("SELECT migration_id FROM dhub.migrations")}


def _apply(conn: Connection, files: dict[str, Path]) -> None:
    if not files:
        return
    from yoyo.migrations import MigrationList

    from dhub.estate.yoyo_backend import Backend, SqlFile

    # Not CREATE SCHEMA IF NOT EXISTS: that asks for the right to create even when it is there.
    if conn.execute("SELECT FROM pg_namespace WHERE nspname = 'dhub'").fetchone() is None:
        conn.execute("CREATE SCHEMA dhub")
    backend = Backend(conn)
    backend.ensure_internal_schema_updated()
    backend.apply_migrations(MigrationList(SqlFile(*file) for file in files.items()))


@contextmanager
def _explained(conn: Connection, database: str) -> Iterator[None]:
    called = _called(conn, database)
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise _not_allowed(conn, called, error) from error
    except Locked as error:
        holder = holders.of_lock(conn, _LOCK_CLASS, _MIGRATE)
        why = f"it is being migrated by {holder}. Try again" if holder else error
        raise Locked(f"{called} could not be migrated within {_PATIENCE}: {why}") from error
    except _IN_THE_WAY as error:
        raise Refused(
            f"{called} could not be migrated: {_first_line(error)}. Something made or changed by "
            "hand stands in the way; undo it, or name another database. Nothing was changed."
        ) from error
    except psycopg.Error as error:
        raise DatabaseFailed(f"{called} could not be migrated: {_first_line(error)}") from error


def _not_allowed(conn: Connection, called: str, error: psycopg.Error) -> UsageError:
    grants = lacking(conn)
    remedy = f"Let its owner run: {'; '.join(grants)}" if grants else _first_line(error)
    return UsageError(f"{called}: role {conn.info.user} may not change the schema. {remedy}")


def _called(conn: Connection, database: str) -> str:
    real = conn.info.dbname
    return database if real == database else f"{database} (database {real})"


def _first_line(error: psycopg.Error) -> str:
    message = error.diag.message_primary or str(error)
    return (message.strip().splitlines() or [type(error).__name__])[0]
