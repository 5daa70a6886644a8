"""Takes an estate, gives its servers: which databases lie on each, and a way in beside them."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import conninfo

from dhub.estate.connections import connect_url
from dhub.estate.databases import Estate
from dhub.estate.failures import ThisDatabase

Connection = psycopg.Connection[Any]

# Where one connects to create another database; some services have only one of them.
_MAINTENANCE = ("postgres", "template1")


def by_server(estate: Estate) -> list[list[str]]:
    """The six in groups, each reached by the same server and login."""
    servers: dict[tuple[tuple[str, Any], ...], list[str]] = {}
    for database in estate.databases:
        parts = conninfo.conninfo_to_dict(estate.urls[database])
        parts.pop("dbname", None)
        servers.setdefault(tuple(sorted(parts.items())), []).append(database)
    return list(servers.values())


def name_of(estate: Estate, database: str) -> str:
    """What the database is called on its server."""
    return str(conninfo.conninfo_to_dict(estate.urls[database]).get("dbname") or database)


def maintenance(estate: Estate, database: str) -> Connection:
    """A connection to the server of `database` that does not need it to be there."""
    first, second = _MAINTENANCE
    url = estate.urls[database]
    try:
        return connect_url(url, database, autocommit=True, dbname=first)
    except ThisDatabase:
        return connect_url(url, database, autocommit=True, dbname=second)
