"""Takes an estate and a database, gives a connection: the only place that opens one."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import conninfo

from dhub.estate import channel
from dhub.estate.databases import Estate
from dhub.estate.failures import Missing, connection_failure

Connection = psycopg.Connection[Any]

_CONNECT_TIMEOUT = 10  # seconds, unless the URL says otherwise


def connect(
    estate: Estate, database: str, *, autocommit: bool = False, application_name: str = "dhub"
) -> Connection:
    """A connection to one of the six.

    Raises Missing when it does not exist, UsageError for a rejected password or a missing grant,
    DatabaseFailed when the server is down.
    """
    url = estate.urls[database]
    return connect_url(url, database, autocommit=autocommit, application_name=application_name)


def connect_url(
    url: str,
    database: str,
    *,
    autocommit: bool = False,
    application_name: str = "dhub",
    dbname: str | None = None,
) -> Connection:
    """`connect` for a URL that stands for `database`; `dbname` enters another one of its server."""
    try:
        parts = conninfo.conninfo_to_dict(url, application_name=application_name)
        parts.setdefault("connect_timeout", _CONNECT_TIMEOUT)
        parts |= {"dbname": dbname} if dbname else {}
        parts |= channel.guard(parts)
        return psycopg.connect(autocommit=autocommit, **parts)  # type: ignore[arg-type]
    except psycopg.Error as error:
        raise connection_failure(error, database, url) from error


def exists(estate: Estate, database: str) -> bool:
    """Whether the database is there; raises what `connect` raises for any other obstacle."""
    try:
        connect(estate, database).close()
    except Missing:
        return False
    return True
