"""Takes habits, gives savings: a transfer every month, some back, interest every quarter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, stream
from dhub.world.calendar import last_business
from dhub.world.outside.everyday.habits import Habits
from dhub.world.outside.grids import forward, monthly
from dhub.world.outside.kinds import CODES, OTHER
from dhub.world.outside.plan import (
    DEPOSIT_INTEREST,
    OWN_CODES,
    Events,
    address,
    events,
    together,
)
from dhub.world.outside.run import OutsideRun

Int = NDArray[np.int64]
Float = NDArray[np.float64]

SAVED, RECEIVED, TAKEN, GIVEN_BACK = range(OWN_CODES + 32, OWN_CODES + 36)
_TAKES = 0.16  # of months see a withdrawal (assumed)
_PART = (0.3, 0.9)  # of what was put by since long that is taken
_STEP = 2500  # cents: transfers are multiples of $25
_AT_ONCE = 1.2  # months of income are taken at most
_LESS = 0.75  # of what one put by (assumed)
_FULL = 9.5  # months of saving are put by at most: then something is taken
_BEGAN = 3  # months of saving that may be taken when the window begins
_MONTHS, _SIGMA = 6.5, 0.55  # of income are saved, at the median
_LEAST, _MOST = 3.2, 23.5  # months: more than checking holds, less than the document's two years
_APY = (40, 430)  # hundredths of a percent (assumed)
_DAYS = 365 * 10_000


def transfers(run: OutsideRun, h: Habits, checking: Int, savings: Int) -> tuple[Events, Events]:
    """Rows of checking and of savings, two of each transfer; rows of the plan's accounts."""
    some = np.flatnonzero(h.saves)
    draw = stream(run.seed, run.named("saving.day"))
    into = monthly(1 + draw.below(h.user[some], 28), run.first, run.last)
    back = monthly(1 + draw.below(h.user[some], 28, 1), run.first, run.last)
    shape = (len(some), -1)
    month = back.period.reshape(shape)
    taken = _taken(run, h, some, month)
    row = some[into.row]
    out = _both(h, row, forward(into.day), h.saving[row], into.period, checking, savings,
                (SAVED, "TRANSFER_OUT_SAVINGS"), (RECEIVED, "TRANSFER_IN_SAVINGS"))  # fmt: skip
    there = taken.ravel() > 0
    row = some[back.row[there]]
    home = _both(
        h, row, forward(back.day[there]), -taken.ravel()[there], back.period[there], checking,
        savings, (GIVEN_BACK, "TRANSFER_IN_ACCOUNT_TRANSFER"),
        (TAKEN, "TRANSFER_OUT_ACCOUNT_TRANSFER"),
    )  # fmt: skip
    mine, theirs = (together(pair).within(run.first, run.last)
                    for pair in zip(out, home, strict=True))  # fmt: skip
    return mine, theirs


