"""Takes one SQL question, gives its answer as a stream of rows of text; can only read."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors
from psycopg.types.string import TextLoader

from dhub.errors import DatabaseFailed, DhubError, Refused, UsageError
from dhub.estate.failures import failure
from dhub.estate.meant import meant
from dhub.estate.reader import connect_reader
from dhub.estate.statement import CURSOR_WORDS, first_word

if TYPE_CHECKING:
    from dhub.estate.databases import Estate

Row = tuple[str | None, ...]

_BATCH = 2000  # rows a fetch at most: 1 MB or so of text
_FIRST, _ENOUGH = 50, 4 << 20  # rows of the first fetch; bytes that a later one is to bring
_GRACE = 2.0  # seconds beyond the server's own timeout, which the query may have lifted

_WRITES = (
    errors.ReadOnlySqlTransaction,
    errors.InsufficientPrivilege,
    errors.InvalidTransactionState,
    errors.ActiveSqlTransaction,
)
# These share the SQLSTATE of a feature not supported or of plain syntax; translated servers say
# them otherwise, which changes the exit code from 3 to 2 and nothing else.
_WRITE_SIGNS = ("data-modifying", "SELECT ... INTO", "SELECT INTO", "in a non-volatile function")
# Of the query, not of the server: 54001 is its depth of nesting.
_LIMITS = (
    errors.ProgramLimitExceeded,
    errors.InsufficientResources,
    errors.SystemError,
    errors.StatementTooComplex,
    errors.TooManyColumns,
    errors.TooManyArguments,
)


@dataclass(frozen=True)
class Answer:
    """Columns with their types' names, and the rows, each value as the server writes it."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Iterator[Row]


@contextmanager
def asked(estate: Estate, database: str, query: str, timeout: float) -> Iterator[Answer]:
    """Ask the question; `timeout` in seconds, for the first rows and for each further batch.

    Raises Refused for an attempt to write, UsageError for SQL that is not valid, DatabaseFailed
    when it takes too long or the server fails.
    """
    word = first_word(query)
    with _explained(database, query, timeout), connect_reader(estate, database) as conn:
        conn.read_only = True
        conn.execute("SELECT set_config('statement_timeout', %s, true)", (f"{timeout:.3f}s",))
        _read_text(conn)
        batches = _fetched(conn, query, timeout, as_cursor=word in CURSOR_WORDS)
        columns, types = next(batches)
        yield Answer(columns, types, (row for batch in batches for row in batch))
        conn.rollback()


def _read_text(conn: psycopg.Connection[Any]) -> None:
    """Leave every value as the server writes it: faithful, and faster than making objects."""
    for known in conn.adapters.types:
        for oid in (known.oid, known.array_oid):
            conn.adapters.register_loader(oid, TextLoader)


def _fetched(
    conn: psycopg.Connection[Any], query: str, timeout: float, *, as_cursor: bool
) -> Iterator[Any]:
    """First (columns, types), then batches of rows."""
    if not as_cursor:
        # EXPLAIN and SHOW can be no cursor; a stream sends one statement only, too.
        with conn.cursor() as plain, _watched(conn, timeout):
            rows = plain.stream(query.encode())
            first = list(islice(rows, 1))
            yield _described(plain)
            while first:
                yield first
                first = list(islice(rows, _FIRST))
        return
    with conn.cursor(name="dhub_query") as cursor:
        with _watched(conn, timeout):
            cursor.execute(query.encode())
            batch = cursor.fetchmany(_FIRST)
        yield _described(cursor)
        while batch:
            yield batch
            with _watched(conn, timeout):
                batch = cursor.fetchmany(_next(batch))


def _next(batch: Sequence[Row]) -> int:
    """The rows of the next fetch: few when those of the last were large, whatever the answer."""
    size = sum(len(value) for row in batch for value in row if value) // len(batch)
    return max(1, min(_BATCH, _ENOUGH // max(1, size)))


def _described(cursor: psycopg.Cursor[Any] | psycopg.ServerCursor[Any]) -> tuple[Any, Any]:
    columns = cursor.description or []
    return tuple(each.name for each in columns), tuple(each.type_display for each in columns)


@contextmanager
def _watched(conn: psycopg.Connection[Any], timeout: float) -> Iterator[None]:
    """Cancel from outside when the server's own timeout does not: a query may set it to 0."""
    watch = threading.Timer(timeout + _GRACE, conn.cancel_safe)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


@contextmanager
def _explained(database: str, query: str, timeout: float) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise _meaning(error, database, query, timeout) from error


def _meaning(error: psycopg.Error, database: str, query: str, timeout: float) -> DhubError:
    said = error.diag.message_primary or str(error).splitlines()[0]
    if isinstance(error, errors.QueryCanceled):
        return DatabaseFailed(
            f"{database}: the query took longer than {timeout:g} s and was cancelled. "
            "Give it more with --timeout."
        )
    if isinstance(error, _WRITES) or any(sign in said for sign in _WRITE_SIGNS):
        return Refused(f"db query only reads {database}: {said}.")
    if isinstance(error, errors.ProtocolViolation):
        return UsageError(f"{database}: the query has parameters like $1. Write their values.")
    if isinstance(error, errors.DiskFull) or error.sqlstate is None:
        return failure(error, database)
    if isinstance(error, psycopg.OperationalError) and not isinstance(error, _LIMITS):
        return failure(error, database)
    # Not where: the text sent is longer by what declares the cursor, so the place would mislead.
    hint = error.diag.message_hint or meant(error, database, query)
    return UsageError(f"{database}: {said}.{' ' if hint else ''}{hint}")
