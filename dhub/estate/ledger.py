"""Takes what a run plans and loads, gives what each database holds of it: schema dhub in Python.

Connections are in autocommit, save for `claim_shard` and `record_entries`, which are the first and
the last thing in a shard's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import dict_row, scalar_row

from dhub.errors import Refused

Connection = psycopg.Connection[Any]
Ranges = list[tuple[int, int]]

RUNNING, COMPLETE, INTERRUPTED, CLEARING = "running", "complete", "interrupted", "clearing"


class RunLost(Refused):
    """The run no longer owns the database: it was cleared, resumed elsewhere or has ended."""


@dataclass(frozen=True)
class RunRecord:
    """A row of dhub.runs: one cohort, the same in all six databases.

    `owner` is the token of the process at work; whoever resumes a run brings a new one.
    """

    run_id: str
    cohort: int
    seed: int
    scale: float
    profile_name: str
    profile_json: str
    as_of: date
    employees: int
    customers: int
    first_shard: int
    shard_count: int
    state: str
    started_at: datetime
    finished_at: datetime | None
    dhub_version: str
    owner: str = ""
    bank_format: int = 1

    @property
    def next_shard(self) -> int:
        """The first customer shard behind this cohort."""
        return self.first_shard + self.shard_count


class Entry(NamedTuple):
    """What a shard loaded into a table; the keys are None when it loaded no row."""

    table: str
    rows: int
    first_key: int | None
    last_key: int | None
    key_column: str | None = None
    digest: bytes | None = None


TABLES = ("runs", "shards", "entries", "attempts", "deferred")

# Shards of each run that are in and say which rows they loaded; what the latest clear took away.
SHARDS = """
SELECT run_id, count(*) AS shards FROM dhub.shards s WHERE EXISTS (SELECT FROM dhub.entries e
    WHERE e.run_id = s.run_id AND e.shard_index = s.shard_index) GROUP BY 1
"""
CLEARED = "SELECT run_id FROM dhub.cleared"

_COLUMNS = tuple(field.name for field in fields(RunRecord))
_NAMES = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
# The ledger of an older dhub knows no format; its banks have the first.
_READ = sql.SQL(", ").join(
    [*map(sql.Identifier, _COLUMNS[:-1])]
    + [sql.SQL("coalesce((to_jsonb(r) ->> 'bank_format')::integer, 1) AS bank_format")]
)


def installed(conn: Connection) -> bool:
    """Whether the ledger's tables are there: a marked database may not be migrated yet."""
    return bool(_scalar(conn, "SELECT to_regclass('dhub.deferred') IS NOT NULL"))


def begun(conn: Connection) -> bool:
    """Whether the ledger was ever made here, whatever has become of its tables since."""
    made = "SELECT to_regclass('dhub.migrations') IS NOT NULL"
    if installed(conn) or not _scalar(conn, made):
        return installed(conn)
    done = "SELECT EXISTS (SELECT FROM dhub.migrations WHERE migration_id = 'dhub/0002_ledger')"
    return bool(_scalar(conn, done))


def lacking(conn: Connection) -> list[str]:
    """Tables of the ledger that somebody dropped or renamed."""
    rows = conn.execute(
        "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL",
        ([f"dhub.{name}" for name in TABLES],),
    )
    return [row[0] for row in rows]


def open_run(conn: Connection, record: RunRecord) -> None:
    """Write the run's row; a row of that run that is there already stays as it is.

    Raises Refused when another run has this cohort or these shards.
    """
    insert = sql.SQL("INSERT INTO dhub.runs ({}) VALUES ({}) ON CONFLICT (run_id) DO NOTHING")
    values = sql.SQL(", ").join([sql.Placeholder()] * len(_COLUMNS))
    try:
        conn.execute(insert.format(_NAMES, values), astuple(record))
    except psycopg.errors.UniqueViolation as error:
        raise Refused(
            f"{conn.info.dbname} already holds cohort {record.cohort} of another run. "
            "See `dhub seed status`."
        ) from error


def take_over(conn: Connection, run_id: str, owner: str) -> None:
    """Make `owner` the one who may load the run, and its state running.

    Waits for shards that are just being committed; workers of an earlier owner are shut out.
    Raises Refused when the run is not there or is being cleared.
    """
    taken = conn.execute(
        "UPDATE dhub.runs SET state = 'running', finished_at = NULL, owner = %s"
        " WHERE run_id = %s AND state <> 'clearing'",
        (owner, run_id),
    )
    if taken.rowcount == 0:
        raise Refused(
            f"{conn.info.dbname}: a clear of this estate was interrupted. "
            "Finish it with `dhub seed clear --confirm`."
        )


def close_run(conn: Connection, run_id: str, state: str) -> None:
    """Write how the run ended; a run that is complete, or being cleared, stays so."""
    conn.execute(
        "UPDATE dhub.runs SET state = %s, finished_at = now() WHERE run_id = %s"
        " AND state NOT IN ('complete', 'clearing')",
        (state, run_id),
    )


def runs(conn: Connection) -> list[RunRecord]:
    """The runs that this database knows, oldest cohort first."""
    query = sql.SQL("SELECT {} FROM dhub.runs r ORDER BY cohort").format(_READ)
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query).fetchall()
    # The seed is numeric, since it may pass 63 bits, and comes as a Decimal.
    return [RunRecord(**{**row, "seed": int(row["seed"])}) for row in rows]


