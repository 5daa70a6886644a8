"""Takes days and local times of day, gives instants in UTC: what the clock on the wall says.

The rules of the United States since 1987 are written out, not read from the system's time zone
data, because a corrected zone in a new release would change the bytes of every estate; a test
holds them beside `zoneinfo`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.world.calendar import FIRST_YEAR, LAST_YEAR, weekday, year_of

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
    "America/Phoenix", "America/Indiana/Indianapolis",
)  # fmt: skip
_STANDARD = np.array([-5, -6, -7, -8, -7, -5])  # hours from UTC in winter
# First year of daylight saving: Arizona has none, Indiana since 2006.
_SAVES_SINCE = np.array([1987, 1987, 1987, 1987, LAST_YEAR + 1, 2006])
_SWITCH = 2 * 3600  # second of the local day at which the clock is put forward and back
SECOND = np.timedelta64(1, "s")


@lru_cache(maxsize=1)
def _saving() -> tuple[Int, Int]:
    """Day (since 1970) on which daylight saving begins and ends, by year from FIRST_YEAR."""
    first, last = [], []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        old = year < 2007
        first.append(_sunday(year, 4, 1) if old else _sunday(year, 3, 8))
        last.append(_sunday(year, 10, 25) if old else _sunday(year, 11, 1))
    return np.array(first), np.array(last)


def _sunday(year: int, month: int, day: int) -> int:
    """The first Sunday from a day on."""
    start = np.datetime64(f"{year}-{month:02d}-{day:02d}", "D")
    return int(start.astype(np.int64) + 6 - int(weekday(np.array([start]))[0]))


def offsets(day: Days, second: Int, zone: Int) -> Int:
    """Seconds that UTC is behind the local clock (negative in America), at local times."""
    days = day.astype("datetime64[D]").astype(np.int64)
    year = year_of(day)
    first, last = _saving()
    at = np.clip(year - FIRST_YEAR, 0, len(first) - 1)
    moment = days * 86_400 + second
    summer = (moment >= first[at] * 86_400 + _SWITCH) & (moment < last[at] * 86_400 + _SWITCH)
    summer &= year >= _SAVES_SINCE[zone]
    return np.asarray((_STANDARD[zone] + summer) * 3600)


def to_utc(day: Days, second: Int, zone: Int) -> Instants:
    """The instants of local times: a day and a second of it in each zone (index into ZONES); [us].

    An evening in America is the next day in UTC.
    """
    seconds = second - offsets(day, second, zone)
    return np.asarray(day.astype("datetime64[us]") + seconds * SECOND)


def local_second(day: Days, second: Int, zone: Int) -> Int:
    """Second of the local day at a UTC second of a UTC day; below zero or beyond a day's end where
    the local day is another one."""
    return second + offsets(day, second, zone)
