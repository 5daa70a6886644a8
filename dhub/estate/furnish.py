"""Takes the estate of a bare server that runs, makes its databases, which hold nothing yet.

What is one estate's own is left out: it has no name, and its roles no passwords. A copy of it gets
them when it is taken into use.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from dhub.estate.connections import connect
from dhub.estate.creation import prepare
from dhub.estate.databases import Estate
from dhub.estate.failures import failure
from dhub.estate.servers import maintenance
from dhub.server.home import OWNER, READER


def furnish(estate: Estate) -> None:
    """Make them as `dhub db init` does; nobody can log in afterwards."""
    prepare(estate)
    try:
        for database in estate.databases:
            with connect(estate, database, autocommit=True) as conn:
                conn.execute("UPDATE dhub.estate SET estate_id = NULL")
        with maintenance(estate, estate.databases[0]) as admin:
            for role in (READER, OWNER):
                admin.execute(sql.SQL("ALTER ROLE {} PASSWORD NULL").format(sql.Identifier(role)))
    except psycopg.Error as error:
        raise failure(error) from error
