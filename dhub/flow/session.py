"""Takes the job of a run and the hold on its databases, loads them, from first write to last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic

import psycopg

from dhub.errors import DatabaseFailed, DhubError, Fault, Refused
from dhub.estate import deferred, ledger, noted
from dhub.estate.capacity import Room, room
from dhub.estate.diagnose import finish_of
from dhub.estate.fit import misfits
from dhub.estate.hold import Hold
from dhub.estate.ledger import Connection, RunLost, RunRecord
from dhub.flow.catalogue import bank_of
from dhub.flow.crew import Hands, Job
from dhub.flow.events import Begun, Event, Listener, Outcome, Retried, Stage
from dhub.flow.finish import finish
from dhub.flow.plan import Plan
from dhub.flow.worker import Task
from dhub.model import Domain

# Up to this many shards, putting constraints aside costs more than checking row by row. (measured)
_FEW_SHARDS = 2
# A server that crashed has lost its last commits; what it lost is loaded again, this often.
_MOST_ROUNDS = 3


@dataclass
class _Tally:
    """Counts retries on their way to the listener."""

    listener: Listener
    retries: int = 0

    def __call__(self, event: Event) -> None:
        self.retries += isinstance(event, Retried)
        self.listener(event)


@dataclass(frozen=True)
class Session:
    """All that the steps of one run share."""

    hold: Hold
    crew: Hands
    job: Job
    record: RunRecord
    bank: tuple[Domain, ...]
    tally: _Tally
    room: Room

    @classmethod
    def of(
        cls, hold: Hold, crew: Hands, job: Job, record: RunRecord, listener: Listener
    ) -> Session:
        """Raises UsageError when there are too few connections for the run."""
        workers = max(1, crew.size)
        left = room(hold, workers)
        job = replace(job, connections=min(job.connections, left.total // workers))
        return cls(hold, crew, job, record, bank_of(job.bank), _Tally(listener), left)

    @property
    def plan(self) -> Plan:
        return self.job.plan


def refuse_misfits(hold: Hold, bank: Sequence[Domain]) -> None:
    """Refuse when a user changed a table so that it cannot take the bank's rows."""
    tables = {domain.database: domain.tables for domain in bank}
    found = hold.each(lambda conn, database: misfits(conn, tables[database]), tables)
    lines = [f"{database}: {line}" for database, each in found.items() for line in each]
    if lines:
        more = f" (and {len(lines) - 3} more)" if len(lines) > 3 else ""
        raise Refused(
            f"{'; '.join(lines[:3])}{more}.\nNothing was written. Undo that, or drop the databases "
            "and start anew."
        )


def run(session: Session, started: float) -> Outcome:
    """Everything between the first write and the last; what stops it leaves an interrupted run."""
    run_id = session.record.run_id
    before = _rows(session)
    _take(session)
    try:
        _watch(session)
        session.tally(Begun(session.plan.phases, _by_phase(session, before)))
        if session.plan.foundation and len(session.plan.indexes) > _FEW_SHARDS:
            _defer(session)
        _load(session)
        session.tally(Stage("Constraints, indexes, statistics, reports"))
        session.crew.stop(at_once=False)  # its connections are free for this
        finish(session.job.estate, session.hold, session.plan.tables, session.room)
        # The one commit that waits for the disk, and with it for all that was written before.
        session.hold.each(lambda conn, _: ledger.close_run(conn, run_id, ledger.COMPLETE))
    except RunLost:
        raise  # it is somebody else's now, and so is its state
    except BaseException as error:
        _mark_interrupted(session)
        if isinstance(error, Fault):
            # Ours only when nobody changed the tables while they were being loaded.
            refuse_misfits(session.hold, session.bank)
        raise
    after = _rows(session)
    return Outcome(
        run_id=run_id,
        plan=session.plan,
        rows={place: rows - before.get(place, 0) for place, rows in after.items()},
        retries=session.tally.retries,
        seconds=monotonic() - started,
        workers=max(1, session.crew.size),
        there=sum(before.values()),
    )


