"""Takes streams with a cadence, gives the periods in which they come, and the days.

A period is counted from 1970, so that the same one has the same address whenever it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream
from dhub.world.calendar import DAY, is_business, last_business, next_business

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

MONTH_END = 31
SAME, BEFORE, AFTER, NEAREST = range(4)  # what a day that is no business day becomes
_FRIDAY = 1  # 1970-01-02 was one
# Days of the month on which most billers' bills fall due; a sixteenth falls on any (assumed).
_DUE = np.array([1, 1, 1, 1, 5, 5, 10, 15, 15, 15, 15, 20, 25, 28, 28])


@dataclass(frozen=True)
class Dates:
    """Occurrences: the stream's row, its period since 1970 and the day, stream by stream."""

    stream: Int
    period: Int
    day: Days

    def where(self, some: Bools) -> Dates:
        """Some of the occurrences."""
        return Dates(self.stream[some], self.period[some], self.day[some])

    @property
    def month(self) -> Int:
        """Months since 1970."""
        return np.asarray(self.day.astype("datetime64[M]").astype(np.int64))


def due_days(draw: Stream, place: Int) -> Int:
    """The day of the month on which each stream's bills fall due; lanes 14 to 16 of `draw`."""
    usual = _DUE[draw.below(place, len(_DUE), 14)]
    return np.where(draw.chance(place, 1 / 16, 15), 1 + draw.below(place, 28, 16), usual)


def open_days(draw: Stream, place: Int, day: Days) -> Days:
    """The days themselves, or where counters rest any day of the week after; lane 13 of `draw`."""
    later = np.where(is_business(day), 0, draw.below(place, 5, 13))
    return next_business(next_business(day) + later * DAY)


def monthly(
    start: Days, end: Days, nominal: Int, stride: Int | int = 1, phase: Int | int = 0,
    moved: int = SAME,
) -> Dates:  # fmt: skip
    """Every `stride` months on a nominal day (31 for the last), within [start, end]."""
    months = _months(start, end)
    stride, phase = np.broadcast_to(stride, len(start)), np.broadcast_to(phase, len(start))
    on = (months[None, :] + phase[:, None]) % stride[:, None] == 0
    row, column = np.nonzero(on)
    month = months[column]
    first, length = _month(month)
    day = first + (np.minimum(nominal[row], length) - 1) * DAY
    return _kept(start, end, Dates(row, month, day), moved)


def halves(
    start: Days, end: Days, days: tuple[int, int] = (15, MONTH_END), moved: int = BEFORE
) -> Dates:
    """On two days of every month, the 15th and the last."""
    months = _months(start, end)
    periods = np.arange(2 * len(months)) + 2 * (months[0] if len(months) else 0)
    row = np.repeat(np.arange(len(start)), len(periods))
    period = np.tile(periods, len(start))
    first, length = _month(period // 2)
    nominal = np.minimum(np.array(days)[period % 2], length)
    day = first + (nominal - 1) * DAY
    return _kept(start, end, Dates(row, period, day), moved)


def nearest_business(day: Days) -> Days:
    """The days themselves, or the business day next to them, the earlier of two as near."""
    before, after = last_business(day), next_business(day)
    return np.where(day - before <= after - day, before, after)


def weekly(
    start: Days, end: Days, weeks: Int | int, phase: Int | int, moved: int = BEFORE
) -> Dates:
    """Every so many weeks on a Friday; `phase` tells which ones."""
    if not len(start):
        return Dates(*(np.zeros(0, dtype=np.int64),) * 2, np.zeros(0, dtype="datetime64[D]"))
    low = int(start.min().astype(np.int64)) // 7
    number = np.arange(low, int(end.max().astype(np.int64)) // 7 + 2)
    weeks, phase = np.broadcast_to(weeks, len(start)), np.broadcast_to(phase, len(start))
    row, column = np.nonzero((number[None, :] + phase[:, None]) % weeks[:, None] == 0)
    period = number[column]
    day = (7 * period + _FRIDAY).astype("datetime64[D]")
    return _kept(start, end, Dates(row, period, day), moved)


def _months(start: Days, end: Days) -> Int:
    if not len(start):
        return np.zeros(0, dtype=np.int64)
    low, high = (d.astype("datetime64[M]").astype(np.int64) for d in (start.min(), end.max()))
    return np.arange(int(low), int(high) + 1)


def _month(month: Int) -> tuple[Days, Int]:
    """First day and length of months since 1970."""
    first = month.astype("datetime64[M]").astype("datetime64[D]")
    after = (month + 1).astype("datetime64[M]").astype("datetime64[D]")
    return first, (after - first).astype(np.int64)


def _kept(start: Days, end: Days, dates: Dates, moved: int) -> Dates:
    """Those within the time of their stream, on business days where asked for."""
    day = dates.day
    if moved == BEFORE:
        day = last_business(day)
    elif moved == AFTER:
        day = next_business(day)
    elif moved == NEAREST:
        day = nearest_business(day)
    dates = Dates(dates.stream, dates.period, day)
    return dates.where((day >= start[dates.stream]) & (day <= end[dates.stream]))
