"""Takes a connection and a way to open another, tells whether a pooler shares its session out.

dhub's locks, settings and temporary states live in sessions. pgbouncer and its like answer under a
process number of their own; only then is looked further, so that nobody else pays for it.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import errors

from dhub.errors import UsageError

Connection = psycopg.Connection[Any]

_PID = "SELECT pg_catalog.pg_backend_pid()"
_whole: set[tuple[object, ...]] = set()  # where sessions are known to be lent out whole

_PATIENCE = 2.0  # seconds; a pool that has no second connection to give lends out whole sessions


def check(conn: Connection, first: int, again: Callable[[], Connection], called: str) -> None:
    """Raises UsageError when statements of one session reach several processes of the server.

    `first` is the process that answered first. A shared session shows in one of two ways: another
    process answers, or the same one answers somebody else meanwhile. Asked once for each place.
    """
    info = conn.info
    place = (info.host, info.port, info.user, info.dbname)
    if place in _whole:
        return
    try:
        # Thrice: in a pool that is just growing, both may miss.
        shared = any(
            _pid(conn) != first or _lent(again) == first or _pid(conn) != first for _ in range(3)
        )
    except (errors.ProtocolViolation, errors.FeatureNotSupported):
        shared = True  # statement pooling forbids transactions
    if shared:
        raise UsageError(
            f"{called} is reached through a pooler that shares sessions out (pgbouncer's"
            " pool_mode transaction or statement), and dhub's locks live in sessions.\n"
            "Name the server itself, or a pool with pool_mode = session."
        )
    _whole.add(place)


def _pid(conn: Connection) -> int:
    row = conn.execute(_PID).fetchone()
    return int(row[0]) if row else 0


def _lent(again: Callable[[], Connection]) -> int | None:
    """The process that another connection gets for a transaction; None when it has to wait."""
    try:
        other = again()
    except psycopg.OperationalError:
        return None
    try:
        plain = other.pgconn
        plain.send_query(f"BEGIN; {_PID}".encode())
        found: int | None = None
        while select.select([plain.socket], [], [], _PATIENCE)[0]:
            plain.consume_input()
            while not plain.is_busy():
                if (result := plain.get_result()) is None:
                    return found
                if result.status == psycopg.pq.ExecStatus.FATAL_ERROR:
                    raise errors.ProtocolViolation("no transactions")
                if result.ntuples:
                    found = int(result.get_value(0, 0) or 0)
        return None
    finally:
        other.close()
