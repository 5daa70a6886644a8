"""Takes an estate and a database, gives a connection: the only place that opens one.

Each comes with dhub's own meaning (session), ends when nobody answers (patience), reaches one
process of the server (pooling), and a database that keeps text as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from time import sleep
from typing import Any

import psycopg
from psycopg import conninfo

from dhub.errors import UsageError
from dhub.estate import channel, patience, pooling, session
from dhub.estate.databases import Estate
from dhub.estate.failures import connection_failure, failure

Connection = psycopg.Connection[Any]

# What libpq is told unless the URL says otherwise. A network that is gone is found out within a
# minute, on an idle connection too: sooner than balancers forget it.
_WORDS: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "hostaddr": "",  # or PGHOSTADDR would lead elsewhere than the URL says
}
LOGIN, READING = session.LOGIN, session.READING

# How long a statement waits for a lock; who only looks need not be patient.
WRITING, LOOKING = "30s", "5s"


def connect(
    estate: Estate,
    database: str,
    *,
    autocommit: bool = False,
    application_name: str = "dhub",
    lock_timeout: str = WRITING,
) -> Connection:
    """A connection to one of the six.

    Raises Missing when it does not exist, UsageError for a rejected password, a missing grant, a
    pool that shares sessions or an encoding other than UTF-8, DatabaseFailed when the server is
    down.
    """
    return connect_url(
        estate.urls[database],
        database,
        autocommit=autocommit,
        application_name=application_name,
        lock_timeout=lock_timeout,
    )


def connect_url(
    url: str,
    database: str,
    *,
    autocommit: bool = False,
    application_name: str = "dhub",
    dbname: str | None = None,
    habits: Mapping[str, str] = LOGIN,
    lock_timeout: str = WRITING,
) -> Connection:
    """`connect` for a URL that stands for `database`; `dbname` enters another one of its server."""
    try:
        told = conninfo.conninfo_to_dict(url, application_name=application_name)
        parts = {**_WORDS, **told, "client_encoding": "UTF8"}
        parts |= {"dbname": dbname} if dbname else {}
        parts |= channel.guard(parts)
        conn = _opened(parts)
    except psycopg.Error as error:
        raise connection_failure(error, database, url) from error
    try:
        _settle(conn, parts, database, session.settings(habits, parts, lock_timeout))
        if dbname is None:
            _refuse_encoding(conn, database)
        conn.autocommit = autocommit
    except psycopg.Error as error:
        conn.close()
        if error.sqlstate:
            raise failure(error, database) from error
        raise connection_failure(error, database, url) from error
    except BaseException:
        conn.close()
        raise
    return conn


def _opened(parts: Mapping[str, Any]) -> patience.Connection:
    """A new connection; those that were closed just now count against limits for a moment."""
    for pause in (0.2, 0.8):
        try:
            return patience.Connection.connect(autocommit=True, **parts)
        except psycopg.OperationalError as error:
            if "too many connections" not in str(error):
                raise
            sleep(pause)
    return patience.Connection.connect(autocommit=True, **parts)


def _settle(
    conn: patience.Connection, parts: Mapping[str, Any], called: str, words: list[str]
) -> None:
    """Give the connection its meaning, once it is certain that it keeps it."""
    again = partial(psycopg.connect, autocommit=True, **parts)
    backend = session.pin(conn, words, conn.info.backend_pid)
    if backend.pid != conn.info.backend_pid:
        pooling.check(conn, backend.pid, again, called)
        backend = session.pin(conn, words, backend.pid)
    conn.called, conn.backend, conn.again = called, backend, again


def _refuse_encoding(conn: Connection, database: str) -> None:
    """Refuse a database that cannot hold the bank's texts."""
    encoding, name = conn.info.parameter_status("server_encoding"), conn.info.dbname
    if encoding in (None, "UTF8"):
        return
    called = database if name == database else f"{database} (database {name})"
    # The C locale fits every encoding; the server's own may belong to another one.
    raise UsageError(
        f"{called} is encoded in {encoding}, and the bank needs UTF8; nothing was touched.\n"
        f'Rename or drop it, then run: CREATE DATABASE "{name}" OWNER "{conn.info.user}"'
        " TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