def loaded_shards(conn: Connection, run_id: str) -> set[int]:
    """The shards of the run that this database holds; 0 is the foundation."""
    with conn.cursor(row_factory=scalar_row) as cursor:
        cursor.execute("SELECT shard_index FROM dhub.shards WHERE run_id = %s", (run_id,))
        return set(cursor)


def attempts_of(conn: Connection, run_id: str) -> list[tuple[int, int]]:
    """The customer shards of the run that took more than one attempt, with the one that held."""
    query = "SELECT shard_index, attempt FROM dhub.shards WHERE run_id = %s AND attempt > 0"
    return [(shard, attempt) for shard, attempt in conn.execute(query, (run_id,)) if shard]


def claim_shard(
    conn: Connection, run_id: str, shard_index: int, attempt: int, owner: str = ""
) -> bool:
    """Write that the shard is in, as the first thing in the transaction that loads it.

    Whoever loads the same shard at the same time waits here until that is in or rolled back; False
    when it is in. Raises RunLost when the run is not running under `owner`.
    """
    _hold(conn, run_id, owner, "KEY SHARE")
    written = conn.execute(
        "INSERT INTO dhub.shards (run_id, shard_index, attempt) VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (run_id, shard_index, attempt),
    )
    return written.rowcount > 0


def record_entries(
    conn: Connection, run_id: str, shard_index: int, entries: Sequence[Entry], owner: str = ""
) -> None:
    """Write what the claimed shard loaded, as the last thing in its transaction.

    Holds the run's row until the commit, so that nobody takes the run away in between.
    Raises RunLost when the run is not running under `owner` any more.
    """
    _hold(conn, run_id, owner, "SHARE")
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO dhub.entries (run_id, shard_index, table_name, row_count, first_key,"
            " last_key, key_column, digest) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [(run_id, shard_index, *entry) for entry in entries],
        )


def _hold(conn: Connection, run_id: str, owner: str, strength: str) -> None:
    """Keep the run's row: from being deleted (KEY SHARE), or from any change (SHARE)."""
    query = f"SELECT state, owner FROM dhub.runs WHERE run_id = %s FOR {strength}"
    row = conn.execute(query.encode(), (run_id,)).fetchone()
    if row is None or tuple(row) != (RUNNING, owner):
        found = "was cleared" if row is None else f"is {row[0]}"
        found = "was resumed by another process" if row and row[0] == RUNNING else found
        raise RunLost(f"{conn.info.dbname}: this run {found}; nothing more is loaded.")


def record_attempt(
    conn: Connection,
    run_id: str,
    shard_index: int,
    attempt: int,
    table: str | None,
    constraint: str | None,
    value: str | None,
) -> None:
    """Write down a load that was rolled back: which constraint it met, and with what value."""
    conn.execute(
        "INSERT INTO dhub.attempts"
        " (run_id, shard_index, attempt, table_name, constraint_name, value)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (run_id, shard_index, attempt, table, constraint, value),
    )


def next_shard(conn: Connection) -> int:
    """The shard at which the next cohort starts: behind all shards of all cohorts, or 1."""
    return int(_scalar(conn, "SELECT coalesce(max(first_shard + shard_count), 1) FROM dhub.runs"))


def seeded_rows(conn: Connection, run_id: str | None = None) -> dict[str, int]:
    """Rows that dhub loaded into each table, over all runs or by one."""
    rows = conn.execute(
        "SELECT table_name, sum(row_count)::bigint FROM dhub.entries"
        " WHERE %(run)s::text IS NULL OR run_id::text = %(run)s GROUP BY 1",
        {"run": run_id},
    )
    return dict(rows.fetchall())


def seeded_ranges(conn: Connection) -> dict[str, Ranges]:
    """The key ranges of each table that dhub loaded, ascending, neighbours joined."""
    rows = conn.execute(
        "SELECT table_name, first_key, last_key FROM dhub.entries WHERE row_count > 0"
        " ORDER BY 1, 2, 3"
    )
    ranges: dict[str, Ranges] = {}
    for table, low, high in rows:
        ranges.setdefault(table, []).append((low, high))
    return {table: joined(each) for table, each in ranges.items()}


def joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Ascending ranges, those that touch or overlap made one."""
    found: Ranges = []
    for low, high in ranges:
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def key_columns(conn: Connection) -> dict[str, str | None]:
    """The column of each seeded table that the ranges mean; None where an older dhub seeded it."""
    # As JSON, since the ledger of an older dhub has no such column.
    rows = conn.execute(
        "SELECT table_name, max(to_jsonb(e) ->> 'key_column') FROM dhub.entries e"
        " WHERE row_count > 0 GROUP BY 1"
    )
    return dict(rows.fetchall())


def keeps_cleared(conn: Connection) -> bool:
    """Whether a clear is written down here: the ledger of an older dhub has no place for it."""
    return bool(_scalar(conn, "SELECT to_regclass('dhub.cleared') IS NOT NULL"))


def forget(conn: Connection) -> None:
    """Strike off all runs, in the caller's transaction, and keep their names as cleared."""
    if keeps_cleared(conn):
        if _scalar(conn, "SELECT EXISTS (SELECT FROM dhub.runs)"):
            conn.execute("DELETE FROM dhub.cleared")
            conn.execute("INSERT INTO dhub.cleared (run_id) SELECT run_id FROM dhub.runs")
        conn.execute("DELETE FROM dhub.deleted")
    conn.execute("DELETE FROM dhub.runs")


def _scalar(conn: Connection, query: str) -> Any:
    row = conn.execute(query.encode()).fetchone()
    return row[0] if row else None
