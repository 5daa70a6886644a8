"""Takes a connection, gives the lock of a run in its database, held until the connection ends.

Everybody may take any advisory lock, so a fixed one could be kept from dhub by a role that only
reads. Which key counts, and in whose hands, stands in a table that such a role cannot touch: the
key is drawn anew each time, and the session that wrote it down is the holder.
"""

from __future__ import annotations

import secrets
from typing import Any

import psycopg

from dhub.shipped import migrations_dir

Connection = psycopg.Connection[Any]

# "dhub" in ASCII: the class of our advisory locks, so that they meet no application's own.
LOCK_CLASS = 0x64687562

_THERE = "SELECT to_regclass('dhub.locks') IS NOT NULL"

# Its one parameter is the class of our locks.
HOLDER = """
SELECT l.pid FROM dhub.locks h JOIN pg_locks l ON l.pid = h.pid AND l.objid = h.key::oid
WHERE h.purpose = 'run' AND l.locktype = 'advisory' AND l.granted AND l.classid = %s
    AND l.objsubid = 2
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def take(conn: Connection) -> bool:
    """Take the lock; False when another session has it."""
    if not _there(conn):
        conn.execute((migrations_dir() / "dhub" / "0008_locks.sql").read_bytes())
    with conn.transaction():
        # Read committed: what is asked after the wait must see what the other one wrote.
        conn.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        conn.execute("SELECT FROM dhub.locks WHERE purpose = 'run' FOR UPDATE")
        held_by = holder(conn)
        if held_by is None:
            conn.execute(
                "UPDATE dhub.locks SET pid = pg_backend_pid(), key = %s WHERE purpose = 'run'",
                (_free_key(conn),),
            )
    return held_by in (None, _own_process(conn))


def give_back(conn: Connection) -> None:
    """Give the lock back before the connection ends."""
    conn.execute(
        "SELECT pg_advisory_unlock(%s, key) FROM dhub.locks"
        " WHERE purpose = 'run' AND pid = pg_backend_pid()",
        (LOCK_CLASS,),
    )


def holder(conn: Connection) -> int | None:
    """The server's process whose session has the lock; only looks, so that no run is refused."""
    if not _there(conn):
        return None
    row = conn.execute(HOLDER, (LOCK_CLASS,)).fetchone()
    return row[0] if row else None


def _own_process(conn: Connection) -> int:
    """As the server knows it: a pooler tells the client a number of its own."""
    row = conn.execute("SELECT pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0


def _there(conn: Connection) -> bool:
    row = conn.execute(_THERE).fetchone()
    return bool(row and row[0])


def _free_key(conn: Connection) -> int:
    """A key that nobody has, ours from now on."""
    while True:
        key = secrets.randbelow(2**31 - 1) + 1
        row = conn.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCK_CLASS, key)).fetchone()
        if row and row[0]:
            return key
