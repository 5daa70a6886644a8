"""Takes a shard of users, gives its rows of every file, encoded, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from dhub.domains.plaid import DOMAIN, LABELS
from dhub.flow.crew import Tell
from dhub.flow.encode import made
from dhub.flow.shelf import Slot
from dhub.flow.sinks.files import End, Piece, encoded
from dhub.flow.worker import Task
from dhub.model import Shard, Table
from dhub.plaid.features import FEATURES, books, measured
from dhub.plaid.report import seen
from dhub.plaid.request import Order
from dhub.world.outside.run import SHARD_USERS, shards

TABLES = DOMAIN.tables
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
        filed = slots(self.order.style)
        cut = shards(self.order.run, self.order.users)

        def do(task: Task, tell: Tell) -> None:
            rows = _rows(self.order, cut[task.shard - 1])
            for slot in filed:
                _send(slot, task.shard, rows[slot.database, slot.table.name], tell)
            tell(seen(self.order, {table: each for (_, table), each in rows.items()}))

        yield do


def tasks(order: Order) -> list[Task]:
    """A task for each shard."""
    count = -(-order.users // SHARD_USERS)
    return [Task(index, (DATABASE,)) for index in range(1, count + 1)]


def _rows(order: Order, shard: Shard) -> dict[tuple[str, str], pa.RecordBatch]:
    """The rows of each file, by database and table."""
    own = {table.name: made(table, shard) for table in TABLES}
    users, accounts, transactions, liabilities = own.values()
    run = order.run
    held = books(users, accounts, transactions, liabilities, run.last_day, run.sign)
    return {
        **{(DATABASE, name): rows for name, rows in own.items()},
        **{("features", name): rows for name, rows in measured(held).items()},
        ("ground_truth", LABELS.name): made(LABELS, shard),
    }


def _send(slot: Slot, shard: int, rows: pa.RecordBatch, tell: Tell) -> None:
    name = slot.table.name
    if len(rows):
        tell(Piece(slot.database, name, shard, len(rows), encoded(slot.style, slot.table, rows)))
    tell(End(slot.database, name, shard))
