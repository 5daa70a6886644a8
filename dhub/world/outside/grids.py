"""Takes streams, gives the days on which they come: every month on a day, or at a rate.

Everything is counted from 1970, so that an event has the same address in every window.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, expand
from dhub.world.calendar import is_business, last_business, next_business
from dhub.world.outside.plan import address

Int = NDArray[np.int64]
Float = NDArray[np.float64]

# Days from the nominal one, by preference: as close as can be, later rather than earlier.
_NEAR = (0, 1, 2, -1, -2)


@dataclass(frozen=True)
class Hits:
    """Occurrences: the stream's row, the day, the absolute period."""

    row: Int
    day: Int
    period: Int

    def within(self, first: int, last: int) -> Hits:
        """Those of a window of days."""
        some = (self.day >= first) & (self.day <= last)
        return Hits(self.row[some], self.day[some], self.period[some])


def monthly(day: Int, first: int, last: int) -> Hits:
    """Every month on each row's day of the month (28 at most), a month more at either end."""
    low, high = (int(np.datetime64(d, "D").astype("datetime64[M]").astype(int))
                 for d in (first, last))  # fmt: skip
    months = np.arange(low - 1, high + 2)
    start = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    row = np.repeat(np.arange(len(day)), len(months))
    return Hits(row, np.tile(start, len(day)) + day[row] - 1, np.tile(months, len(day)))


def near(day: Int, shift: Int | int = 0) -> Int:
    """A business day within two days of each: the first there is in the order 0, 1, 2, -1, -2,
    begun `shift` steps further on. Five days in a row always hold one."""
    found = np.full(len(day), -1)
    shift = np.broadcast_to(shift, len(day))
    for step in range(len(_NEAR)):
        off = np.array(_NEAR)[(shift + step) % len(_NEAR)]
        fit = (found < 0) & is_business((day + off).astype("datetime64[D]"))
        found[fit] = (day + off)[fit]
    return found


def forward(day: Int) -> Int:
    """Each day, or the first business day after it."""
    return next_business(day.astype("datetime64[D]")).astype(np.int64)


def backward(day: Int) -> Int:
    """Each day, or the last business day before it."""
    return last_business(day.astype("datetime64[D]")).astype(np.int64)


@lru_cache(maxsize=32)
def loads(week: tuple[float, ...], months: tuple[float, ...], last: int) -> Float:
    """Running load of all days from 1970 on, by weekday (Monday first) and month."""
    days = np.arange(last + 1)
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    scale = 7 / np.cumsum(np.array(week))[-1]
    return np.cumsum(np.array(week)[(days + 3) % 7] * scale * np.array(months)[month])


def rated(
    draw: Stream, user: Int, code: int, rate: Float, load: Float, first: int, last: int
) -> Hits:
    """Events at a rate a day of load one. Event n of a stream comes where its running load passes
    n and a fraction: so their number is what the rate says, and no two gaps are alike."""
    low = np.floor(rate * load[first - 1]).astype(np.int64) - 1
    high = np.floor(rate * load[last]).astype(np.int64) + 1
    row, turn = expand(np.where(rate > 0, high - low + 1, 0))
    number = low[row] + turn
    at = (number + draw.uniform(address(user[row], code, number))) / rate[row]
    return Hits(row, np.searchsorted(load, at), number).within(first, last)
