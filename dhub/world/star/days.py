"""Gives the days of a star's calendar: whole years, from the first that can have a row on."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.model import Run
from dhub.world.calendar import DAY
from dhub.world.people import LONGEST_STANDING, YEAR
from dhub.world.personas import kinds, told_since

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

NONE = -1


@lru_cache(maxsize=8)
def calendar(run: Run) -> tuple[np.datetime64, np.datetime64]:
    """The first and the last day: of the years from that of the earliest possible row to that of
    the day before as-of."""
    oldest = max(int(run.profile.customers.years * YEAR), LONGEST_STANDING)
    # Who has a persona shows nothing older than the ledger; others talk to the bank before it.
    since = told_since(run) if kinds(run) else run.today - oldest * DAY
    ends = np.array([since, run.today - DAY]).astype("datetime64[Y]")
    first, last = (ends + [0, 1]).astype("datetime64[D]")
    return first, last - DAY


def date_keys(days: Days) -> Int:
    """YYYYMMDD of each day."""
    day = days.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    number = month.astype(np.int64)
    into = (day - month.astype("datetime64[D]")).astype(np.int64) + 1
    return np.asarray((1970 + number // 12) * 10_000 + (number % 12 + 1) * 100 + into)


def in_calendar(run: Run, days: Days) -> NDArray[np.bool_]:
    """Whether the calendar has each day; NaT is none."""
    first, last = calendar(run)
    return np.asarray((days >= first) & (days <= last))
