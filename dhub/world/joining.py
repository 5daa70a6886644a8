"""Takes customers and between which days they joined, gives the instants: at a branch or online."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, stream
from dhub.model import Run
from dhub.world.calendar import DAY, is_business
from dhub.world.clock import to_utc
from dhub.world.opening import COUNTER_OPENS, is_open, office_day
from dhub.world.places import zone_of_branch

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

# Of those of twenty years half join online, of those of seventy a tenth; companies at a branch
# (assumed).
_ONLINE_AT_20, _ONLINE_A_YEAR, _ONLINE_LEAST = 0.50, -0.008, 0.05
# Local hours and their weights (assumed): a branch closes at four, when it is the same day in UTC
# everywhere, and on Saturdays at noon; online it is the evening rather than the night.
_WEEKDAY, _SATURDAY = (1.0, 1.3, 1.3, 1.1, 1.1, 1.2, 1.1), (1.0, 1.2, 1.1)
_ONLINE = (0.3, 0.1, 0.1, 0.1, 0.1, 0.2, 0.5, 1.0, 1.4, 1.6, 1.7, 1.7,
           1.9, 1.8, 1.6, 1.5, 1.6, 1.8, 2.1, 2.5, 2.7, 2.4, 1.6, 0.8)  # fmt: skip


def joining(
    run: Run, place: Int, birth: Days, first: Days, last: Days, branch: Int, company: Bools
) -> Instants:
    """When each joined, within first..last in UTC; [us]."""
    length = (last - first).astype(np.int64)
    day = last - stream(run.seed, "people.created_at").between(place, 0, length) * DAY
    draw = stream(run.seed, "people.joined")
    age = (day - birth).astype(np.int64) / 365.25
    share = np.maximum(_ONLINE_AT_20 + _ONLINE_A_YEAR * (age - 20), _ONLINE_LEAST)
    visit = office_day(draw, place, day, first, last)
    online = (draw.chance(place, share) & ~company) | ~is_open(visit)
    day = np.where(online, day, visit)
    at = to_utc(day, _seconds(draw, place, day, online), zone_of_branch()[branch])
    # An evening in America is the next day in UTC: it was the evening before.
    over = at.astype("datetime64[D]") > day
    return np.where(over, at - DAY.astype("timedelta64[us]"), at)


def _seconds(draw: Stream, place: Int, day: Days, online: Bools) -> Int:
    """Local second of the day."""
    visit = np.where(
        is_business(day), draw.pick(place, _WEEKDAY, 3), draw.pick(place, _SATURDAY, 3)
    )
    hour = np.where(online, draw.pick(place, _ONLINE, 4), COUNTER_OPENS + visit)
    return np.asarray(hour * 3600 + draw.below(place, 3600, 5))
