"""Takes a plan and an estate, gives a loaded estate: locks, shards on workers, constraints back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from uuid import uuid4

import psycopg

from dhub import BANK_FORMAT, __version__
from dhub.errors import DatabaseFailed, DhubError, Fault, Refused
from dhub.estate import deferred, guard, ledger, noted
from dhub.estate.capacity import Room, room
from dhub.estate.clear import clear
from dhub.estate.databases import Estate
from dhub.estate.diagnose import finish_of
from dhub.estate.fit import misfits
from dhub.estate.hold import Hold
from dhub.estate.ledger import Connection, RunLost, RunRecord
from dhub.estate.standing import (
    Standing,
    one_estate,
    refuse_half_cleared,
    refuse_interrupted,
    refuse_unfinished,
    standing,
    standings,
    unfinished,
)
from dhub.flow.crew import Hands, Job, manned, processors
from dhub.flow.events import Begun, Event, Listener, Outcome, Retried, Stage
from dhub.flow.finish import finish
from dhub.flow.plan import Plan, key_ranges, plan_of
from dhub.flow.rehearsal import rehearsal
from dhub.flow.worker import CATALOGUE, Task, bank_of
from dhub.model import Domain
from dhub.words import counted

# Six connections a worker; PostgreSQL admits a hundred unless told otherwise.
_MOST_WORKERS = 12
# Up to this many shards one process is faster than starting others.
_ALONE = 2
# Up to this many, putting constraints aside costs more than checking them row by row. (measured)
FEW_SHARDS = 2
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
class _Session:
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
    ) -> _Session:
        """Raises UsageError when there are too few connections for the run."""
        workers = max(1, crew.size)
        left = room(hold, workers)
        job = replace(job, connections=min(job.connections, left.total // workers))
        return cls(hold, crew, job, record, bank_of(job.bank), _Tally(listener), left)

    @property
    def plan(self) -> Plan:
        return self.job.plan


def seed(
    estate: Estate,
    plan: Plan,
    workers: int | None = None,
    listener: Listener = lambda event: None,
    bank: str = CATALOGUE,
    crew: Hands | None = None,
) -> Outcome:
    """Load a plan into an estate whose databases are prepared, by `workers` here or by a `crew`.

    Raises Refused when rows of a run are there that the plan does not continue, when a user's row
    has a key that the plan needs, or when another run is going; nothing is written then. Raises
    DatabaseFailed when the database failed or was lost: the run is recorded as interrupted.
    """
    started, size = monotonic(), crew_size(plan, workers)
    with manned(crew, size) as hands, Hold(estate) as hold:
        listener(Stage("Checking the databases"))
        domains = bank_of(bank)
        _refuse_seeded(_standings(hold), plan)
        _refuse_misfits(hold, domains)
        _refuse_taken(hold, plan, domains)
        record = _record(plan)
        job = Job(bank, plan, estate, record.run_id, record.owner, len(estate.databases))
        return _run(_Session.of(hold, hands, job, record, listener), started)


def resume(
    estate: Estate,
    workers: int | None = None,
    listener: Listener = lambda event: None,
    bank: str = CATALOGUE,
    attempts: tuple[tuple[int, int], ...] = (),
    crew: Hands | None = None,
) -> Outcome | None:
    """Finish the run that was interrupted; None when there is none.

    `attempts` are those of its plan, which no ledger keeps.
    Raises Refused, with nothing changed, while another run is going, when a clear was interrupted
    instead, or when the databases cannot finish it.
    """
    started = monotonic()
    domains, size = bank_of(bank), crew_size(None, workers)
    with manned(crew, size) as hands, Hold(estate) as hold:
        there = _standings(hold)
        refuse_half_cleared(there)
        found = unfinished(there)
        if found is None:
            return None
        _refuse_misfits(hold, domains)
        record = replace(found, state=ledger.RUNNING, finished_at=None, owner=uuid4().hex)
        plan = replace(plan_of(record, domains), attempts=attempts)
        job = Job(bank, plan, estate, record.run_id, record.owner, len(estate.databases))
        return _run(_Session.of(hold, hands, job, record, listener), started)


def make_room(estate: Estate, plan: Plan, bank: str = CATALOGUE) -> None:
    """Clear an estate so that the plan can be loaded, once it is certain that it can.

    Raises Refused, with nothing changed, after an interrupted run or clear, when a row that dhub
    did not make has a key that the plan needs or points at a seeded one, or when the tables do not
    take the rows of the plan.
    """
    domains = bank_of(bank)
    with Hold(estate) as hold:
        refuse_interrupted(_standings(hold))
        _refuse_misfits(hold, domains)
        _refuse_taken(hold, plan, domains)
    with rehearsal(domains, plan) as trial:
        clear(estate, trial=trial)


def crew_size(plan: Plan | None, workers: int | None) -> int:
    """Processes to start for a plan; of one that is not known yet, as if it had many shards."""
    return crew_for(None if plan is None else len(plan.indexes), workers)


def crew_for(shards: int | None, workers: int | None) -> int:
    """Processes to start: none when few shards or one worker make it pointless."""
    wanted = workers or min(processors(), _MOST_WORKERS)
    if shards is not None:
        wanted = min(wanted, shards)
        if shards <= _ALONE:
            return 0
    return 0 if wanted == 1 else wanted


def _standings(hold: Hold) -> dict[str, Standing]:
    """What the databases know, which are those of one estate; Refused when they are not."""
    found = hold.each(standing)
    one_estate(found)
    return found


def interrupted(estate: Estate) -> bool:
    """Whether a run stands unfinished in some database, going on or not; changes nothing.

    Raises Refused when the databases are not those of one estate, or a clear was interrupted.
    """
    found = standings(estate)
    one_estate(found)
    refuse_half_cleared(found)
    return unfinished(found) is not None


def cohorts(estate: Estate) -> list[RunRecord]:
    """The cohorts of an estate that is complete, for a plan that appends to it.

    Raises Refused when a run of it is going on or was interrupted.
    """
    found = standings(estate)
    one_estate(found)
    refuse_unfinished(found)
    return list(next(iter(found.values())).runs)


def _refuse_seeded(found: dict[str, Standing], plan: Plan) -> None:
    """Refuse an estate that this plan neither finds empty nor continues."""
    refuse_interrupted(found)
    there = next(iter(found.values())).runs
    if plan.cohort == 1 and there:
        customers = counted(sum(each.customers for each in there), "customer")
        raise Refused(
            f"the estate is already seeded ({customers}, seed {there[0].seed}, "
            f"as of {there[0].as_of}).\nUse --replace to clear it and seed anew, or "
            "--append --customers N to add to it."
        )
    if plan.cohort > 1 and (not there or there[-1].next_shard != plan.first_shard):
        raise Refused("the estate has changed since this was planned. Start again.")


def _refuse_misfits(hold: Hold, bank: Sequence[Domain]) -> None:
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


def _refuse_taken(hold: Hold, plan: Plan, bank: Sequence[Domain]) -> None:
    """Refuse when a row that dhub did not make has a key that the plan may use."""
    ranges = {domain.database: key_ranges(plan, domain) for domain in bank}
    hold.each(
        lambda conn, database: guard.planned_keys_free(conn, database, ranges[database]), ranges
    )


def _record(plan: Plan) -> RunRecord:
    return RunRecord(
        run_id=uuid4().hex,
        cohort=plan.cohort,
        seed=plan.run.seed,
        scale=plan.scale,
        profile_name=plan.run.profile.name,
        profile_json=plan.run.profile.to_json(),
        as_of=plan.run.as_of,
        employees=plan.run.employees,
        customers=plan.customers,
        first_shard=plan.first_shard,
        shard_count=plan.shard_count,
        state=ledger.RUNNING,
        started_at=datetime.now(UTC),
        finished_at=None,
        dhub_version=__version__,
        owner=uuid4().hex,
        bank_format=BANK_FORMAT,
    )


def _run(session: _Session, started: float) -> Outcome:
    """Everything between the first write and the last; what stops it leaves an interrupted run."""
    run_id = session.record.run_id
    before = _rows(session)
    _take(session)
    try:
        _watch(session)
        session.tally(Begun(session.plan.phases, _by_phase(session, before)))
        if session.plan.foundation and len(session.plan.indexes) > FEW_SHARDS:
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
            _refuse_misfits(session.hold, session.bank)
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


def _rows(session: _Session) -> dict[tuple[str, str], int]:
    """Rows of the run by (database, table), as the ledger has them: what a crash took back is not
    counted."""
    databases, run_id = [domain.database for domain in session.bank], session.record.run_id
    found = session.hold.each(lambda conn, _: ledger.seeded_rows(conn, run_id), databases)
    return {(database, table): n for database, rows in found.items() for table, n in rows.items()}


def _take(session: _Session) -> None:
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


def _by_phase(session: _Session, rows: dict[tuple[str, str], int]) -> dict[int, int]:
    found = Counter[int]()
    for table in session.plan.tables:
        found[table.phase] += rows.get((table.database, table.table), 0)
    return dict(found)


def _open(record: RunRecord, conn: Connection, database: str) -> None:
    """Both do nothing where there is nothing to do; in a transaction that `_take` ends."""
    conn.execute("BEGIN")
    ledger.open_run(conn, record)
    ledger.take_over(conn, record.run_id, record.owner)


def _watch(session: _Session) -> None:
    """Have it noted from now on which of the rows to come somebody deletes."""
    keys = {
        domain.database: {table.name: table.key for table in domain.tables}
        for domain in session.bank
    }
    session.hold.each(lambda conn, database: noted.watch(conn, keys[database]), keys)


def _defer(session: _Session) -> None:
    names = {domain.database: [table.name for table in domain.tables] for domain in session.bank}
    session.hold.each(lambda conn, database: deferred.defer(conn, names[database]), names)


def _load(session: _Session) -> None:
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


def _missing(session: _Session) -> list[Task]:
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


def _guarded(session: _Session) -> bool:
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


def _mark_interrupted(session: _Session) -> None:
    """Record the interruption where that can be done; a free lock tells the same of the rest."""
    session.crew.stop(at_once=True)
    with suppress(psycopg.Error, DhubError):  # raised once all six have been tried
        session.hold.each(
            lambda conn, _: ledger.close_run(conn, session.record.run_id, ledger.INTERRUPTED)
        )
