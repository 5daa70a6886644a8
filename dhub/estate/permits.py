"""Takes an estate that is to be prepared, gives what is missing of it; reads only.

All six are looked at before anything is written, so that what stands in the way is told at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from dhub.errors import DhubError, Refused, UsageError
from dhub.estate import migrate
from dhub.estate.connections import WRITING
from dhub.estate.databases import Estate
from dhub.estate.failures import Missing, NotAdmitted, failure
from dhub.estate.kept import Kept
from dhub.estate.ledger import Connection
from dhub.estate.servers import by_server, maintenance, name_of
from dhub.estate.standing import Standing, standing

_NOT_UTC = """
SELECT format('ALTER DATABASE %I SET timezone TO ''UTC''', datname), pg_has_role(datdba, 'USAGE')
FROM pg_database d WHERE datname = current_database() AND NOT EXISTS (
    SELECT FROM pg_db_role_setting WHERE setdatabase = d.oid AND setrole = 0
        AND 'TimeZone=UTC' = ANY (setconfig))
"""

_CREATION = """
SELECT format('CREATE DATABASE %%I OWNER %%I TEMPLATE template0 ENCODING ''UTF8''', %s::text,
    current_user), rolcreatedb OR rolsuper
FROM pg_roles WHERE rolname = current_user
"""


@dataclass(frozen=True)
class _Look:
    """One database: whether it is missing, the statements its owner should run, what it knows, or
    what failed."""

    missing: bool = False
    lacking: list[str] = field(default_factory=list)
    standing: Standing = Standing()
    error: DhubError | None = None


def looked(estate: Estate, kept: Kept) -> tuple[dict[str, Standing], set[str]]:
    """What all six know, and which of them are to be created.

    Raises Refused for one that dhub did not make, then whatever keeps it from looking, then
    UsageError that lists every right that this login lacks in any of them.
    """
    if estate.embedded:  # no pooler stands between, so it may be asked for by name
        with suppress(DhubError):
            kept.to(estate.databases[0], WRITING)
    missing = absent(kept, estate.databases)

    def look(database: str) -> _Look:
        return _creation(estate, database) if database in missing else _look(kept, database)

    with ThreadPoolExecutor(len(estate.databases)) as threads:
        looks = dict(zip(estate.databases, threads.map(look, estate.databases), strict=True))
    failed = [look.error for look in looks.values() if look.error]
    for error in sorted(failed, key=lambda each: not isinstance(each, Refused)):
        raise error
    if lines := _lines(estate, looks):
        raise UsageError(
            f"Rights are missing for {_which(estate, len(lines))}; nothing was touched."
            " Let their owner or an administrator run:\n" + "\n".join(lines)
        )
    found = {database: look.standing for database, look in looks.items()}
    return found, {database for database, look in looks.items() if look.missing}


def absent(kept: Kept, databases: Collection[str]) -> set[str]:
    """Those of some databases, of the six or beside them, that a server says it has not.

    To ask for them by name would have pgbouncer refuse them for a quarter of a minute, also once
    they are made. Where the server cannot be asked, asking tells.
    """
    missing: set[str] = set()
    family = kept.estate.joined(databases)
    for together in by_server(family):
        asked = [each for each in together if each in databases]
        if not asked:
            continue
        with suppress(DhubError), kept.server_of(together) as admin:
            there = {row[0] for row in admin.execute("SELECT datname::text FROM pg_database")}
            missing |= {each for each in asked if name_of(family, each) not in there}
    return missing


def _which(estate: Estate, lacking: int) -> str:
    """How many of the six, or of what lies beside them the database itself."""
    one_beside = len(estate.databases) == 1
    return estate.databases[0] if one_beside else f"{lacking} of the six databases"


def _lines(estate: Estate, looks: Mapping[str, _Look]) -> list[str]:
    return [
        f"{_called(estate, database)}: {'; '.join(look.lacking)}"
        for database, look in looks.items()
        if look.lacking
    ]


def _called(estate: Estate, database: str) -> str:
    real = name_of(estate, database)
    return database if real == database else f"{database} (database {real})"


def _look(kept: Kept, database: str) -> _Look:
    try:
        return _there(kept.to(database, WRITING), database)
    except Missing:
        return _creation(kept.estate, database)
    except NotAdmitted as error:
        return _Look(lacking=[error.grant])
    except DhubError as error:
        return _Look(error=error)
    except psycopg.Error as error:
        return _Look(error=failure(error, database))


def _there(conn: Connection, database: str) -> _Look:
    found = standing(conn, database)
    lacking = []
    if not found.marked or migrate.pending(conn, database):
        lacking = migrate.lacking(conn)
    lacking += [statement for statement, may in conn.execute(_NOT_UTC) if not may]
    return _Look(lacking=lacking, standing=found)


def _creation(estate: Estate, database: str) -> _Look:
    """Whether this login may create it."""
    try:
        with maintenance(estate, database) as admin:
            rows = admin.execute(_CREATION, (name_of(estate, database),)).fetchall()
    except DhubError as error:
        return _Look(True, error=error)
    return _Look(True, [statement for statement, may in rows if not may])
