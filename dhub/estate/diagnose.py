"""Takes what the server raised, gives what it means: a collision, a passing failure, or an end.

psycopg.Error
├── Collision   a unique or check constraint met a row: other natural keys may help
├── Transient   deadlock, serialisation failure, lost connection: the same again may help
└── the rest    DatabaseFailed (disk full, no right, ...) or Fault (data the schema forbids)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import errors

from dhub.errors import DatabaseFailed, DhubError, Fault, Refused
from dhub.estate.failures import Locked
from dhub.settings.names import MADE_BY


def finish_of(database: str) -> str:
    """What finishes a run that failed in a database."""
    return f"`{MADE_BY.get(database, 'dhub seed resume')}` finishes the run."


_KEY = re.compile(r"^Key \((?P<columns>.*?)\)=\((?P<values>.*)\)")
_LINE = re.compile(r"^COPY (?P<table>\S+), line (?P<line>\d+)(?:, column (?P<column>\w+))?", re.M)

_CONSTRAINTS = (errors.UniqueViolation, errors.CheckViolation, errors.ExclusionViolation)
_PASSING = (
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.LockNotAvailable,
    errors.TooManyConnections,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.IdleInTransactionSessionTimeout,
)
_OUR_FAULT = (
    errors.IntegrityError,
    psycopg.DataError,
    psycopg.ProgrammingError,
    psycopg.NotSupportedError,
)
_CAUSES = {
    errors.DiskFull: "the disk of its server is full. Make room, then",
    errors.OutOfMemory: "its server ran out of memory. Once it has some,",
    errors.ReadOnlySqlTransaction: "it has become read-only. Once it can be written to,",
    errors.InsufficientPrivilege: "the role has lost a right it needs. Grant it, then",
    errors.QueryCanceled: "a statement was cancelled. Raise the role's statement_timeout, then",
}


@dataclass(frozen=True)
class Place:
    """Where a load failed, as far as the server tells; `row` counts from 1 in the COPY."""

    table: str | None
    constraint: str | None
    column: str | None
    value: str | None
    row: int | None

    def __str__(self) -> str:
        where = ".".join(part for part in (self.table, self.column) if part) or "unknown table"
        what = f" = {self.value}" if self.value else ""
        row = f", row {self.row} of its shard" if self.row else ""
        rule = f", constraint {self.constraint}" if self.constraint else ""
        return f"{where}{what}{row}{rule}"


class Collision(Exception):
    """A row met one that was there, or a rule; the shard's transaction was rolled back."""

    def __init__(self, database: str, place: Place) -> None:
        super().__init__(f"{database}: {place}")
        self.database = database
        self.place = place


class Transient(DatabaseFailed):
    """A failure that may pass: the same transaction is worth another try."""


@contextmanager
def told(database: str, conn: psycopg.Connection[object] | None = None) -> Iterator[None]:
    """Turn what psycopg raises inside into Collision, Transient, DatabaseFailed or Fault."""
    try:
        yield
    except Locked as error:
        raise Transient(f"{error}\n{finish_of(database)}") from error
    except psycopg.Error as error:
        raise meaning(database, error, lost=conn is not None and conn.closed) from error


def meaning(database: str, error: psycopg.Error, lost: bool = False) -> DhubError | Collision:
    """What an error of the server means to a run; `lost` when its connection is gone."""
    if _raised_by_trigger(error):
        on = f" on {place(error).table}" if place(error).table else ""
        return Refused(
            f"{database}: a trigger of your own{on} raises an error ({_first_line(error)}). "
            f"Disable it, then {finish_of(database)}"
        )
    if isinstance(error, _CONSTRAINTS):
        return Collision(database, place(error))
    if isinstance(error, _PASSING):
        return Transient(f"{database}: {_first_line(error)}. {finish_of(database)}")
    for kind, cause in _CAUSES.items():
        if isinstance(error, kind):
            return DatabaseFailed(f"{database}: {cause} {finish_of(database)}")
    if lost or _connection(error):
        cause = f"the connection was lost ({_first_line(error)})"
        return Transient(f"{database}: {cause}. {finish_of(database)}")
    if isinstance(error, _OUR_FAULT):
        return Fault(f"{database}: {place(error)}: {_first_line(error)}")
    return DatabaseFailed(f"{database}: {_first_line(error)}. {finish_of(database)}")


def _raised_by_trigger(error: psycopg.Error) -> bool:
    """Whether code of a user's own failed: dhub has none that a load would run."""
    context = error.diag.context or ""
    return isinstance(error, errors.RaiseException) or "PL/pgSQL function" in context


def place(error: psycopg.Error) -> Place:
    """Table, constraint, column, value and row of an error, as far as the server tells them."""
    diag = error.diag
    key = _KEY.search(diag.message_detail or "")
    line = _LINE.search(diag.context or "")
    return Place(
        table=diag.table_name or (line["table"] if line else None),
        constraint=diag.constraint_name,
        column=key["columns"] if key else diag.column_name or (line["column"] if line else None),
        value=key["values"] if key else diag.message_detail,
        row=int(line["line"]) if line else None,
    )


def _connection(error: psycopg.Error) -> bool:
    """Whether the connection failed: such an error has no SQLSTATE, or one of class 08."""
    state = error.sqlstate or ""
    plain = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and not state
    return plain or state.startswith("08")


def _first_line(error: psycopg.Error) -> str:
    text = error.diag.message_primary or str(error) or type(error).__name__
    return text.strip().splitlines()[0].rstrip(".")
