"""Takes an estate, gives databases that can be loaded: created, marked, migrated, readable."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from time import sleep
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import errors, sql

from dhub.errors import Refused, UsageError
from dhub.estate import guard, permits, reader, rights
from dhub.estate.connections import WRITING
from dhub.estate.databases import Estate
from dhub.estate.failures import ThisDatabase, failure
from dhub.estate.kept import Kept, keeping
from dhub.estate.migrate import migrate_on
from dhub.estate.servers import by_server, maintenance, name_of
from dhub.estate.standing import estate_ids, one_estate

Connection = psycopg.Connection[Any]

# Two who change one row of the server's catalogues at once: "tuple concurrently updated", or the
# role is there already.
_MET = (errors.InternalError_, errors.DuplicateObject, errors.UniqueViolation)
_TRIES = 20

_NOT_UTC = """
SELECT NOT EXISTS (SELECT FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
    WHERE d.datname = current_database() AND s.setrole = 0 AND 'TimeZone=UTC' = ANY (s.setconfig))
"""


def prepare(estate: Estate, kept: Kept | None = None) -> dict[str, list[str]]:
    """Create what is missing, mark, migrate and open all six to the reader; what was applied.

    Safe to repeat and to run twice at once; raises Refused for a database dhub did not make, and
    for six that are not of one estate, UsageError for missing rights; nothing is written then.
    """
    with keeping(estate, kept) as known:
        found, missing = permits.looked(estate, known)
        one_estate(found)
        _make_readers(known)
        named = {each for each, there in found.items() if there.estate_id}
        naming = Naming(next(iter(estate_ids(found)), None), estate.databases[0], named)
        with ThreadPoolExecutor(len(estate.databases)) as threads:
            jobs = {
                each: threads.submit(equip, known, each, naming, missing=each in missing)
                for each in estate.databases
            }
        return {database: job.result() for database, job in jobs.items()}


def _make_readers(kept: Kept) -> None:
    """Make the reader on each server where this login may."""
    for databases in by_server(kept.estate):
        try:
            with kept.server_of(databases) as conn:
                _patiently(partial(reader.make_role, conn, kept.estate))
        except ThisDatabase:
            continue  # shut out of the maintenance databases: an administrator may have made it
    if kept.estate.embedded:
        with maintenance(kept.estate, kept.estate.databases[0]) as admin:
            _patiently(partial(rights.close_server, admin))


def _patiently(step: Callable[[], object]) -> None:
    for left in reversed(range(_TRIES)):
        try:
            step()
            return
        except _MET:
            if not left:
                raise
            sleep(0.05)


def equip(kept: Kept, database: str, naming: Naming, *, missing: bool) -> list[str]:
    """Make one database ready; the migrations that this took."""
    with naming.by(database):
        if missing:
            _create(kept.estate, database)
        conn = kept.to(database, WRITING)
        naming.agree(conn, database)
    try:
        _patiently(partial(_set_utc, conn))
        _patiently(partial(_look_in_public, conn))
        applied = migrate_on(conn, database)
        _patiently(partial(rights.give, conn, database, own_server=kept.estate.embedded))
    except psycopg.Error as error:
        raise failure(error, database) from error
    return applied


@dataclass(frozen=True)
class Naming:
    """What the estate is called: `known` by marks that are there, else as its leader says.

    All wait for that one's mark, so that two who begin an estate at once come to the same name.
    Those that are `named` have theirs.
    """

    known: str | None
    leader: str
    named: Collection[str] = ()
    first: Future[str] = field(default_factory=Future)

    def agree(self, conn: Connection, database: str) -> None:
        """Mark the database as one of this estate."""
        if database == self.leader:
            name = self.known or uuid4().hex
            marked = database in self.named
            self.first.set_result(name if marked else guard.claim(conn, database, name))
            return
        if database in self.named:
            return
        if guard.claim(conn, database, self.first.result()) != self.first.result():
            raise Refused(f"{database} has become part of another estate meanwhile. Start again.")

    @contextmanager
    def by(self, database: str) -> Iterator[None]:
        """Let nobody wait for a first database that failed."""
        try:
            yield
        except BaseException as error:
            if database == self.leader and not self.first.done():
                self.first.set_exception(error)
            raise


def _create(estate: Estate, database: str) -> None:
    name = name_of(estate, database)
    with maintenance(estate, database) as admin:
        try:
            # Another dhub may be faster; the mark decides whose it is.
            with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                _create_database(admin, name, copy_files=estate.embedded)
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
