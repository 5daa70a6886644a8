"""Takes users who live from pay to pay, gives purchases and pay that empty the account in time.

Each month has a high part, which begins with the pay, and a low one, in which every evening is
below $100. Rent, bills and large purchases follow the pay within days; what is bought on the last
day of the high part brings the balance below the line. How many days are low is planned over the
180 days that personas are measured on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.world.outside.archetypes.balances import row_of, summed
from dhub.world.outside.archetypes.moves import (
    CARD_PAYMENT,
    ERRAND,
    GROCERIES,
    Moves,
    counted,
    moves,
    together,
)
from dhub.world.outside.archetypes.paydays import MEASURED
from dhub.world.outside.archetypes.regular import large, payrolls
from dhub.world.outside.archetypes.shopping import favourite, priced
from dhub.world.outside.personas import LOW_30, Lives

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

_LOW_DAYS = (76, 104)  # of the 180: 42 to 58 % (margins are 35 and 65 %)
_EXACTLY = 54  # 30 % of them
_HIGH_DAYS = 12  # at least, in which all bills fall due
SPAN = (2, 8)  # days after the pay on which purchases begin, and for how long
_OPENING = (5_200, 9_700)  # cents on the evening before the window
_BELOW = (4_600, 9_700)  # cents left when the account falls below the line
_ABOVE = (10_600, 15_500)  # cents left of a month that never does
_BASKET = 8_800  # cents, of the purchase that brings the account below the line
_ERRAND = 640
_FIRST_PART = (0.5, 0.7)  # of the large purchases of a month


@dataclass(frozen=True)
class _Months:
    """By user and pay: the day, the days to the next one, and how many of them are high."""

    pay: Int
    length: Int
    high: Int
    told: Bools  # the pay lies in the window


def lived(
    who: Lives, users: Int, months: Int, pays: Int, monthly: Int, owed: Moves
) -> tuple[Moves, Int]:
    """Pay and the rest of the purchases, and cents on each account on the last day; `pays` is
    (users, months + 1), `owed` what is owed and bought in the high part of each month."""
    part = _months(who, users, pays)
    draw, number = stream(who.run.seed, who.run.named("stressed")), who.number[users]
    first = part.pay[np.arange(len(users)), _first_told(part)]
    row, end = row_of(users, owed), np.where(part.told, pays[:, 1:], 0).max(axis=1)
    early = owed.take((owed.kind == CARD_PAYMENT) & (owed.day < first[row]))
    opening = draw.between(number, *_OPENING)
    np.add.at(opening, row_of(users, early), early.cents)
    owed = owed.take((owed.day >= first[row]) & (owed.day < end[row]))
    small = _errands(who, users, months, part, pays)
    falls = _falls(who, users, months, part)
    row, column = np.nonzero(part.told)
    pay = payrolls(who, users[row], months[column], part.pay[row, column], monthly[users[row]])
    big = _emptied(
        who, users, months, part, opening, [pay, together([early, owed]), small, falls]
    )
    told = together([pay, early, owed, small, falls, big])
    inside = told.take((told.day >= who.run.first) & (told.day <= who.run.last))
    gone = np.zeros(len(users), dtype=np.int64)
    np.add.at(gone, row_of(users, inside), inside.cents)
    return told, opening - gone


def _first_told(part: _Months) -> Int:
    return np.asarray(np.argmax(part.told, axis=1))


def _months(who: Lives, users: Int, pays: Int) -> _Months:
    """How many days of each month are high, such that those of the measured days are as planned."""
    run, pay, length = who.run, pays[:, :-1], np.diff(pays, axis=1)
    told = (pay >= run.first) & (pay <= run.last)
    draw, number = stream(run.seed, run.named("stressed.low")), who.number[users]
    exact = who.edge[users] == LOW_30
    goal = np.where(exact, _EXACTLY, draw.between(number, *_LOW_DAYS))
    begin = run.last - MEASURED + 1
    before = np.clip(np.where(told, pay, run.last + 1).min(axis=1) - begin, 0, None)
    # Months whose low part lies in the measured days as a whole.
    whole = told & (pay + _HIGH_DAYS >= begin) & (pays[:, 1:] <= run.last + 1)
    share = (goal - before) / (MEASURED - before)
    low = np.floor(length * share[:, None] + 0.5).astype(np.int64)
    low = np.where(exact[:, None], _dealt_out(goal - before, whole), low)
    high = np.clip(length - low, _HIGH_DAYS, length)
    return _Months(pay, length, high, told)


def _dealt_out(days: Int, whole: Bools) -> Int:
    """So many days in as equal parts as can be to the months that are whole, none to others."""
    count = np.maximum(whole.sum(axis=1), 1)
    turn = np.cumsum(whole, axis=1)
    upto = days[:, None] * turn // count[:, None]
    return np.where(whole, upto - days[:, None] * (turn - 1) // count[:, None], 0)


def _errands(who: Lives, users: Int, months: Int, part: _Months, pays: Int) -> Moves:
    """A few small things in the low part of each month, and between the window's first day and the
    first pay."""
    draw, run = stream(who.run.seed, who.run.named("stressed.errand")), who.run
    begin, width = part.pay + part.high + 1, part.length - part.high - 1
    row, column = np.nonzero(part.told & (width >= 3))
    first = part.pay[np.arange(len(users)), _first_told(part)]
    row = np.concatenate([row, np.arange(len(users))])
    start = np.concatenate([begin[row[:len(column)], column], np.full(len(users), run.first)])
    days = np.concatenate([width[row[:len(column)], column], first - run.first])
    period = start // 7
    place = who.number[users[row]] << 16 | period
    count = np.minimum(1 + draw.below(place, 3), np.maximum(days, 0))
    cell, _, nth = counted(np.arange(len(row)), row, count)
    place = (who.number[users[row]] << 21 | period << 5)[cell] | nth
    into = (nth + draw.uniform(place, 1)) / count[cell]
    day = start[cell] + np.floor(into * days[cell]).astype(np.int64)
    some = moves(who.number, users[row[cell]], day, ERRAND, period=period[cell], nth=nth)
    return priced(who, favourite(who, some), np.full(len(some), _ERRAND))


def _falls(who: Lives, users: Int, months: Int, part: _Months) -> Moves:
    """The purchase that brings each month below the line."""
    row, column = np.nonzero(part.told & (part.high < part.length))
    day = part.pay[row, column] + part.high[row, column]
    some = moves(who.number, users[row], day, GROCERIES, period=months[column], nth=8)
    return priced(who, favourite(who, some), np.full(len(some), _BASKET))


def _emptied(
    who: Lives, users: Int, months: Int, part: _Months, opening: Int, given: list[Moves]
) -> Moves:
    """Large purchases of such amounts that each month ends where it shall."""
    draw, number = stream(who.run.seed, who.run.named("stressed.large")), who.number[users]
    row, column = np.nonzero(part.told)
    place = number[:, None] << 12 | months[None, :]
    falls = part.high < part.length
    aim = np.where(falls, draw.between(place, *_BELOW), draw.between(place, *_ABOVE, 1))
    _, _, small, fall = given
    begin = np.where(part.told, part.pay, np.iinfo(np.int64).max)
    begin = np.minimum.accumulate(begin[:, ::-1], axis=1)[:, ::-1]
    errand = summed(users, small, begin)
    gone = summed(users, together(given), begin) - errand
    held = opening.copy()
    for some in (small, given[1]):
        early = some.day < begin[row_of(users, some), 0]
        np.subtract.at(held, row_of(users, some)[early], some.cents[early])
    cents = np.zeros_like(gone)
    for at in range(gone.shape[1]):
        there = part.told[:, at]
        cents[:, at] = np.where(there, held - gone[:, at] - aim[:, at], 0)
        held = np.where(there, aim[:, at] - errand[:, at], held)
    share = _FIRST_PART[0] + (_FIRST_PART[1] - _FIRST_PART[0]) * draw.uniform(place, 2)
    one = np.floor(cents * share).astype(np.int64)
    user, month, day = users[row], months[column], part.pay[row, column]
    early_day = day + 2 + draw.below(place[row, column], 2, 3)
    late_day = day + 4 + draw.below(place[row, column], 3, 4)
    return together([large(who, user, month, early_day, one[row, column], 0),
                     large(who, user, month, late_day, (cents - one)[row, column], 1)])  # fmt: skip
