"""Takes days that chance drew, gives those near them on which an office is open, and times of work.

What staff do is booked on the same day in UTC as by the clock on their wall: counters close at
four, and desks on the Pacific coast are manned from eight to four, elsewhere from nine to five.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream
from dhub.world.calendar import (
    DAY,
    is_business,
    last_business,
    nearest_business,
    next_business,
    weekday,
)
from dhub.world.clock import ZONES, local_second, to_utc

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

COUNTER_OPENS, COUNTER_CLOSES, SATURDAY_CLOSES = 9, 16, 12  # local hours
DESK_OPENS, DESK_HOURS, PACIFIC = 9, 8, ZONES.index("America/Los_Angeles")
SATURDAY, SUNDAY = 5, 6
# Of what falls on a Saturday, as much is done on it: branches open in the morning (assumed).
SATURDAYS = 0.15


def is_open(day: Days) -> NDArray[np.bool_]:
    """Whether a branch is open: business days, and Saturdays that do not lie in a long weekend."""
    saturday = (weekday(day) == SATURDAY) & is_business(day - DAY)
    return np.asarray(is_business(day) | saturday)


def office_day(draw: Stream, place: Int, day: Days, low: Days, high: Days) -> Days:
    """A day in [low, high] on which a branch is open, for each day that chance drew from there.

    Weekends spread over the week beside them, but for a few Saturdays. Where no business day lies
    in the range, the day stays as it is.
    """
    on, step = weekday(day), 1 + draw.below(place, 5, 1)
    aside = np.where(on == SATURDAY, -step, np.where(on == SUNDAY, step, 0))
    first, last = next_business(low), last_business(high)
    moved = np.minimum(np.maximum(nearest_business(day + aside * DAY), first), last)
    stays = (on == SATURDAY) & is_open(day) & draw.chance(place, SATURDAYS, 2)
    return np.where(stays | (first > last), day, moved)


def desk_opens(zone: Int) -> Int:
    """The local hour at which work at desks begins in each time zone."""
    return np.asarray(DESK_OPENS - (zone == PACIFIC), dtype=np.int64)


def at_a_desk(draw: Stream, place: Int, day: Days, zone: Int, lane: int = 0) -> Instants:
    """A time of each day in the hours of desks; [us]."""
    second = desk_opens(zone) * 3600 + draw.below(place, DESK_HOURS * 3600, lane)
    return to_utc(day, second, zone)


def at_a_counter(draw: Stream, place: Int, day: Days, zone: Int, lane: int = 0) -> Instants:
    """A time of each day at which a branch is open; [us]."""
    closes = np.where(weekday(day) == SATURDAY, SATURDAY_CLOSES, COUNTER_CLOSES)
    hours = (closes - COUNTER_OPENS).astype(np.int64)
    second = COUNTER_OPENS * 3600 + draw.below(place, hours * 3600, lane)
    return to_utc(day, second, zone)


def before_closing(day: Days, zone: Int) -> Instants:
    """The last minute of each day at a branch; [us]."""
    return to_utc(day, np.full(len(day), COUNTER_CLOSES * 3600 - 60), zone)


def in_office(at: Instants, zone: Int) -> NDArray[np.bool_]:
    """Whether a branch was open at each instant, by its clock."""
    day = at.astype("datetime64[D]")
    second = ((at - day) // np.timedelta64(1, "s")).astype(np.int64)
    hour = local_second(day, second, zone) // 3600
    return np.asarray(is_open(day) & (hour >= COUNTER_OPENS) & (hour < COUNTER_CLOSES))
