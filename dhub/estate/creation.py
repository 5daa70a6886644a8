"""Takes an estate, gives databases that can be loaded: created, marked, migrated, readable."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import conninfo, errors, sql

from dhub.errors import Refused, UsageError
from dhub.estate import guard, reader
from dhub.estate.connections import connect, connect_url
from dhub.estate.databases import DATABASES, Estate
from dhub.estate.failures import ThisDatabase, failure
from dhub.estate.migrate import migrate
from dhub.estate.standing import estate_ids, one_estate, standings
from dhub.server.home import READER

Connection = psycopg.Connection[Any]

# Where one connects to create another database; some services have only one of them.
_MAINTENANCE = ("postgres", "template1")
_READER_LOCK = 4  # beside the guard's and migrate's, of the class "dhub" in ASCII
_LOCK_CLASS = 0x64687562

_NOT_UTC = """
SELECT NOT EXISTS (SELECT FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
    WHERE d.datname = current_database() AND s.setrole = 0 AND 'TimeZone=UTC' = ANY (s.setconfig))
"""


@dataclass(frozen=True)
class Need:
    """What a database lacks before it can be marked: itself; and whether there is a reader."""

    missing: bool
    reader: bool


def survey(estate: Estate) -> dict[str, Need]:
    """Which databases are missing; makes the reader role on each server on the way."""
    needs: dict[str, Need] = {}
    for databases in _by_server(estate):
        try:
            admin = _maintenance(estate, databases[0])
        except ThisDatabase:
            # Shut out of the maintenance databases: then ours must be there, or the error tells.
            needs |= {each: _seen_from_itself(estate, each) for each in databases}
            continue
        with admin:
            has_reader = _make_reader(admin, estate, databases[0])
            there = {row[0] for row in admin.execute("SELECT datname FROM pg_database")}
            needs |= {
                each: Need(_name(estate, each) not in there, has_reader) for each in databases
            }
    return needs


def _by_server(estate: Estate) -> list[list[str]]:
    servers: dict[tuple[tuple[str, Any], ...], list[str]] = {}
    for database in DATABASES:
        parts = conninfo.conninfo_to_dict(estate.urls[database])
        parts.pop("dbname", None)
        servers.setdefault(tuple(sorted(parts.items())), []).append(database)
    return list(servers.values())


def _name(estate: Estate, database: str) -> str:
    return str(conninfo.conninfo_to_dict(estate.urls[database]).get("dbname") or database)


def _maintenance(estate: Estate, database: str) -> Connection:
    first, second = _MAINTENANCE
    url = estate.urls[database]
    try:
        return connect_url(url, database, autocommit=True, dbname=first)
    except ThisDatabase:
        return connect_url(url, database, autocommit=True, dbname=second)


def _make_reader(admin: Connection, estate: Estate, database: str) -> bool:
    with _locked(admin):
        return reader.make_role(admin, reader.password_of(estate, database))


@contextmanager
def _locked(conn: Connection) -> Iterator[None]:
    """Two at once would meet in the catalogue as "tuple concurrently updated"."""
    conn.execute("SELECT pg_advisory_lock(%s, %s)", (_LOCK_CLASS, _READER_LOCK))
    try:
        yield
    finally:
        if not conn.broken:
            conn.execute("SELECT pg_advisory_unlock(%s, %s)", (_LOCK_CLASS, _READER_LOCK))


def _seen_from_itself(estate: Estate, database: str) -> Need:
    with connect(estate, database) as conn:
        there = conn.execute("SELECT FROM pg_roles WHERE rolname = %s", (READER,)).fetchone()
    return Need(missing=False, reader=there is not None)


def equip(estate: Estate, database: str, need: Need, naming: Naming) -> list[str]:
    """Make one database ready; the migrations that this took."""
    with ExitStack() as stack:
        with naming.by(database):
            if need.missing:
                _create(estate, database)
            conn = stack.enter_context(connect(estate, database, autocommit=True))
            naming.agree(conn, database)
        try:
            with _locked(conn):
                _set_utc(conn)
                _look_in_public(conn)
            applied = migrate(estate.urls[database], database)
            if need.reader:
                with _locked(conn):
                    reader.grant(conn, own_server=estate.embedded)
        except psycopg.Error as error:
            raise failure(error, database) from error
    return applied


@dataclass(frozen=True)
class Naming:
    """What the estate is called: `known` by marks that are there, else as its first database says.

    All wait for that one's mark, so that two who begin an estate at once come to the same name.
    """

    known: str | None
    first: Future[str] = field(default_factory=Future)

    def agree(self, conn: Connection, database: str) -> None:
        """Mark the database as one of this estate."""
        if database == DATABASES[0]:
            self.first.set_result(guard.claim(conn, database, self.known or uuid4().hex))
            return
        if guard.claim(conn, database, self.first.result()) != self.first.result():
            raise Refused(f"{database} has become part of another estate meanwhile. Start again.")

    @contextmanager
    def by(self, database: str) -> Iterator[None]:
        """Let nobody wait for a first database that failed."""
        try:
            yield
        except BaseException as error:
            if database == DATABASES[0] and not self.first.done():
                self.first.set_exception(error)
            raise


def _create(estate: Estate, database: str) -> None:
    name = _name(estate, database)
    with _maintenance(estate, database) as admin:
        try:
            _create_database(admin, name, copy_files=estate.embedded)
        except (errors.DuplicateDatabase, errors.UniqueViolation):
            pass  # another dhub was faster; the mark decides
        except errors.InsufficientPrivilege as error:
            user = admin.info.user
            raise UsageError(
                f"{database} does not exist and role {user} may not create it.\n"
                f'Let an administrator run: CREATE DATABASE "{name}" OWNER "{user}"'
            ) from error
        except psycopg.Error as error:
            raise failure(error, database) from error


def _create_database(admin: Connection, name: str, *, copy_files: bool) -> None:
    create = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
    if copy_files:
        # Six at once: 0.12 s, and 0.01 s to stop afterwards; through the log 0.18 s and 0.18 s.
        # It begins with a checkpoint, which a server that others use may have to pay dearly for.
        admin.execute(create + sql.SQL(" STRATEGY file_copy"))
        return
    try:
        admin.execute(create + sql.SQL(" ENCODING 'UTF8'"))
    except errors.InvalidParameterValue:
        # The server's own locale is of another encoding.
        admin.execute(create + sql.SQL(" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"))


def _set_utc(conn: Connection) -> None:
    row = conn.execute(_NOT_UTC).fetchone()
    if row and row[0]:
        name = sql.Identifier(conn.info.dbname)
        try:
            conn.execute(sql.SQL("ALTER DATABASE {} SET timezone TO 'UTC'").format(name))
        except errors.InsufficientPrivilege as error:
            raise UsageError(
                f"{conn.info.dbname}: role {conn.info.user} may not set its time zone.\n"
                f"Let its owner run: ALTER DATABASE \"{conn.info.dbname}\" SET timezone TO 'UTC'"
            ) from error


def _look_in_public(conn: Connection) -> None:
    """Keep a login called dhub out of our bookkeeping, the schema that "$user" means to it."""
    if conn.execute("SELECT current_user = 'dhub'").fetchone() == (True,):
        name = sql.Identifier(conn.info.dbname)
        conn.execute(
            sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET search_path TO public").format(name)
        )


def prepare(estate: Estate) -> dict[str, list[str]]:
    """Create what is missing, mark, migrate and open all six to the reader; what was applied.

    Safe to repeat and to run twice at once; raises Refused for a database dhub did not make, and
    for six that are not of one estate.
    """
    found = standings(estate)
    one_estate(found)
    needs = survey(estate)
    naming = Naming(next(iter(estate_ids(found)), None))
    with ThreadPoolExecutor(len(DATABASES)) as threads:
        jobs = {
            database: threads.submit(equip, estate, database, needs[database], naming)
            for database in DATABASES
        }
    return {database: job.result() for database, job in jobs.items()}
