"""Takes a hold on the databases, gives how many connections more there may be: before they are due.

Limits of a role, of a database and of the server are the user's; a run keeps within them, or says
before its first write that it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dhub.errors import UsageError
from dhub.estate.hold import Hold
from dhub.estate.ledger import Connection

# Superusers pass by the limits of roles and databases, and reserve connections for themselves.
_LIMITS = """
WITH sessions AS (SELECT usesysid, datid FROM pg_stat_activity WHERE datid IS NOT NULL)
SELECT pg_postmaster_start_time()::text || ' ' || current_setting('port') AS server, r.rolname,
    d.datname, CASE WHEN r.rolsuper THEN -1 ELSE r.rolconnlimit END AS role_limit,
    (SELECT count(*) FROM sessions WHERE usesysid = r.oid) AS by_role,
    CASE WHEN r.rolsuper THEN -1 ELSE d.datconnlimit END AS database_limit,
    (SELECT count(*) FROM sessions WHERE datid = d.oid) AS in_database,
    current_setting('max_connections')::int - CASE WHEN r.rolsuper THEN 0 ELSE
        current_setting('superuser_reserved_connections')::int
        + coalesce(current_setting('reserved_connections', true)::int, 0) END AS server_limit,
    (SELECT count(*) FROM sessions) AS on_server
FROM pg_roles r, pg_database d
WHERE r.rolname = session_user AND d.datname = current_database()
"""


@dataclass(frozen=True)
class Limit:
    """Whose limit it is, what it is, how many are left of it, and how it is raised."""

    whose: str
    limit: int
    left: int
    remedy: str


@dataclass(frozen=True)
class Room:
    """Connections that may be opened beside those held: all together, and to any one database."""

    total: int
    each: int


def room(hold: Hold, workers: int) -> Room:
    """What is left for `workers`, of whom each needs at least one connection, to any database.

    Raises UsageError when that is not enough; nothing was written then.
    """
    found = hold.each(lambda conn, database: _limits(conn))
    shared = [limit for row in found.values() for limit in _shared(row)]
    own = [limit for row in found.values() for limit in _own(row)]
    tightest = min((*shared, *own), key=lambda limit: limit.left, default=None)
    if tightest is not None and tightest.left < workers:
        raise _too_few(tightest, workers)
    return Room(_least(shared), _least(own))


_PLENTY = 1_000_000


def _least(limits: list[Limit]) -> int:
    return min((limit.left for limit in limits), default=_PLENTY)


def _limits(conn: Connection) -> Mapping[str, Any]:
    cursor = conn.execute(_LIMITS)
    names = [column.name for column in cursor.description or ()]
    return dict(zip(names, cursor.fetchone() or (), strict=True))


def _shared(row: Mapping[str, Any]) -> list[Limit]:
    """The limits that all databases of a server share."""
    server, role = row["server_limit"], row["role_limit"]
    found = [
        Limit(
            "its server's max_connections, less what it reserves,",
            server,
            server - row["on_server"],
            "ALTER SYSTEM SET max_connections TO {} (and restart it)",
        )
    ]
    if role >= 0:
        name = row["rolname"]
        remedy = f'ALTER ROLE "{name}" CONNECTION LIMIT {{}}'
        found.append(Limit(f"the limit of role {name}", role, role - row["by_role"], remedy))
    return found


def _own(row: Mapping[str, Any]) -> list[Limit]:
    """The limit of the database itself."""
    limit, name = row["database_limit"], row["datname"]
    remedy = f'ALTER DATABASE "{name}" CONNECTION LIMIT {{}}'
    return [Limit(f"the limit of database {name}", limit, limit - row["in_database"], remedy)] * (
        limit >= 0
    )


def _too_few(limit: Limit, workers: int) -> UsageError:
    fewer = f"Use --workers {limit.left}, or let" if limit.left > 0 else "Let"
    remedy = limit.remedy.format(limit.limit + workers - max(limit.left, 0))
    return UsageError(
        f"{workers} worker{'s' * (workers > 1)} and the locks of the run need more connections than"
        f" there are: {limit.whose} is {limit.limit}, and {max(limit.left, 0)} are left."
        f" Nothing was written.\n{fewer} an administrator run: {remedy}"
    )
