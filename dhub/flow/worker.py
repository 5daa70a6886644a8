"""Takes a shard, gives it to a sink database by database, trying again where that may help."""

from __future__ import annotations

from dataclasses import dataclass

import tenacity

from dhub.errors import DatabaseFailed
from dhub.estate.diagnose import Collision, Transient, finish_of
from dhub.estate.ledger import Entry
from dhub.flow.ahead import slices
from dhub.flow.encode import keyed
from dhub.flow.events import Listener, Loaded, Retried
from dhub.flow.plan import Plan
from dhub.flow.sinks import Batches, Sink
from dhub.memo import forget_shard
from dhub.model import Domain

MOST_ATTEMPTS = 5
# Pauses of 0.25 s to 8 s, some 16 s in all: a server that was restarted is back by then.
_FIRST_PAUSE, _MOST_TRIES = 0.25, 7


@dataclass(frozen=True)
class Task:
    """A shard and the databases that lack it; shard 0 is the foundation."""

    shard: int
    databases: tuple[str, ...]


def work(bank: tuple[Domain, ...], plan: Plan, task: Task, sink: Sink, listener: Listener) -> None:
    """Load a shard into each database that lacks it, in the order of the catalogue.

    Raises DatabaseFailed when a failure does not heal; each database holds the shard or does not.
    """
    for domain in bank:
        if domain.database in task.databases:
            entries = _load(domain, plan, task.shard, sink, listener)
            phases = {table.name: table.phase for table in domain.tables}
            for entry in entries:
                listener(
                    Loaded(
                        domain.database, entry.table, phases[entry.table], entry.rows, task.shard
                    )
                )
    forget_shard()


def _load(domain: Domain, plan: Plan, shard: int, sink: Sink, listener: Listener) -> list[Entry]:
    """Load with other natural keys after each collision, at most MOST_ATTEMPTS times."""
    told = ""
    first = plan.first_attempt(shard)
    for attempt in range(first, first + MOST_ATTEMPTS):
        try:
            return _patiently(domain, plan, shard, attempt, sink, listener)
        except Collision as collision:
            told = str(collision)
            sink.note(shard, attempt, collision)
            listener(Retried(domain.database, shard, attempt, collision.place, told))
    finish = finish_of(domain.database)
    raise DatabaseFailed(f"{told}: still so after {MOST_ATTEMPTS} attempts. {finish}")


def _patiently(
    domain: Domain, plan: Plan, shard: int, attempt: int, sink: Sink, listener: Listener
) -> list[Entry]:
    """Load the same again after passing failures, with growing pauses."""

    def report(state: tenacity.RetryCallState) -> None:
        reason = str(state.outcome.exception()) if state.outcome else ""
        listener(Retried(domain.database, shard, attempt, None, reason))

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Transient),
        wait=tenacity.wait_exponential(multiplier=_FIRST_PAUSE),
        stop=tenacity.stop_after_attempt(_MOST_TRIES),
        before_sleep=report,
        reraise=True,
    )
    return retrying(
        lambda: sink.load(domain.database, shard, attempt, batches(domain, plan, shard, attempt))
    )


def batches(domain: Domain, plan: Plan, index: int, attempt: int) -> Batches:
    """The tables of a database one by one, so that only a slice of one is held in memory."""
    for table in domain.tables:
        yield table, keyed(table, index, plan.run.profile, slices(table, plan, index, attempt))
