"""Takes the home of a bare server that runs, makes six databases in it that hold nothing yet.

What is one estate's own is left out: it has no name, and its roles no passwords. A copy of it gets
them when it is taken into use.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from dhub.estate.connections import connect
from dhub.estate.creation import prepare
from dhub.estate.databases import DATABASES, Estate
from dhub.estate.failures import failure
from dhub.estate.servers import maintenance
from dhub.estate.urls import make_url
from dhub.server.home import OWNER, READER, Home
from dhub.server.postmaster import SOCKET_PORT


def furnish(home: Home) -> None:
    """Make them as `dhub db init` does."""
    password, host = home.password(OWNER), str(home.sockets)
    urls = {
        name: make_url(name, host=host, port=SOCKET_PORT, user=OWNER, password=password)
        for name in DATABASES
    }
    estate = Estate(urls, embedded=True, reader_password=home.password(READER))
    prepare(estate)
    try:
        for database in DATABASES:
            with connect(estate, database, autocommit=True) as conn:
                conn.execute("UPDATE dhub.estate SET estate_id = NULL")
        with maintenance(estate, DATABASES[0]) as admin:
            for role in (READER, OWNER):
                admin.execute(sql.SQL("ALTER ROLE {} PASSWORD NULL").format(sql.Identifier(role)))
    except psycopg.Error as error:
        raise failure(error) from error
