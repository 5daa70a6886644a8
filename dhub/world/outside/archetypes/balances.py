"""Takes moves on the checking accounts, gives sums by period and the lowest evening."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.world.outside.archetypes.moves import Moves

Int = NDArray[np.int64]


def row_of(users: Int, some: Moves) -> Int:
    """The position among `users` (ascending) of each move's user."""
    return np.asarray(np.searchsorted(users, some.user))


def summed(users: Int, some: Moves, begin: Int) -> Int:
    """(users, periods): cents that go out in each period, which begin at `begin`; what lies before
    the first is left out."""
    row = row_of(users, some)
    period = (begin[row] <= some.day[:, None]).sum(axis=1) - 1
    total = np.zeros(begin.shape, dtype=np.int64)
    told = period >= 0
    np.add.at(total, (row[told], period[told]), some.cents[told])
    return total


def lowest(users: Int, some: Moves, first: int, last: int) -> tuple[Int, Int]:
    """How far each falls below the evening before the window, and what it gains up to the last."""
    change = np.zeros((len(users), last - first + 2), dtype=np.int64)
    inside = (some.day >= first) & (some.day <= last)
    row = row_of(users, some)[inside]
    np.add.at(change, (row, some.day[inside] - first + 1), -some.cents[inside])
    held = np.cumsum(change, axis=1)
    return held.min(axis=1), held[:, -1]
