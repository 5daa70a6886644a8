"""Takes a plan and an estate, gives a loaded estate: locks, shards on workers, constraints back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from uuid import uuid4

from dhub import BANK_FORMAT, __version__
from dhub.errors import Refused
from dhub.estate import guard, ledger
from dhub.estate.clear import clear
from dhub.estate.databases import Estate
from dhub.estate.hold import Hold
from dhub.estate.kept import Kept
from dhub.estate.ledger import RunRecord
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
from dhub.flow.ahead import Ahead
from dhub.flow.catalogue import CATALOGUE, bank_of
from dhub.flow.crew import Crew, Hands, Job, manned, processors
from dhub.flow.events import Listener, Outcome, Stage
from dhub.flow.plan import Plan, key_ranges, plan_of
from dhub.flow.rehearsal import rehearsal
from dhub.flow.session import Session, refuse_misfits, run
from dhub.model import Domain
from dhub.words import counted

# Six connections a worker; PostgreSQL admits a hundred unless told otherwise.
_MOST_WORKERS = 12
# Up to this many shards one process is faster than starting others.
_ALONE = 2


@contextmanager
def begun(plan: Plan, workers: int | None = None, bank: str = CATALOGUE) -> Iterator[Crew]:
    """Those who will load a plan, begun before there is a thread or a connection.

    A small bank is made by one of them while the databases are made ready for it; with a large one
    nothing is won by that.
    """
    small = len(plan.indexes) <= _ALONE
    with Crew(1 if small else crew_size(plan, workers)) as crew:
        if small:
            crew.foresee(Ahead(bank, plan, tuple(plan.indexes)))
        yield crew


def seed(
    estate: Estate,
    plan: Plan,
    workers: int | None = None,
    listener: Listener = lambda event: None,
    bank: str = CATALOGUE,
    crew: Hands | None = None,
    kept: Kept | None = None,
) -> Outcome:
    """Load a plan into an estate whose databases are prepared, by `workers` here or by a `crew`.

    Raises Refused when rows of a run are there that the plan does not continue, when a user's row
    has a key that the plan needs, or when another run is going; nothing is written then. Raises
    DatabaseFailed when the database failed or was lost: the run is recorded as interrupted.
    """
    started, size = monotonic(), crew_size(plan, workers)
    with _manned(crew, size, kept) as hands, Hold(estate, kept) as hold:
        listener(Stage("Checking the databases"))
        domains = bank_of(bank)
        _refuse_seeded(_standings(hold), plan)
        refuse_misfits(hold, domains)
        _refuse_taken(hold, plan, domains)
        record = _record(plan)
        job = Job(bank, plan, estate, record.run_id, record.owner, len(estate.databases))
        return run(Session.of(hold, hands, job, record, listener), started)


def resume(
    estate: Estate,
    workers: int | None = None,
    listener: Listener = lambda event: None,
    bank: str = CATALOGUE,
    attempts: tuple[tuple[int, int], ...] = (),
    crew: Hands | None = None,
    kept: Kept | None = None,
) -> Outcome | None:
    """Finish the run that was interrupted; None when there is none.

    `attempts` are those of its plan, which no ledger keeps.
    Raises Refused, with nothing changed, while another run is going, when a clear was interrupted
    instead, or when the databases cannot finish it.
    """
    started = monotonic()
    domains, size = bank_of(bank), crew_size(None, workers)
    with _manned(crew, size, kept) as hands, Hold(estate, kept) as hold:
        there = _standings(hold)
        refuse_half_cleared(there)
        found = unfinished(there)
        if found is None:
            return None
        refuse_misfits(hold, domains)
        record = replace(found, state=ledger.RUNNING, finished_at=None, owner=uuid4().hex)
        plan = replace(plan_of(record, domains), attempts=attempts)
        job = Job(bank, plan, estate, record.run_id, record.owner, len(estate.databases))
        return run(Session.of(hold, hands, job, record, listener), started)


def make_room(estate: Estate, plan: Plan, bank: str = CATALOGUE, kept: Kept | None = None) -> None:
    """Clear an estate so that the plan can be loaded, once it is certain that it can.

    Raises Refused, with nothing changed, after an interrupted run or clear, when a row that dhub
    did not make has a key that the plan needs or points at a seeded one, or when the tables do not
    take the rows of the plan.
    """
    domains = bank_of(bank)
    with Hold(estate, kept) as hold:
        refuse_interrupted(_standings(hold))
        refuse_misfits(hold, domains)
        _refuse_taken(hold, plan, domains)
    with rehearsal(domains, plan) as trial:
        clear(estate, trial=trial, kept=kept)


def _manned(crew: Hands | None, size: int, kept: Kept | None) -> AbstractContextManager[Hands]:
    """Those who load, while no connection is open that a new process would inherit."""
    if kept and size and not crew:
        kept.close()
    return manned(crew, size)


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


def interrupted(estate: Estate, kept: Kept | None = None) -> bool:
    """Whether a run stands unfinished in some database, going on or not; changes nothing.

    Raises Refused when the databases are not those of one estate, or a clear was interrupted.
    """
    found = standings(estate, kept)
    one_estate(found)
    refuse_half_cleared(found)
    return unfinished(found) is not None


def cohorts(estate: Estate, kept: Kept | None = None) -> list[RunRecord]:
    """The cohorts of an estate that is complete, for a plan that appends to it.

    Raises Refused when a run of it is going on or was interrupted.
    """
    found = standings(estate, kept)
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
