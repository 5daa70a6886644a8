"""Takes a connection to one of the six databases, fills or empties what its schema reporting keeps.

The marts are functions of the bank's rows and its as-of date, and of nothing else. Only what
dhub's own migration made is called and written; what a user put into the schema stays as it is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

import psycopg
from psycopg import sql

from dhub.errors import Refused
from dhub.estate import deferred, guard
from dhub.estate.connections import WRITING
from dhub.estate.databases import Estate
from dhub.estate.failures import failure
from dhub.estate.kept import Kept, keeping
from dhub.estate.ledger import Connection
from dhub.estate.migrate import applied
from dhub.shipped import migrations_dir

SCHEMA = "reporting"
AS_OF = "as_of"
MART, MATERIALIZED = "mart", "materialized view"


class Report(NamedTuple):
    """What the schema keeps: a mart, which its procedure fills, or a materialized view."""

    name: str
    kind: str

    @property
    def procedure(self) -> str:
        """The procedure that fills the mart."""
        return f"refresh_{self.name}"


class Refreshed(NamedTuple):
    """A mart or materialized view as it is after a refresh."""

    name: str
    kind: str
    rows: int


@cache
def reports_of(database: str) -> tuple[Report, ...]:
    """What is declared for a database, in the order in which it is filled."""
    path = migrations_dir() / database / "reports.toml"
    declared = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return (
        *(Report(name, MART) for name in declared.get("marts", ())),
        *(Report(name, MATERIALIZED) for name in declared.get("materialized", ())),
    )


# A mart without its table or procedure is one that a user dropped: there is nothing to fill.
_THERE = """
SELECT name FROM unnest(%(names)s::text[], %(procedures)s::text[]) AS wanted (name, procedure)
JOIN pg_class c ON c.relname = name AND c.relnamespace = to_regnamespace('reporting')
WHERE c.relkind = 'm' OR (c.relkind = 'r' AND (procedure = '' OR EXISTS (
    SELECT FROM pg_proc p WHERE p.pronamespace = c.relnamespace AND p.proname = procedure
        AND p.prokind = 'p' AND p.pronargs = 0)))
"""

_DATE_IT = """
INSERT INTO reporting.as_of (as_of_date)
SELECT max(as_of) FROM dhub.runs HAVING count(*) > 0
"""

# The planner cannot know that instants fall into few months, and would sort all transactions.
_HABITS = (
    "SELECT set_config('enable_sort', 'off', true), set_config('work_mem', '64MB', true)",
    # A mart has no odd corners: a sample of 3,000 rows tells as much as the usual 30,000.
    "SELECT set_config('default_statistics_target', '10', true)",
)


def refresh(conn: Connection, database: str) -> list[Report]:
    """Fill all that the schema keeps, in one transaction; gives what there was to fill.

    Nothing where the migration has not been applied yet. Raises Refused when what a user changed
    in the schema stands in the way, DatabaseFailed when another session keeps it locked.
    """
    if not (there := _there(conn, database)):
        return []
    with deferred.transaction(conn):
        for habit in _HABITS:
            conn.execute(habit)
        with _named(database, AS_OF):
            _empty_table(conn, AS_OF)
            conn.execute(_DATE_IT)
            _analyze(conn, AS_OF)
        for report in there:
            with _named(database, report.name):
                _fill(conn, report)
                _analyze(conn, report.name)
    return there


def empty(conn: Connection, database: str) -> None:
    """Leave no row that was derived from seeded ones, in the caller's transaction."""
    there = _there(conn, database)
    if there:
        _empty_table(conn, AS_OF)
    for report in there:
        if report.kind == MART:
            _empty_table(conn, report.name)
    for report in there:
        if report.kind == MATERIALIZED:
            _fill(conn, report)


def refresh_estate(estate: Estate, kept: Kept | None = None) -> dict[str, list[Refreshed]]:
    """Refresh all six databases side by side; what they hold then, by database.

    Raises Refused while a run is going on, and what `refresh` and `connect` raise.
    """
    with keeping(estate, kept) as known, ThreadPoolExecutor(len(estate.databases)) as threads:
        done = threads.map(lambda database: _refresh_one(known, database), estate.databases)
        return dict(zip(estate.databases, done, strict=True))


def _refresh_one(kept: Kept, database: str) -> list[Refreshed]:
    conn = kept.to(database, WRITING)
    try:
        told = "a run is going on, which ends with a refresh of its own"
        guard.hold_run(conn, database, told)
        return [
            Refreshed(report.name, report.kind, _count(conn, report.name))
            for report in refresh(conn, database)
        ]
    except psycopg.Error as error:
        raise failure(error, database) from error
    finally:
        guard.leave_run(conn)


def _there(conn: Connection, database: str) -> list[Report]:
    """The reports that dhub's migration made and nobody dropped, in order; none without a date."""
    if f"{database}/0002_reporting" not in applied(conn):
        return []
    wanted = (Report(AS_OF, ""), *reports_of(database))
    procedures = [each.procedure if each.kind == MART else "" for each in wanted]
    names = {"names": [each.name for each in wanted], "procedures": procedures}
    found = {row[0] for row in conn.execute(_THERE, names)}
    return [each for each in reports_of(database) if {each.name, AS_OF} <= found]


def _fill(conn: Connection, report: Report) -> None:
    if report.kind == MART:
        conn.execute(sql.SQL("CALL {}()").format(_name(report.procedure)))
    else:
        conn.execute(sql.SQL("REFRESH MATERIALIZED VIEW {}").format(_name(report.name)))


def _empty_table(conn: Connection, name: str) -> None:
    # Not TRUNCATE: whoever reads meanwhile goes on seeing what was there.
    conn.execute(sql.SQL("DELETE FROM ONLY {}").format(_name(name)))


def _analyze(conn: Connection, name: str) -> None:
    conn.execute(sql.SQL("ANALYZE {}").format(_name(name)))


def _count(conn: Connection, name: str) -> int:
    rows = conn.execute(sql.SQL("SELECT count(*) FROM {}").format(_name(name))).fetchall()
    return int(rows[0][0])


def _name(name: str) -> sql.Identifier:
    return sql.Identifier(SCHEMA, name)


@contextmanager
def _named(database: str, name: str) -> Iterator[None]:
    """Say which mart it was that could not be filled."""
    try:
        yield
    except (psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError) as error:
        told = error.diag.message_primary or str(error)
        raise Refused(
            f"{database}: {SCHEMA}.{name} cannot be filled ({told}). Undo what was changed there "
            "or drop it, then `dhub seed resume`, or `dhub db refresh` when no run is open."
        ) from error
