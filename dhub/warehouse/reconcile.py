"""Takes the shards of a star, encodes them, and sums both sides of its equations on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from dhub.errors import Fault
from dhub.estate.ledger import Entry
from dhub.flow.catalogue import CATALOGUE, bank_of
from dhub.flow.crew import Tell
from dhub.flow.encode import sliced
from dhub.flow.plan import Plan
from dhub.flow.sinks import Batches
from dhub.flow.sinks.files import FileSink
from dhub.flow.worker import Task, work
from dhub.model import Domain, Shard, Table
from dhub.warehouse.equations import LEDGER, SIX, STAR, Reader, Seen, Told, document

STAR_CATALOGUE = "dhub.others:WAREHOUSE"


@dataclass(frozen=True)
class Summed:
    """A worker's word: what a shard adds to both sides."""

    six: Told
    star: Told


@dataclass
class Reconciled:
    """Both sides over all shards, as they are told."""

    six: Told = field(default_factory=dict)
    star: Told = field(default_factory=dict)

    def take(self, word: Summed) -> None:
        """Add what a shard adds."""
        _add(self.six, word.six)
        _add(self.star, word.star)

    def document(self) -> list[dict[str, Any]]:
        """The block of a manifest; Fault where the sides of an equation differ."""
        block = document(self.six, self.star)
        for each in block:
            six, star = each["six_databases"], each["warehouse"]
            if six != star:
                label = next(k for k in sorted({*six, *star}) if six.get(k) != star.get(k))
                raise Fault(
                    f"the star does not reconcile: {each['equation']}: {label} is "
                    f"{six.get(label, 0)} in the six databases and {star.get(label, 0)} here"
                )
        return block


def _add(total: Told, more: Told) -> None:
    for number, sums in more.items():
        total.setdefault(number, Counter()).update(sums)


@dataclass(frozen=True)
class Reconciling:
    """Encoding the shards of a star for files, and telling their sums."""

    plan: Plan
    style: str

    @contextmanager
    def opened(self) -> Iterator[Callable[[Task, Tell], None]]:
        """Encodes a shard, tells its pieces, then its sums."""
        star, tables = bank_of(STAR_CATALOGUE), _by_name(bank_of(CATALOGUE))
        # Arrow's own pool keeps 60 MB of texts from one page to the next.
        pa.set_memory_pool(pa.system_memory_pool())

        def do(task: Task, tell: Tell) -> None:
            if task.shard == 0:
                work(star, self.plan, task, FileSink(self.style, tell), tell)
                return
            sink = _Watched(self.style, tell, _Watch(self.plan.shard(task.shard), tables))
            work(star, self.plan, task, sink, tell)
            tell(Summed(sink.watch.six, sink.watch.star))

        yield do


def _by_name(bank: tuple[Domain, ...]) -> dict[tuple[str, str], Table]:
    return {(domain.database, table.name): table for domain in bank for table in domain.tables}


@dataclass
class _Watch:
    """The sums of a shard while its tables go by."""

    shard: Shard
    tables: dict[tuple[str, str], Table]
    six: Told = field(default_factory=dict)
    star: Told = field(default_factory=dict)

    def __post_init__(self) -> None:
        month = self.shard.run.today.astype("datetime64[M]").astype("datetime64[D]")
        self._seen = Seen(int(month.astype(np.int64)))
        for name, read in SIX.items():
            for batch in sliced(self.tables[name], self.shard):
                _add(self.six, read(batch, self._seen))

    def over(self, table: Table, slices: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The slices of a table of the star, as they are."""
        # What the table before left free lies between what is kept: a shard took 40 MB more in one
        # worker than in another, and the more shards, the likelier one of those.
        pa.default_memory_pool().release_unused()
        read: Reader | None = STAR.get(table.name)
        if read is None:
            yield from slices
            return
        other = self._ledger() if table.name == "fact_transaction" else iter(())
        for batch in slices:
            _add(self.star, read(batch, self._seen))
            next(other, None)
            yield batch
        for _ in other:
            pass

    def _ledger(self) -> Iterator[None]:
        """Adds what accounts_db has of the same customers, a page at a time."""
        name, read = LEDGER
        for batch in sliced(self.tables[name], self.shard):
            _add(self.six, read(batch, self._seen))
            yield


@dataclass(frozen=True)
class _Watched(FileSink):
    """Hands on the pieces of each table, while its rows are summed."""

    watch: _Watch

    def load(self, database: str, shard: int, attempt: int, batches: Batches) -> list[Entry]:
        watched = ((table, self.watch.over(table, slices)) for table, slices in batches)
        return super().load(database, shard, attempt, watched)
