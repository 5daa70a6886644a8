"""Takes days and their limits, gives working days between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream
from dhub.world.calendar import DAY, nearest_business

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]


def working(day: Days, low: Days, high: Days) -> Days:
    """The nearest business day, or the day itself where that lies outside [low, high]."""
    near = nearest_business(day)
    return np.where((near < low) | (near > high), day, near)


def later(day: Days, days: Int | int) -> Days:
    """Each day moved by a number of days, backwards if it is negative."""
    moved: Any = day + days * DAY
    return np.asarray(moved)


def any_day(draw: Stream, place: Int, low: Days, high: Days, lane: int = 0) -> Days:
    """A day in [low, high], all equally likely but for weekends, which give way; low ≤ high."""
    length = (high - low).astype(np.int64)
    return working(later(low, draw.between(place, 0, length, lane)), low, high)
