"""Takes batches, keeps them: the sink's twin without a server, for tests and trials."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from dhub.estate.diagnose import Collision
from dhub.estate.ledger import Entry
from dhub.flow.digest import Tally
from dhub.flow.sinks import Batches
from dhub.model import Table


@dataclass
class MemorySink:
    """`held` maps (database, table) to the batches of each shard, `notes` the rolled-back tries."""

    held: dict[tuple[str, str], dict[int, pa.RecordBatch]] = field(default_factory=dict)
    shards: set[tuple[str, int]] = field(default_factory=set)
    notes: list[tuple[int, int, Collision]] = field(default_factory=list)

    def load(self, database: str, shard: int, attempt: int, batches: Batches) -> list[Entry]:
        """Keep the batches of a shard that is not yet there."""
        if (database, shard) in self.shards:
            return []
        made = [_held(table, slices) for table, slices in batches]
        self.shards.add((database, shard))
        for rows, entry in made:
            self.held.setdefault((database, entry.table), {})[shard] = rows
        return [entry for _, entry in made]

    def note(self, shard: int, attempt: int, collision: Collision) -> None:
        """Keep an attempt that was rolled back."""
        self.notes.append((shard, attempt, collision))

    def close(self) -> None:
        """Nothing is open."""

    def table(self, database: str, name: str) -> pa.Table:
        """All rows of a table, in the order of the shards."""
        shards = self.held[(database, name)]
        return pa.Table.from_batches([shards[index] for index in sorted(shards)])


def _held(table: Table, slices: Iterable[pa.RecordBatch]) -> tuple[pa.RecordBatch, Entry]:
    tally = Tally(table)
    rows = pa.concat_batches(list(tally.over(slices)))
    return rows, tally.entry