def _rows(session: Session) -> dict[tuple[str, str], int]:
    """Rows of the run by (database, table), as the ledger has them: what a crash took back is not
    counted."""
    databases, run_id = [domain.database for domain in session.bank], session.record.run_id
    found = session.hold.each(lambda conn, _: ledger.seeded_rows(conn, run_id), databases)
    return {(database, table): n for database, rows in found.items() for table, n in rows.items()}


def _take(session: Session) -> None:
    """Write the run, or take it over, in all six databases or in none."""
    try:
        session.hold.each(partial(_open, session.record))
    except BaseException:
        for database in session.job.estate.databases:
            with suppress(psycopg.Error, DhubError):
                session.hold.each(lambda conn, _: conn.execute("ROLLBACK"), [database])
        raise
    session.hold.each(lambda conn, _: conn.execute("COMMIT"))
    session.hold.each(lambda conn, _: conn.execute("SET lock_timeout = '30s'"))


def _by_phase(session: Session, rows: dict[tuple[str, str], int]) -> dict[int, int]:
    found = Counter[int]()
    for table in session.plan.tables:
        found[table.phase] += rows.get((table.database, table.table), 0)
    return dict(found)


def _open(record: RunRecord, conn: Connection, database: str) -> None:
    """Both do nothing where there is nothing to do; in a transaction that `_take` ends."""
    conn.execute("BEGIN")
    ledger.open_run(conn, record)
    ledger.take_over(conn, record.run_id, record.owner)


def _watch(session: Session) -> None:
    """Have it noted from now on which of the rows to come somebody deletes."""
    keys = {
        domain.database: {table.name: table.key for table in domain.tables}
        for domain in session.bank
    }
    session.hold.each(lambda conn, database: noted.watch(conn, keys[database]), keys)


def _defer(session: Session) -> None:
    names = {domain.database: [table.name for table in domain.tables] for domain in session.bank}
    session.hold.each(lambda conn, database: deferred.defer(conn, names[database]), names)


def _load(session: Session) -> None:
    """Load what the databases lack, until they lack nothing."""
    session.tally(Stage("Loading"))
    for _ in range(_MOST_ROUNDS):
        tasks = _missing(session)
        if not tasks:
            return
        if _guarded(session):
            # Rows of a user kept some foreign keys standing: what they point to must come first.
            first = [task for task in tasks if task.shard == 0]
            session.crew.run(session.job, first, session.tally)
            tasks = tasks[len(first) :]
        session.crew.run(session.job, tasks, session.tally)
        session.hold.recover()
    if _missing(session):
        finish = finish_of(session.job.estate.databases[0])
        raise DatabaseFailed(f"the server keeps losing what was committed. {finish}")


def _missing(session: Session) -> list[Task]:
    """The shards that some database lacks, in order, each with those databases."""
    run_id = session.record.run_id
    loaded = session.hold.each(
        lambda conn, database: ledger.loaded_shards(conn, run_id),
        [domain.database for domain in session.bank],
    )
    lacking = (
        (index, tuple(database for database, shards in loaded.items() if index not in shards))
        for index in session.plan.indexes
    )
    return [Task(index, databases) for index, databases in lacking if databases]


def _guarded(session: Session) -> bool:
    """Whether foreign keys stand in some database during this load."""
    query = (
        "SELECT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f'"
        " AND connamespace = to_regnamespace('public'))"
    )
    found = session.hold.each(
        lambda conn, database: conn.execute(query).fetchone(),
        [domain.database for domain in session.bank],
    )
    return any(row is not None and row[0] for row in found.values())


def _mark_interrupted(session: Session) -> None:
    """Record the interruption where that can be done; a free lock tells the same of the rest."""
    session.crew.stop(at_once=True)
    with suppress(psycopg.Error, DhubError):  # raised once all six have been tried
        session.hold.each(
            lambda conn, _: ledger.close_run(conn, session.record.run_id, ledger.INTERRUPTED)
        )
