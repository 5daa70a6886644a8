"""Where batches go: a sink takes one shard's tables of one database, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import pyarrow as pa

from dhub.estate.diagnose import Collision
from dhub.estate.ledger import Entry
from dhub.model import Table

# Each table with its slices, in the order of the key; they are made as they are asked for, once.
Batches = Iterable[tuple[Table, Iterable[pa.RecordBatch]]]


class Sink(Protocol):
    """The seam between making rows and storing them; opened and closed by its owner."""

    def load(self, database: str, shard: int, attempt: int, batches: Batches) -> list[Entry]:
        """Store the batches, parents first, and the ledger's row with them, in one transaction.

        Gives an entry for each table; none when the database held the shard already. Raises
        Collision or Transient when nothing was stored and another try may help.
        """

    def note(self, shard: int, attempt: int, collision: Collision) -> None:
        """Write down an attempt that was rolled back."""

    def close(self) -> None:
        """Let go of all that is open."""
