"""Takes the rows of accounts, gives their evenings, and what must be held for none below zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.world.outside.plan import Events

Int = NDArray[np.int64]


def least(rows: Events, accounts: int) -> Int:
    """By account the smallest balance at the end, in cents, with which no evening, nor the one
    before the window, is below zero. Rows that are pending do not count."""
    rows = rows.take(~rows.pending)
    order = np.lexsort((rows.day, rows.account))
    account, day, out = rows.account[order], rows.day[order], rows.cents[order]
    total = np.cumsum(out)
    end = np.searchsorted(account, account, side="right") - 1
    after = total[end] - total if len(total) else total  # what goes out behind each row
    last = np.ones(len(account), dtype=bool)  # the last row of its account and day
    last[:-1] = (account[1:] != account[:-1]) | (day[1:] != day[:-1])
    need = np.zeros(accounts, dtype=np.int64)
    np.maximum.at(need, account[last], -after[last])
    whole = np.zeros(accounts, dtype=np.int64)
    np.add.at(whole, account, out)
    return np.maximum(need, -whole)


def evenings(rows: Events, current: Int, first: int, last: int) -> Int:
    """By account and evening what is held, the evening before the window first. Rows that are
    pending do not count."""
    rows = rows.take(~rows.pending)
    days = last - first + 1
    moved = np.bincount(
        rows.account * (days + 1) + rows.day - first + 1, weights=-rows.cents,
        minlength=len(current) * (days + 1),
    ).astype(np.int64).reshape(len(current), days + 1)  # fmt: skip
    opening = current - moved.sum(axis=1)
    return np.asarray(opening[:, None] + np.cumsum(moved, axis=1))
