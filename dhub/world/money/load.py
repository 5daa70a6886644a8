"""Takes obligations and a day for each account, gives how many are listed from it on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.world.obligations import Obligations

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

LOADED = 6  # bookings that make an account one of somebody who pays by direct debit


def loads(due: Obligations, since: Days) -> Int:
    """Obligations of each account from a day on."""
    counted = due.day >= since[due.account]
    return np.bincount(due.account[counted], minlength=len(since))


def monthly(due: Obligations, since: Days, days: Int) -> Int:
    """Cents a month that each account pays for obligations in so many days from one on."""
    some = np.flatnonzero(~due.credit & (due.day >= since[due.account]))
    paid = np.zeros(len(since), dtype=np.int64)
    np.add.at(paid, due.account[some], due.amount[some])
    return np.asarray(paid * 30 // np.maximum(days, 30))


def with_room(due: Obligations, since: Days, most: int) -> Days:
    """Days of each account from which on at most so many obligations are left, `since` or later."""
    counts = np.bincount(due.account, minlength=len(since))
    last = np.cumsum(counts)  # the row after an account's last one
    crowded = np.flatnonzero(counts > most)
    out = since.copy()
    early = due.day[last[crowded] - most - 1]
    out[crowded] = np.maximum(since[crowded], early + np.timedelta64(1, "D"))
    return out
