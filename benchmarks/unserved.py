"""Takes a request, gives a sight of its bank in DuckDB: what verify asks, without any server.

The rows are those that a seeding would load, and of a star, those of a build. What only a database
can tell (ledgers, keys that are enforced) is not there; every question in SQL is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa

from dhub.bank import BANK
from dhub.estate.ledger import COMPLETE, RunRecord
from dhub.estate.reference import reference_tables
from dhub.flow.encode import founded
from dhub.flow.plan import Plan, make_plan
from dhub.flow.request import Request
from dhub.flow.sinks.memory import MemorySink
from dhub.flow.sinks.text import plain
from dhub.flow.worker import Task, work
from dhub.model import Domain
from dhub.others import STAR
from dhub.profiles import Profile
from dhub.verify import chance, warehouse
from dhub.verify.asking import prepare
from dhub.verify.facts import Seeded
from dhub.verify.fetch import Needs, needs
from dhub.verify.run import catalogue
from dhub.verify.sight import Sight, empty_duck
from dhub.verify.star import needed as star_needs


@dataclass(frozen=True)
class Unserved:
    """A bank that lies in DuckDB alone."""

    see: Sight
    profile: Profile


@contextmanager
def unserved(
    request: Request,
    today: date,
    threads: int = 1,
    *,
    bank: Sequence[Domain] = BANK,
    whole: bool = False,
) -> Iterator[Unserved]:
    """Make the databases of `bank`, and all that questions use besides their tables: the columns
    that questions read, or `whole` tables."""
    plan = make_plan(request, bank, today)
    with empty_duck() as duck:
        duck.execute(f"SET threads = {threads}")
        see = Sight({}, duck, {})
        _fill(duck, plan, bank, None if whole else _needed(bank))
        known = Seeded({each.database: (_record(plan),) for each in bank}, {}, (), {})
        if set(STAR) <= set(bank):
            warehouse.make_tables(see)
        prepare(see, known)
        yield Unserved(see, plan.run.profile)


def _fill(
    duck: duckdb.DuckDBPyConnection, plan: Plan, bank: Sequence[Domain], needed: Needs | None
) -> None:
    sink = MemorySink()
    databases = tuple(each.database for each in bank)
    for index in plan.indexes:
        work(bank, plan, Task(index, databases), sink, lambda event: None)
    for domain in bank:
        duck.execute(f"CREATE SCHEMA {domain.database}")
        for name, rows in _tables(domain, plan, sink):
            if needed is not None:
                words = needed.get(domain.database, {}).get(name, frozenset())
                rows = rows.select([each for each in rows.schema.names if each in words])
            duck.register("held", rows)
            duck.execute(f'CREATE TABLE {domain.database}."{name}" AS FROM held')
            duck.unregister("held")


def _needed(bank: Sequence[Domain]) -> Needs:
    """Of a star what is asked of it, without the six; of those what is asked of them alone."""
    if set(STAR) <= set(bank):
        return star_needs()
    texts = [each.text for each in catalogue()]
    return needs(texts + chance.texts(needs(texts)))


def _tables(domain: Domain, plan: Plan, sink: MemorySink) -> Iterator[tuple[str, pa.Table]]:
    """The tables as verify reads them from a server: plain types, instants without a zone."""
    for table in domain.tables:
        shards = sink.held[domain.database, table.name]
        batches = [plain(table, shards[index]) for index in sorted(shards)]
        yield table.name, _naive(pa.Table.from_batches(batches))
    for table in reference_tables(domain.database):
        yield table.name, _naive(pa.Table.from_batches([plain(table, founded(table, plan.run))]))


def _naive(rows: pa.Table) -> pa.Table:
    kinds = [
        each.with_type(pa.timestamp("us")) if pa.types.is_timestamp(each.type) else each
        for each in rows.schema
    ]
    return rows.cast(pa.schema(kinds))


def _record(plan: Plan) -> RunRecord:
    run, now = plan.run, datetime.now(UTC)
    return RunRecord(
        run_id="unserved",
        cohort=1,
        seed=run.seed,
        scale=plan.scale,
        profile_name=run.profile.name,
        profile_json=run.profile.to_json(),
        as_of=run.as_of,
        employees=run.employees,
        customers=plan.customers,
        first_shard=1,
        shard_count=plan.shard_count,
        state=COMPLETE,
        started_at=now,
        finished_at=now,
        dhub_version="",
    )
