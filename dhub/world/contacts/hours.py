"""Takes the days a contact can fall on, gives its instant: office hours where staff act."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import spread, stream
from dhub.model import Run
from dhub.world.calendar import DAY, is_business, next_business, weekday
from dhub.world.clock import to_utc
from dhub.world.opening import COUNTER_CLOSES, COUNTER_OPENS, DESK_HOURS, desk_opens

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

# Call-centre load by weekday, Monday first: Monday is 1.18 times Thursday (measured, US call
# centre); self-service goes on at weekends (assumed).
_OFFICE_WEEK = (1.18, 1.07, 1.03, 1.0, 1.02)
_OWN_WEEK = (1.18, 1.05, 1.02, 1.0, 1.0, 0.85, 0.8)
# Load by local hour (assumed): desks and counters with a lull at noon; self-service from 7 to 22.
_OFFICE_HOURS = (1.0, 1.25, 1.2, 0.95, 0.95, 1.1, 1.0, 0.85)
_COUNTER_HOURS = _OFFICE_HOURS[: COUNTER_CLOSES - COUNTER_OPENS]
_OWN_STARTS = 7
_OWN_HOURS = (0.6, 0.8, 0.9, 0.9, 0.9, 1.1, 1.0, 0.8, 0.8, 0.9, 1.1, 1.3, 1.4, 1.2, 0.8)
_WEEKS = (0, -7, 7, -14, 14)
_NEAR = (0, -1, 1, -2, 2, -3, 3, -4, 4)


def instants(
    run: Run,
    index: int,
    place: Int,
    first: Days,
    last: Days,
    office: Bools,
    visit: Bools,
    zone: Int,
) -> NDArray[np.datetime64]:
    """An instant within first..last for each place, rather late than early; [us].

    `office` marks what needs staff, `visit` what happens at a counter, of which it is a part.
    """
    draw = stream(run.seed, "crm.contact_day")
    share = draw.uniform(place)
    late = share * np.sqrt(np.sqrt(share))  # so that a year has at most twice the year before
    ago = np.floor(((last - first).astype(np.int64) + 1) * late).astype(np.int64)
    wanted = np.empty(len(place), dtype=np.int64)
    for open_days, week in ((True, _OFFICE_WEEK), (False, _OWN_WEEK)):
        mine = np.flatnonzero(office == open_days)
        name = f"crm.weekday.{'office' if open_days else 'own'}.{index}"
        wanted[mine] = spread(stream(run.seed, name), week, len(mine))
    day = landed(last - ago * DAY, wanted, first, last, office)
    at = to_utc(day, _seconds(run, place, office, visit, zone), zone)
    # An evening's chat lies on the next day in UTC, but for one on the last day there is.
    beyond = ~office & (at.astype("datetime64[D]") > last)
    return np.where(beyond, at - DAY.astype("timedelta64[us]"), at)


def landed(target: Days, wanted: Int, first: Days, last: Days, office: Bools) -> Days:
    """The wanted weekday next to each target, within first..last and no holiday for an office.

    Where that weekday cannot be had within two weeks, the nearest day that will do. Where all days
    are off, since who has just come has few, it is the next one on which the office is open.
    """
    base = target - (weekday(target) - wanted) * DAY
    tries = [(base, shift) for shift in _WEEKS] + [(target, shift) for shift in _NEAR]
    day, rest = target.copy(), np.arange(len(target))
    for start, shift in tries:
        found = start[rest] + shift * DAY
        good = (first[rest] <= found) & (found <= last[rest])
        good &= ~office[rest] | is_business(found)
        day[rest[good]] = found[good]
        rest = rest[~good]
        if not len(rest):
            break
    day[rest] = np.where(office[rest], next_business(target[rest]), target[rest])
    return day


def _seconds(run: Run, place: Int, office: Bools, visit: Bools, zone: Int) -> Int:
    """Local second of the day."""
    draw = stream(run.seed, "crm.contact_time")
    desk = desk_opens(zone) + draw.pick(place, _OFFICE_HOURS)
    counter = COUNTER_OPENS + draw.pick(place, _COUNTER_HOURS)
    own = _OWN_STARTS + draw.pick(place, _OWN_HOURS, 1)
    hour = np.where(visit, counter, np.where(office, desk, own))
    return np.asarray(hour * 3600 + draw.below(place, 3600, 2))


assert len(_OFFICE_HOURS) == DESK_HOURS
