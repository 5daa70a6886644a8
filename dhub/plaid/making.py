"""Takes a shard of users, gives its rows of every file, encoded, and what is to be said of them.

Of a long window only some users' transactions are in memory at a time, and what the features need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from dhub.domains.plaid import DOMAIN, LABELS
from dhub.flow.crew import Tell
from dhub.flow.encode import made, sliced
from dhub.flow.shelf import Slot
from dhub.flow.sinks.files import End, Piece, encoded
from dhub.flow.worker import Task
from dhub.model import Shard, Table
from dhub.plaid.features import FEATURES, books, measured, recent
from dhub.plaid.report import Batches, Seen, seen, seen_rows
from dhub.plaid.request import Order
from dhub.world.outside.run import SHARD_USERS, shards

TABLES = DOMAIN.tables
TRANSACTIONS = TABLES[2]
DATABASE = DOMAIN.database


def name_of(table: Table, style: str) -> str:
    """The path of a table's file within the folder."""
    return f"synthetic_{table.name}.{style}"


def slots(style: str) -> tuple[Slot, ...]:
    """The files of all tables, in the order of the manual."""
    return (
        *(Slot(DATABASE, table, name_of(table, style), style) for table in TABLES),
        *(
            Slot("features", table, f"features/{table.name}.parquet", "parquet")
            for table in FEATURES
        ),
        Slot("ground_truth", LABELS, "ground_truth/labels.csv", "csv"),
    )


@dataclass(frozen=True)
class Making:
    """Making shards of users; what workers do."""

    order: Order

    @contextmanager
    def opened(self) -> Iterator[Callable[[Task, Tell], None]]:
        """Makes a shard and tells its pieces, then what was seen in them."""
        cut = shards(self.order.run, self.order.users)
        yield lambda task, tell: _make(self.order, cut[task.shard - 1], tell)


def tasks(order: Order) -> list[Task]:
    """A task for each shard."""
    count = -(-order.users // SHARD_USERS)
    return [Task(index, (DATABASE,)) for index in range(1, count + 1)]


def _make(order: Order, shard: Shard, tell: Tell) -> None:
    filed = {(slot.database, slot.table.name): slot for slot in slots(order.style)}
    found, rows = Seen(), {}
    for table in TABLES:
        slot = filed[DATABASE, table.name]
        kept = []
        for part in sliced(table, shard):
            _send(slot, shard.index, part, tell)
            found.add(seen_rows(order, table.name, part))
            kept.append(recent(part, order.run.last_day) if table is TRANSACTIONS else part)
        rows[table.name] = pa.concat_batches(kept)
        tell(End(slot.database, table.name, shard.index))
    rows |= _beside(order, shard, rows)
    for key, slot in filed.items():
        if slot.database != DATABASE:
            _send(slot, shard.index, rows[key[1]], tell)
            tell(End(slot.database, key[1], shard.index))
    found.add(seen(rows))
    tell(found)


def _beside(order: Order, shard: Shard, rows: dict[str, pa.RecordBatch]) -> Batches:
    """The rows of features, measured from those of the tables, and of labels."""
    users, accounts, transactions, liabilities = (rows[table.name] for table in TABLES)
    run = order.run
    held = books(users, accounts, transactions, liabilities, run.last_day, run.sign)
    return {**measured(held), LABELS.name: made(LABELS, shard)}


def _send(slot: Slot, shard: int, rows: pa.RecordBatch, tell: Tell) -> None:
    if len(rows):
        data = encoded(slot.style, slot.table, rows)
        tell(Piece(slot.database, slot.table.name, shard, len(rows), data))
