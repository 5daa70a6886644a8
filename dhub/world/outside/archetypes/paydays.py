"""Takes users and the window, gives the days on which each is paid.

Holidays move paydays, so which days of a month keep the median gap at 31 days or below is looked
up, and gaps of so many days are counted from one business day to another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.world.outside.archetypes.moves import in_month, open_before
from dhub.world.outside.personas import GAP_45, Lives

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

MEASURED = 180  # days: personas are of the last so many
_MOST_DAY = 28
_LONGEST_MEDIAN = 31
_BEFORE_DUE = (5, 4, 3, 6)  # days between pay and the earliest day a card is due, best first
# Of who is paid at long intervals: gaps, and days since the last pay. In between would lie the
# days on which most of the money is still there, and the buffer would be above a month.
_GAPS = (50, 64)
_SINCE = ((2, 8), (47, 53))
_AHEAD = (5, 8)  # days from the last day to the next pay, where the last one is long ago
_GAP, _GAP_SINCE = 45, (44, 30)


def steady_days(last: int, months: Int) -> Int:
    """Days of the month on which pay may fall: their median gap in the measured days is <= 31."""
    day = np.arange(1, _MOST_DAY + 1)
    paid = open_before(in_month(months[None, :], day[:, None]))
    inside = (paid > last - MEASURED) & (paid <= last)
    gaps = np.where(inside[:, 1:] & inside[:, :-1], np.diff(paid, axis=1), np.nan)
    return day[np.nanmedian(gaps.astype(np.float64), axis=1) <= _LONGEST_MEDIAN]


def monthly_paydays(who: Lives, users: Int, months: Int, due: Int) -> Int:
    """(users, months): the day itself or the business day before; some days ahead of `due`, the
    earliest day of the month on which each user's card is due (0 for none)."""
    steady = steady_days(who.run.last, months)
    draw = stream(who.run.seed, who.run.named("payday"))
    free = steady[draw.below(who.number[users], len(steady))]
    ahead = due[:, None] - np.array(_BEFORE_DUE)
    best = ahead[np.arange(len(users)), np.argmax(np.isin(ahead, steady), axis=1)]
    day = np.where(due > 0, best, free)
    return open_before(in_month(months[None, :], day[:, None]))


def biweekly_paydays(who: Lives, users: Int, first: int, last: int) -> tuple[Int, Int, Int]:
    """User, fortnight since 1970 and day of every second Wednesday, Thursday or Friday, or the
    business day before."""
    draw, number = stream(who.run.seed, who.run.named("fortnight")), who.number[users]
    weekday = np.array([8, 8, 8, 7, 6])[draw.below(number, 5)]  # 1970-01-09 was a Friday
    phase = weekday + 7 * draw.below(number, 2, 1)
    period = np.arange(first // 14 - 2, last // 14 + 2)
    day = open_before(phase[:, None] + 14 * period[None, :])
    row, column = np.nonzero((day >= first) & (day <= last))
    return users[row], period[column], day[row, column]


def irregular_paydays(who: Lives, users: Int, first: int) -> Int:
    """(users, pays), ascending: the first lies before `first`, the last is the next one to come."""
    draw, number, run = stream(who.run.seed, who.run.named("gaps")), who.number[users], who.run
    ends = np.array(_SINCE)[draw.below(number, len(_SINCE))]
    exact = who.edge[users] == GAP_45
    since = draw.between(number, ends[:, 0], ends[:, 1], 1)
    last = np.where(exact, _last_of_chain(run.last), open_before(run.last - since))
    found, turns = [last], (run.last - first) // _GAP + 2
    for turn in range(turns):
        back = np.where(exact, _GAP, draw.between(number, *_GAPS, 2 + turn))
        found.append(open_before(found[-1] - back))
    soon = since + draw.between(number, *_AHEAD, 3 + turns)
    gap = np.where(since > _GAPS[0] // 2, soon, draw.between(number, *_GAPS, 2 + turns))
    ahead = last + np.where(exact, _GAP + _AHEAD[0], gap)
    return np.stack([*found[::-1], open_before(ahead)], axis=1)


def _last_of_chain(last: int) -> int:
    """The latest pay from which 45 days lead back to three more business days."""
    day = last - np.arange(_GAP_SINCE[0], _GAP_SINCE[1] - 25, -1)
    chain = day[:, None] - _GAP * np.arange(4)
    whole = (open_before(chain) == chain).all(axis=1)
    return int(day[np.argmax(whole)])
