"""Takes dates, gives business days: weekends and the federal holidays of the United States.

Written out here, not taken from a library, because a corrected holiday in a new release would
change the bytes of every estate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.datetime64]
Int = NDArray[np.int64]

FIRST_YEAR, LAST_YEAR = 1990, 2100
DAY = np.timedelta64(1, "D")


def _fixed(year: int, month: int, day: int) -> np.datetime64:
    """A holiday of a fixed date, observed on Friday or Monday when it falls on a weekend."""
    date = np.datetime64(f"{year}-{month:02d}-{day:02d}", "D")
    weekday = int((date.astype(np.int64) + 3) % 7)  # 1970-01-01 was a Thursday
    return date + {5: -DAY, 6: DAY}.get(weekday, 0 * DAY)


def _nth(year: int, month: int, weekday: str, nth: int) -> np.datetime64:
    """The nth weekday of a month; nth = -1 is the last one."""
    month_start = np.datetime64(f"{year}-{month:02d}", "M") + np.timedelta64(int(nth < 0), "M")
    offset = nth if nth < 0 else nth - 1
    first: Any = month_start.astype("datetime64[D]")
    return np.datetime64(np.busday_offset(first, offset, roll="forward", weekmask=weekday))


def holidays(year: int) -> list[tuple[str, np.datetime64]]:
    """The federal holidays of a year on the days on which they are observed (5 U.S.C. 6103)."""
    return [
        ("New Year's Day", _fixed(year, 1, 1)),
        ("Martin Luther King Jr. Day", _nth(year, 1, "Mon", 3)),
        ("Presidents' Day", _nth(year, 2, "Mon", 3)),
        ("Memorial Day", _nth(year, 5, "Mon", -1)),
        ("Juneteenth", _fixed(year, 6, 19)),
        ("Independence Day", _fixed(year, 7, 4)),
        ("Labor Day", _nth(year, 9, "Mon", 1)),
        ("Columbus Day", _nth(year, 10, "Mon", 2)),
        ("Veterans Day", _fixed(year, 11, 11)),
        ("Thanksgiving Day", _nth(year, 11, "Thu", 4)),
        ("Christmas Day", _fixed(year, 12, 25)),
    ]


@lru_cache(maxsize=1)
def bank_days() -> np.busdaycalendar:
    """The calendar of business days, 1990 to 2100."""
    days = [day for year in range(FIRST_YEAR, LAST_YEAR + 1) for _, day in holidays(year)]
    return np.busdaycalendar(weekmask="1111100", holidays=np.array(days, dtype="datetime64[D]"))


@dataclass(frozen=True)
class _Tables:
    """Of each day from 1900 to 2100: numpy takes 40 ns to find a month, a look-up takes one."""

    first: int  # day since 1970 of the first element
    month: Int  # since 1970
    business: NDArray[np.bool_]
    following: Days  # the first business day from it on
    before: Days  # the last business day up to it
    begins: Days  # the first day of each month


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    days = np.arange("1900-01-01", f"{LAST_YEAR + 1}-01-01", dtype="datetime64[D]")
    return _Tables(
        int(days[0].astype(np.int64)), days.astype("datetime64[M]").astype(np.int64),
        np.is_busday(days, busdaycal=bank_days()),
        np.busday_offset(days, 0, roll="forward", busdaycal=bank_days()),
        np.busday_offset(days, 0, roll="backward", busdaycal=bank_days()),
        np.arange("1900-01", f"{LAST_YEAR + 1}-01", dtype="datetime64[M]").astype("datetime64[D]"),
    )  # fmt: skip


def _row(days: Days) -> Int | None:
    """Where each day stands in the tables; None when one does not, such as NaT."""
    row = np.asarray(days, dtype="datetime64[D]").astype(np.int64) - _tables().first
    there = row.size and row.min() >= 0 and row.max() < len(_tables().month)
    return row if there else None


def is_business(days: Days) -> NDArray[np.bool_]:
    """Whether banks work on these days."""
    row = _row(days)
    if row is None:
        return np.asarray(np.is_busday(days, busdaycal=bank_days()))
    return np.asarray(_tables().business[row])


def next_business(days: Days) -> Days:
    """The day itself or the first business day after it."""
    row = _row(days)
    if row is None:
        return np.asarray(np.busday_offset(days, 0, roll="forward", busdaycal=bank_days()))
    return np.asarray(_tables().following[row])


def last_business(days: Days) -> Days:
    """The day itself or the last business day before it."""
    row = _row(days)
    if row is None:
        return np.asarray(np.busday_offset(days, 0, roll="backward", busdaycal=bank_days()))
    return np.asarray(_tables().before[row])


def month_of(days: Days) -> Int:
    """Months since January 1970, as numpy's datetime64[M] counts them."""
    row = _row(days)
    if row is None:
        return np.asarray(days).astype("datetime64[M]").astype(np.int64)
    return np.asarray(_tables().month[row])


def year_of(days: Days) -> Int:
    """The year, such as 2026."""
    row = _row(days)
    if row is None:
        return np.asarray(days).astype("datetime64[Y]").astype(np.int64) + 1970
    return np.asarray(_tables().month[row] // 12 + 1970)


def month_start(months: Int) -> Days:
    """The first day of months since January 1970."""
    row = np.asarray(months) - _tables().month[0]
    if not row.size or row.min() < 0 or row.max() >= len(_tables().begins):
        return np.asarray(np.asarray(months).astype("datetime64[M]").astype("datetime64[D]"))
    return np.asarray(_tables().begins[row])


def nearest_business(days: Days) -> Days:
    """The closest business day, the earlier of two equally close: never further than two days."""
    back, ahead = last_business(days), next_business(days)
    return np.where((ahead - days) < (days - back), ahead, back)


def weekday(days: Days) -> Int:
    """0 for Monday to 6 for Sunday."""
    return np.asarray((days.astype("datetime64[D]").astype(np.int64) + 3) % 7)


def add_months(days: Days, months: Int) -> Days:
    """The same day of a later month, or that month's last day if it is shorter."""
    month = month_of(days)
    offset = (days - month_start(month)).astype(np.int64)
    target = month.astype("datetime64[M]") + months  # NaT stays what it is
    start = month_start(target.astype(np.int64))
    after = month_start((target + np.timedelta64(1, "M")).astype(np.int64))
    length = (after - start).astype(np.int64)
    return np.asarray(start + np.minimum(offset, length - 1))
