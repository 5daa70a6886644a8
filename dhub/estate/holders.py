"""Takes a connection, gives who holds what it wants: the lock of a run, or a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]

_SESSION = """
    pid, a.usename::text, a.application_name, host(a.client_addr),
    extract(epoch FROM clock_timestamp() - coalesce({since}, a.backend_start))::float8
"""

_LOCK = f"""
SELECT {_SESSION.format(since="a.backend_start")}
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s AND l.objid = %s AND l.objsubid = 2
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND pid <> pg_backend_pid()
"""

_PROCESS = f"""
SELECT {_SESSION.format(since="a.backend_start")}
FROM pg_stat_activity a WHERE pid = %s AND pid <> pg_backend_pid()
"""

# Strongest lock first: whoever is shut out, it is most likely by that one.
_TABLE = f"""
SELECT {_SESSION.format(since="a.xact_start")},
    n.nspname || '.' || c.relname, upper(regexp_replace(replace(l.mode, 'Lock', ''),
        '([a-z])([A-Z])', '\\1 \\2', 'g'))
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE l.locktype = 'relation' AND l.granted AND c.relkind IN ('r', 'p', 'm', 'v')
    AND n.nspname IN ('public', 'dhub', 'reporting') AND pid <> pg_backend_pid()
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND pid <> %s
ORDER BY array_position(ARRAY['AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock',
    'ShareLock', 'ShareUpdateExclusiveLock', 'RowExclusiveLock', 'RowShareLock',
    'AccessShareLock'], l.mode), a.xact_start, n.nspname, c.relname
LIMIT 1
"""


@dataclass(frozen=True)
class Holder:
    """A session of the server; `seconds` since it began, or since its transaction did."""

    pid: int
    role: str | None
    program: str | None
    address: str | None
    seconds: float | None
    table: str = ""
    mode: str = ""

    def __str__(self) -> str:
        told = [f"role {self.role}" if self.role else "", self.program or "", self.mode]
        told += [f"from {self.address}" if self.address else ""]
        told += [f"for {_age(self.seconds)}" if self.seconds is not None else ""]
        return f"pid {self.pid} ({', '.join(each for each in told if each)})"


def _age(seconds: float) -> str:
    """How long, in the largest unit of which there are two."""
    for unit, name in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{max(0, seconds):.0f} s"


def of_lock(conn: Connection, lock_class: int, lock: int) -> Holder | None:
    """Who else holds this advisory lock in the database of the connection."""
    row = conn.execute(_LOCK, (lock_class, lock)).fetchone()
    return Holder(*row) if row else None


def of_process(conn: Connection, pid: int) -> Holder | None:
    """Whose session that process of the server serves; None for our own, and one that is gone."""
    row = conn.execute(_PROCESS, (pid,)).fetchone()
    return Holder(*row) if row else None


def of_tables(conn: Connection, but: int) -> Holder | None:
    """Who, but for process `but`, holds the strongest lock on a table that dhub looks at."""
    row = conn.execute(_TABLE, (but,)).fetchone()
    return Holder(*row) if row else None
