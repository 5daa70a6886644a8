"""Takes an estate that is to be prepared, gives what is missing of it; reads only.

All six are looked at before anything is written, so that what stands in the way is told at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from dhub.errors import DhubError, Refused, UsageError
from dhub.estate import guard, migrate
from dhub.estate.connections import WRITING
from dhub.estate.databases import Estate
from dhub.estate.failures import Missing, NotAdmitted, failure
from dhub.estate.kept import Kept
from dhub.estate.ledger import Connection
from dhub.estate.servers import by_server, maintenance, name_of

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
    """One database: whether it is missing, the statements its owner should run, or what failed."""

    missing: bool = False
    lacking: list[str] = field(default_factory=list)
    error: DhubError | None = None


def missing(estate: Estate, kept: Kept) -> set[str]:
    """The databases that are to be created.

    Raises Refused for one that dhub did not make, then whatever keeps it from looking, then
    UsageError that lists every right that this login lacks in any of them.
    """
    missing = absent(estate)

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
    return {database for database, look in looks.items() if look.missing}


def absent(estate: Estate) -> set[str]:
    """Those that a server says it has not: to ask for them by name would have pgbouncer refuse them
    for a quarter of a minute, also once they are made. Where it cannot be asked, asking tells."""
    missing: set[str] = set()
    for databases in by_server(estate):
        with suppress(DhubError), maintenance(estate, databases[0]) as admin:
            there = {row[0] for row in admin.execute("SELECT datname::text FROM pg_database")}
            missing |= {each for each in databases if name_of(estate, each) not in there}
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
        with kept.to(database, WRITING) as conn:
            return _Look(lacking=_lacking(conn, database))
    except Missing:
        return _creation(kept.estate, database)
    except NotAdmitted as error:
        return _Look(lacking=[error.grant])
    except DhubError as error:
        return _Look(error=error)
    except psycopg.Error as error:
        return _Look(error=failure(error, database))


def _lacking(conn: Connection, database: str) -> list[str]:
    found = []
    if not guard.ours(conn, database) or migrate.pending(conn, database):
        found = migrate.lacking(conn)
    return found + [statement for statement, may in conn.execute(_NOT_UTC) if not may]


def _creation(estate: Estate, database: str) -> _Look:
    """Whether this login may create it."""
    try:
        with maintenance(estate, database) as admin:
            rows = admin.execute(_CREATION, (name_of(estate, database),)).fetchall()
    except DhubError as error:
        return _Look(True, error=error)
    return _Look(True, [statement for statement, may in rows if not may])
