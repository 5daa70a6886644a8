"""Takes a new connection, gives it the meaning dhub relies on, whatever others have set.

A role, a database, the server, PGOPTIONS, PGTZ and their like, a service file and a URL's options
all reach into a session. What changes what is read or written is set here; what only changes speed
or place (work_mem, default_tablespace, ...) stays the user's, but for compiling.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import psycopg
from psycopg import errors

from dhub.errors import UsageError

Connection = psycopg.Connection[Any]

_MEANING = {
    # how values are written and read
    "client_encoding": "UTF8",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "timezone_abbreviations": "Default",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "lc_time": "C",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "xmlbinary": "base64",
    "xmloption": "content",
    "quote_all_identifiers": "off",
    # what a statement means
    "array_nulls": "on",
    "backslash_quote": "safe_encoding",
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    "gin_fuzzy_search_limit": "0",
    "restrict_nonsystem_relation_kind": "",
    # what a transaction is, and when a session ends
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    "exit_on_error": "off",
    "statement_timeout": "0",
    "transaction_timeout": "0",
    "idle_session_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}

# Row security off: a policy that would hide rows from dhub is an error, not a smaller bank.
# What dhub asks it asks once: compiling it took a third of a server's time in a load, where
# PostgreSQL came with a compiler. (measured) What a reader asks is the user's.
LOGIN = {
    "search_path": "public",
    "row_security": "off",
    "default_transaction_read_only": "off",
    "jit": "off",
}
# The compose file has pg_stat_statements in `monitoring`.
READING = {
    "search_path": "public, reporting, monitoring",
    "row_security": "on",
    "default_transaction_read_only": "on",
}

# The server's side of a dead connection, by libpq's words for ours; on a socket they are ignored.
_SERVER_SIDE = {
    "keepalives_idle": "tcp_keepalives_idle",
    "keepalives_interval": "tcp_keepalives_interval",
    "keepalives_count": "tcp_keepalives_count",
    "tcp_user_timeout": "tcp_user_timeout",
}

# Every name is qualified: the search path is not ours yet. An older server lacks some settings.
# Nothing is set where another process answers than the one that was connected to: see pooling.
_PIN = """
SELECT pg_catalog.pg_backend_pid(),
    pg_catalog.pg_postmaster_start_time(),
    pg_catalog.clock_timestamp(),
    pg_catalog.current_setting('session_replication_role'),
    (SELECT pg_catalog.count(pg_catalog.set_config(name, value, false))
     FROM ROWS FROM (pg_catalog.unnest(%s::pg_catalog.text[]),
        pg_catalog.unnest(%s::pg_catalog.text[])) AS wanted (name, value)
     WHERE pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) %s::pg_catalog.int4
        AND pg_catalog.current_setting(name, true) IS NOT NULL)
"""

# What one step sets for itself alone; the last two came with PostgreSQL 14.
_WAITING = """
SELECT set_config(name, value, false) FROM (VALUES ('lock_timeout', %s),
    ('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0')
) AS wanted (name, value) WHERE current_setting(name, true) IS NOT NULL
"""

_TRIES = 20


class Backend(NamedTuple):
    """The server's process at the other end, when its server was started, and the time there."""

    pid: int
    started: Any
    seen: Any


def settings(habits: Mapping[str, str], parts: Mapping[str, Any], lock_timeout: str) -> list[str]:
    """Names and values of all that is set, one after the other."""
    alive = {} if str(parts.get("keepalives")) == "0" else _SERVER_SIDE
    wanted = {**_MEANING, **habits, "lock_timeout": lock_timeout}
    wanted |= {theirs: str(parts[ours]) for ours, theirs in alive.items() if ours in parts}
    return [word for pair in wanted.items() for word in pair]


def pin(conn: Connection, words: list[str], pid: int) -> Backend:
    """Set all of it, in one round trip, where the process `pid` answers; says which one does.

    The connection is in autocommit. Raises UsageError where triggers are off for this login.
    """
    found = _pinned(conn, (words[::2], words[1::2], pid))
    assert found is not None
    backend, replication = Backend(*found[:3]), found[3]
    if replication != "origin" and backend.pid == pid:
        _fire_triggers(conn)
    return backend


def _pinned(conn: Connection, values: tuple[Any, ...]) -> Any:
    """The answer, in spite of a statement_timeout of a millisecond or so."""
    for _ in range(_TRIES):
        try:
            return conn.execute(_PIN, values).fetchone()
        except errors.QueryCanceled:
            with suppress(errors.QueryCanceled):
                conn.execute("SET statement_timeout = 0")
    return conn.execute(_PIN, values).fetchone()


def _fire_triggers(conn: Connection) -> None:
    """As a replica a session checks no foreign key: whoever set that may take it back."""
    try:
        conn.execute("SET session_replication_role = origin")
    except errors.InsufficientPrivilege as error:
        user = conn.info.user
        raise UsageError(
            f"{conn.info.dbname}: for role {user} foreign keys are off.\nLet a superuser run:"
            f' ALTER ROLE "{user}" SET session_replication_role TO origin'
        ) from error


def again(conn: Connection, lock_timeout: str) -> None:
    """Have a session that another step has used wait as one that is new."""
    conn.execute(_WAITING, (lock_timeout,))


def cut_when_silent(conn: Connection, after: str) -> None:
    """Have the server end this session when nothing is heard of it for so long (14 and later)."""
    conn.execute(
        "SELECT set_config(name, %s, false) FROM unnest(ARRAY['idle_session_timeout',"
        " 'idle_in_transaction_session_timeout']) AS name WHERE current_setting(name, true) <> ''",
        (after,),
    )
