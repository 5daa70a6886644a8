"""Takes an estate, gives what stands in it: rows, runs, phases and debts; it never writes.

Everything in it is plain (str, int, float, list), so that `dataclasses.asdict` makes JSON of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Any

import psycopg
from psycopg import sql

from dhub.errors import DhubError, Refused
from dhub.estate import deferred, digests, ledger
from dhub.estate.connections import LOOKING, connect
from dhub.estate.databases import Estate
from dhub.estate.failures import Missing
from dhub.estate.kept import Kept, keeping
from dhub.estate.ledger import Connection, RunRecord
from dhub.estate.reference import filled
from dhub.estate.standing import (
    Standing,
    Standings,
    damages,
    half_cleared,
    refuse_strangers,
    standing,
)
from dhub.model import Domain, Run
from dhub.profiles import profile_from_json

ABSENT, EMPTY, FOREIGN, UNREACHABLE = "absent", "empty", "foreign", "unreachable"
DAMAGED = "damaged"


@dataclass(frozen=True)
class TableStatus:
    """Rows of a table now (None: the table is not there) beside those dhub seeded.

    `digest` is that of the rows as they were loaded; None where the ledger has none. A `reference`
    table is filled by its migration and by no run.
    """

    table: str
    rows: int | None
    seeded: int
    digest: str | None = None
    reference: bool = False


@dataclass(frozen=True)
class RunStatus:
    """A cohort as one database knows it; dates and instants in ISO 8601, duration in seconds.

    `duration` runs to now while the run is going, and is None for one that was killed.
    """

    run_id: str
    cohort: int
    seed: int
    scale: float
    profile: str
    as_of: str
    employees: int
    customers: int
    state: str
    started_at: str
    finished_at: str | None
    duration: float | None
    shards: int
    shards_planned: int
    dhub_version: str
    bank_format: int = 1


@dataclass(frozen=True)
class PhaseStatus:
    """Rows of a phase over all databases: loaded by dhub, and expected by the plan.

    `expected` is an estimate, None when the run's profile cannot be read any more.
    """

    phase: int
    state: str
    rows: int
    expected: int | None


@dataclass(frozen=True)
class DatabaseStatus:
    """One database. `state` is absent, empty, foreign, unreachable, damaged, running, interrupted,
    clearing or complete; `note` tells what was found where it is none of the last four.

    `owed` names the foreign keys and indexes that a run dropped and has not put back yet.
    """

    database: str
    state: str
    note: str | None = None
    runs: list[RunStatus] = field(default_factory=list)
    tables: list[TableStatus] = field(default_factory=list)
    owed: list[str] = field(default_factory=list)
    retries: int = 0


@dataclass(frozen=True)
class EstateStatus:
    """The six databases, their common state, the cohorts and the phases.

    `digest` is that of all that was loaded; None unless the estate is complete. What is there
    `beside` the six counts for neither.
    """

    state: str
    databases: list[DatabaseStatus]
    cohorts: list[RunStatus]
    phases: list[PhaseStatus]
    digest: str | None = None
    beside: list[DatabaseStatus] = field(default_factory=list)


def status(estate: Estate, bank: Sequence[Domain] = (), kept: Kept | None = None) -> EstateStatus:
    """Look at all six databases side by side; a database that cannot be asked says why.

    Raises what `connect` raises when none can be asked: there is no status to tell then; Refused
    when the databases are of several estates. `bank` is the catalogue: its tables are listed (also
    unseeded ones), and give the phases.
    """
    known = {domain.database: [table.name for table in domain.tables] for domain in bank}
    with keeping(estate, kept) as held, ThreadPoolExecutor(len(estate.databases)) as pool:
        looked = list(pool.map(partial(_look, held, known), estate.databases))
    databases = [each for each, _ in looked]
    if {each.state for each in databases} == {UNREACHABLE}:
        connect(estate, estate.databases[0]).close()
    found = {each.database: there for each, there in looked if there is not None}
    refuse_strangers(found)
    databases = _damaged(databases, found)
    state = estate_state(databases, half_cleared(found))
    records = _records(chain.from_iterable(each.runs for each in found.values()))
    phases = _phases(databases, bank, records)
    return EstateStatus(state, databases, _cohorts(databases, state), phases, _digest(databases))


def _digest(databases: Sequence[DatabaseStatus]) -> str | None:
    if {each.state for each in databases} != {ledger.COMPLETE}:
        return None
    seeded = {
        (each.database, table.table): table.digest
        for each in databases
        for table in each.tables
        if (table.seeded or table.digest) and not table.reference
    }
    return digests.estate_digest(seeded)


def _damaged(databases: list[DatabaseStatus], found: Standings) -> list[DatabaseStatus]:
    """With the state of those whose ledger somebody emptied."""
    lacking = dict(damages(found))
    return [
        replace(each, state=DAMAGED, note=f"its ledger {lacking[each.database]}")
        if each.database in lacking
        else each
        for each in databases
    ]


def _look(
    kept: Kept, known: Mapping[str, list[str]], database: str
) -> tuple[DatabaseStatus, Standing | None]:
    try:
        conn = kept.to(database, LOOKING)
        with conn.transaction():
            # One snapshot, so that rows, ledger and lock tell of the same instant.
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return _inside(conn, database, known.get(database, []))
    except Missing:
        return DatabaseStatus(database, ABSENT, "the database does not exist"), Standing()
    except Refused as error:
        return DatabaseStatus(database, FOREIGN, str(error)), None
    except DhubError as error:
        return DatabaseStatus(database, UNREACHABLE, str(error)), None
    except psycopg.Error as error:
        told = error.diag.message_primary or str(error).strip().splitlines()[0]
        return DatabaseStatus(database, UNREACHABLE, f"{database}: {told}"), None


def _inside(conn: Connection, database: str, known: list[str]) -> tuple[DatabaseStatus, Standing]:
    there = standing(conn, database)
    if not there.marked:
        return DatabaseStatus(database, ABSENT, "the database is empty"), there
    if there.damage or not ledger.installed(conn):
        return DatabaseStatus(database, EMPTY), there
    seeded, sums = ledger.seeded_rows(conn), digests.recorded(conn)
    tables = [*known, *sorted(seeded.keys() - set(known))]
    found = DatabaseStatus(
        database,
        database_state(there.runs, there.going),
        runs=[_run(each, there.going, there.shards.get(each.run_id, 0)) for each in there.runs],
        tables=[
            *(_references(conn, database) if known else ()),
            *(
                TableStatus(each, _rows(conn, each), seeded.get(each, 0), sums.get(each))
                for each in tables
            ),
        ],
        owed=deferred.owed(conn),
        retries=_scalar(conn, "SELECT count(*) FROM dhub.attempts"),
    )
    return found, there


def _references(conn: Connection, database: str) -> Iterator[TableStatus]:
    """What migrations fill, as far as it is there."""
    for table, count in filled(database).items():
        if (rows := _rows(conn, table)) is not None:
            yield TableStatus(table, rows, count, reference=True)


def run_state(record: RunRecord, locked: bool) -> str:
    """The state of a run: one marked running whose lock is free was interrupted."""
    return ledger.INTERRUPTED if record.state == ledger.RUNNING and not locked else record.state


def database_state(records: Sequence[RunRecord], locked: bool) -> str:
    """What the runs of one database amount to; the least finished one tells."""
    return _worst([run_state(each, locked) for each in records]) or EMPTY


def estate_state(databases: Sequence[DatabaseStatus], half_cleared: bool = False) -> str:
    """What the six databases amount to: complete only when all six hold the same whole runs."""
    states = [each.state for each in databases]
    states += [ledger.CLEARING] * half_cleared
    if ABSENT in states and any(each.runs for each in databases):
        states.append(DAMAGED)
    if worst := _worst([each for each in states if each != ledger.COMPLETE]):
        return worst
    if ledger.COMPLETE in states:
        same = {tuple(run.run_id for run in each.runs) for each in databases}
        return ledger.COMPLETE if len(same) == 1 else ledger.INTERRUPTED
    return ABSENT if set(states) == {ABSENT} else EMPTY


_GRAVITY = (
    FOREIGN,
    UNREACHABLE,
    DAMAGED,
    ledger.CLEARING,
    ledger.RUNNING,
    ledger.INTERRUPTED,
    ledger.COMPLETE,
)


def _worst(states: Sequence[str]) -> str | None:
    return next((each for each in _GRAVITY if each in states), None)


def _run(record: RunRecord, locked: bool, shards: int) -> RunStatus:
    state = run_state(record, locked)
    return RunStatus(
        run_id=record.run_id,
        cohort=record.cohort,
        seed=record.seed,
        scale=record.scale,
        profile=record.profile_name,
        as_of=record.as_of.isoformat(),
        employees=record.employees,
        customers=record.customers,
        state=state,
        started_at=record.started_at.astimezone(UTC).isoformat(),
        finished_at=_instant(record.finished_at),
        duration=_duration(record, state),
        shards=shards,
        shards_planned=record.shard_count,
        dhub_version=record.dhub_version,
        bank_format=record.bank_format,
    )


def _duration(record: RunRecord, state: str) -> float | None:
    end = datetime.now(UTC) if state == ledger.RUNNING else record.finished_at
    return round((end - record.started_at).total_seconds(), 3) if end else None


def _instant(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant else None


def _rows(conn: Connection, table: str) -> int | None:
    """Rows of whatever bears the name now: a user may have put a view or partitions there."""
    name = sql.Identifier("public", table)
    kind = conn.execute(
        "SELECT relkind::text FROM pg_class WHERE oid = to_regclass(%s)", (name.as_string(conn),)
    ).fetchone()
    if kind is None:
        return None
    count = "SELECT count(*) FROM ONLY {}" if kind[0] == "r" else "SELECT count(*) FROM {}"
    return int(_scalar(conn, sql.SQL(count).format(name)))


def _records(found: Any) -> dict[int, RunRecord]:
    """One record for each cohort: the databases hold the same one."""
    return {each.cohort: each for each in found}


def _cohorts(databases: Sequence[DatabaseStatus], state: str) -> list[RunStatus]:
    """Each cohort once: its state the least finished of the six, its end the latest."""
    cohorts: dict[int, list[RunStatus]] = {}
    for run in chain.from_iterable(each.runs for each in databases):
        cohorts.setdefault(run.cohort, []).append(run)
    return [_merged(runs, state, len(databases)) for _, runs in sorted(cohorts.items())]


def _merged(runs: Sequence[RunStatus], state: str, databases: int) -> RunStatus:
    worst = _worst([run.state for run in runs]) or state
    # Of a database that cannot be looked at, or is another one, nothing is said.
    if len(runs) < databases and worst == ledger.COMPLETE and state not in (FOREIGN, UNREACHABLE):
        worst = ledger.INTERRUPTED
    durations = [run.duration for run in runs]
    finished = [run.finished_at for run in runs]
    return replace(
        runs[0],
        state=worst,
        finished_at=None if None in finished else max(each for each in finished if each),
        duration=None if None in durations else max(each for each in durations if each is not None),
        shards=min(run.shards for run in runs),
    )


def _phases(
    databases: Sequence[DatabaseStatus],
    bank: Sequence[Domain],
    records: Mapping[int, RunRecord],
) -> list[PhaseStatus]:
    seeded = {
        (each.database, table.table): table.seeded for each in databases for table in each.tables
    }
    states = {each.database: each.state for each in databases}
    expected = _expected(bank, [records[cohort] for cohort in sorted(records)])
    phases: dict[int, list[tuple[str, str]]] = {}
    for domain in bank:
        for table in domain.tables:
            phases.setdefault(table.phase, []).append((domain.database, table.name))
    return [
        PhaseStatus(
            phase,
            _worst([states[database] for database, _ in places]) or EMPTY,
            sum(seeded.get(place, 0) for place in places),
            None if expected is None else round(sum(expected[place] for place in places)),
        )
        for phase, places in sorted(phases.items())
    ]


def _expected(
    bank: Sequence[Domain], records: Sequence[RunRecord]
) -> dict[tuple[str, str], float] | None:
    """Rows the plan expects by (database, table), all cohorts together; None if unreadable."""
    if not records:
        return {(domain.database, table.name): 0 for domain in bank for table in domain.tables}
    first = records[0]
    try:
        profile = profile_from_json(first.profile_json)
    except DhubError:
        return None
    run = Run(first.seed, profile, first.as_of, first.employees)
    customers = sum(each.customers for each in records)
    return {
        (domain.database, table.name): table.expected(run, customers)
        for domain in bank
        for table in domain.tables
    }


def _scalar(conn: Connection, query: Any) -> Any:
    row = conn.execute(query).fetchone()
    return row[0] if row else None