def less(h: Habits, some: Int) -> Habits:
    """The habits, in which some users put by less."""
    saving = h.saving.copy()
    saving[some] = np.maximum(saving[some] * _LESS // _STEP * _STEP, _STEP).astype(np.int64)
    return replace(h, saving=np.where(h.saves, saving, 0))


def _both(
    h: Habits, row: Int, day: Int, cents: Int, period: Int, checking: Int, savings: Int,
    mine: tuple[int, str], other: tuple[int, str],
) -> tuple[Events, Events]:  # fmt: skip
    """The rows of checking and of savings; cents that leave checking are positive."""
    made = []
    for account, sign, (code, category) in ((checking, 1, mine), (savings, -1, other)):
        place = address(h.user[row], code, period)
        made.append(events(account[row], day, sign * cents, place, category=CODES[category],
                           channel=OTHER))  # fmt: skip
    return made[0], made[1]


def _taken(run: OutsideRun, h: Habits, some: Int, month: Int) -> Int:
    """What is taken back in each month: a part of what was put by, so that it stays bounded."""
    draw = stream(run.seed, run.named("saving.taken"))
    place = address(h.user[some][:, None], TAKEN, month)
    takes = draw.chance(place, _TAKES)
    part = _PART[0] + (_PART[1] - _PART[0]) * draw.uniform(place, 1)
    put_by = h.saving[some] * _BEGAN
    taken = np.zeros_like(month)
    for turn in range(month.shape[1]):
        wish = np.minimum(put_by * part[:, turn], h.monthly[some] * _AT_ONCE)
        wish = wish.astype(np.int64) // _STEP * _STEP
        full = put_by > h.saving[some] * _FULL
        taken[:, turn] = np.where(takes[:, turn] | full, wish, 0)
        put_by = put_by - taken[:, turn] + h.saving[some]
    return taken


def held(run: OutsideRun, h: Habits, some: Int, need: Int) -> Int:
    """Cents of savings on the last day: more months of income than checking holds, and more than
    the evenings need."""
    draw = stream(run.seed, run.named("savings"))
    z = np.clip(draw.normal(h.user[some]), -3, 3)
    months = np.clip(_MONTHS * exp(_SIGMA * z), _LEAST, _MOST - draw.uniform(h.user[some], 1))
    likes = (h.monthly[some] * months).astype(np.int64)
    return np.asarray(np.maximum(likes, need + need // 4 + h.monthly[some] // 5))


def interest(
    run: OutsideRun, h: Habits, account: Int, some: Int, moved: Events, end: Int
) -> Events:  # fmt: skip
    """Every quarter on its last business day, on the balances of its days: from the last quarter
    back, since what is held at the end is given."""
    rate = _APY[0] + stream(run.seed, run.named("apy")).below(h.user[some], _APY[1] - _APY[0])
    days = run.last - run.first + 1
    flow = _daily(run, account, some, moved, days)
    after = np.zeros(len(some), dtype=np.int64)  # interest of later quarters
    made = []
    for start, stop, paid in reversed(_quarters(run)):
        # What is held on an evening: the end, less all that came in later.
        held_on = end[:, None] - after[:, None] - flow[:, start - run.first : stop - run.first + 1]
        total = held_on.sum(axis=1) + held_on[:, 0] * max(0, 91 - (stop - start + 1))
        cents = total * rate // _DAYS
        after = after + cents
        period = np.full(len(some), paid)
        made.append(events(
            account[some], period, -cents, address(h.user[some], DEPOSIT_INTEREST, period),
            category=CODES["INCOME_INTEREST_EARNED"], channel=OTHER,
        ))  # fmt: skip
    return together(made) if made else moved.take(np.zeros(0, dtype=np.int64))


def _daily(run: OutsideRun, account: Int, some: Int, moved: Events, days: int) -> Int:
    """By saver and evening of the window, what comes in later than that evening."""
    row = np.full(int(account.max(initial=0)) + 1, -1)
    row[account[some]] = np.arange(len(some))
    cell = row[moved.account] * days + moved.day - run.first
    came = np.bincount(cell, weights=-moved.cents, minlength=len(some) * days)
    came = came.astype(np.int64).reshape(len(some), days)
    return np.asarray(came.sum(axis=1, keepdims=True) - np.cumsum(came, axis=1))


def _quarters(run: OutsideRun) -> list[tuple[int, int, int]]:
    """First and last day within the window of each quarter that ends in it, and when it pays."""
    months = np.arange(np.datetime64(run.first_day, "M"), np.datetime64(run.last_day, "M") + 1)
    ends = [m for m in months if (m.astype(np.int64) + 1) % 3 == 0]
    found = []
    for month in ends:
        stop = (month + 1).astype("datetime64[D]") - 1
        start = int((month - 2).astype("datetime64[D]").astype(np.int64))
        paid = int(last_business(stop).astype(np.int64))
        if run.first <= paid <= run.last:
            found.append((max(start, run.first), min(paid, run.last), paid))
    return found
