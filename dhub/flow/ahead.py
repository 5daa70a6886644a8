"""Takes a plan before any database can take its rows, gives the rows of its first shards, made.

A process that is to load them has nothing to do while databases are started, made ready and asked.
What it makes meanwhile it keeps, and uses up when the shard's turn comes. Every row follows from
its place alone, so it is the same row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from dhub.flow.catalogue import bank_of
from dhub.flow.encode import founded, sliced
from dhub.flow.plan import Plan
from dhub.model import Run, Shard, Table

# Bytes of rows that are kept at most; a shard of `everyday` has some 160 MB.
_MOST_KEPT = 32 << 20


# All that a table's rows follow from.
_Place = tuple[Table, int, Run | Shard]

_kept: dict[_Place, list[pa.RecordBatch]] = {}


@dataclass(frozen=True)
class Ahead:
    """The shards that a process will be given; `bank` is the name of the catalogue."""

    bank: str
    plan: Plan
    indexes: tuple[int, ...]

    def make(self, enough: Callable[[], bool]) -> None:
        """Make and keep table after table in the order of loading, until it is enough."""
        size = 0
        for index in self.indexes:
            attempt = self.plan.first_attempt(index)
            for table in (table for domain in bank_of(self.bank) for table in domain.tables):
                made: list[pa.RecordBatch] = []
                for rows in _made(table, self.plan, index, attempt):
                    size += rows.nbytes
                    if size > _MOST_KEPT or enough():
                        return
                    made.append(rows)
                _kept[_place(table, self.plan, index, attempt)] = made


def slices(table: Table, plan: Plan, index: int, attempt: int) -> Iterator[pa.RecordBatch]:
    """The rows of a table in a shard, slice by slice: made already, or now."""
    # Who comes again, since a connection was lost, finds nothing and has them made anew.
    kept = _kept.pop(_place(table, plan, index, attempt), None)
    if kept is None:
        yield from _made(table, plan, index, attempt)
        return
    kept.reverse()
    while kept:
        yield kept.pop()  # and with it the memory


def _made(table: Table, plan: Plan, index: int, attempt: int) -> Iterator[pa.RecordBatch]:
    if index == 0:
        yield founded(table, plan.run, attempt)
    else:
        yield from sliced(table, replace(plan.shard(index), attempt=attempt))


def _place(table: Table, plan: Plan, index: int, attempt: int) -> _Place:
    return table, attempt, plan.shard(index) if index else plan.run
