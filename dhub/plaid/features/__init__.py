"""Takes the books of a shard, gives its rows of the five feature tables: each user, both windows.

The formulas are those of docs/how-to/plaid.md; standard deviations are of the population. What is
counted or added up is 0 where there is nothing; a quotient, a mean or a median is null.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa

from dhub.flow.encode import batch
from dhub.model import Column, Maybe, Rows, Table
from dhub.plaid.features import cash_flow, credit, income, savings, subscriptions
from dhub.plaid.features.books import WINDOWS, Books, books, recent

__all__ = ["FEATURES", "Books", "books", "measured", "recent"]

_HEAD = (
    Column("user_id", "text"),
    Column("window_days", "integer"),
    Column("window_start", "date"),
    Column("window_end", "date"),
)
_MODULES = (subscriptions, savings, credit, income, cash_flow)


def _table(module: ModuleType) -> Table:
    name = module.__name__.rpartition(".")[2]
    return Table(
        name,
        phase=0,
        key="",
        columns=(*_HEAD, *module.COLUMNS),
        expected=lambda run, users: len(WINDOWS) * users,
    )


FEATURES = tuple(_table(module) for module in _MODULES)


def measured(held: Books) -> dict[str, pa.RecordBatch]:
    """The rows of each feature table, by user and window."""
    head = _head(held)
    return {
        table.name: batch(table, Rows(head | _woven(module, held)))
        for table, module in zip(FEATURES, _MODULES, strict=True)
    }


def _head(held: Books) -> dict[str, Any]:
    days = np.tile(WINDOWS, held.count)
    return {
        "user_id": held.users.take(pa.array(np.repeat(np.arange(held.count), len(WINDOWS)))),
        "window_days": days,
        "window_start": (held.last + 1 - days).astype("datetime64[D]"),
        "window_end": np.full(len(days), held.last).astype("datetime64[D]"),
    }


def _woven(module: ModuleType, held: Books) -> dict[str, Any]:
    """The columns of all windows: the windows of a user lie side by side."""
    parts = [module.measured(held, days) for days in WINDOWS]
    return {name: _side_by_side([part[name] for part in parts]) for name in parts[0]}


def _side_by_side(parts: list[Any]) -> Any:
    if isinstance(parts[0], Maybe):
        values = np.stack([part.values for part in parts], axis=1).ravel()
        return Maybe(values, np.stack([part.valid for part in parts], axis=1).ravel())
    return np.stack(parts, axis=1).ravel()
