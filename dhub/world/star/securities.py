"""Takes a shard, gives its holdings of securities: what was bought and sold, at cost and at market.

A balance is at cost, so that it moves with its bookings alone; the market value moves by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, folded, stream
from dhub.memo import of_shard
from dhub.model import Run, Shard
from dhub.world.calendar import DAY, add_months, next_business
from dhub.world.star.booked import NEVER, Booked, holders, since
from dhub.world.star.days import calendar

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

KINDS = ("buy", "sell")
BUY, SELL = range(len(KINDS))
_PAPERS = (0.16, 0.20, 0.10, 0.12, 0.06, 0.06, 0.06, 0.10, 0.08, 0.06)  # how often each (assumed)
_EVERY, _PLANS = np.array([1, 3, 12]), (0.4, 0.25, 0.35)  # months between two purchases (assumed)
# Trend and swing of a month by paper: funds, bonds, shares (assumed).
_TREND = np.array([5, 7, 6, 4, 3, 3, 4, 9, 6, 8]) / 1200
_SWING = np.array([2.4, 3.6, 3.8, 1.2, 1.4, 1.1, 1.5, 5.0, 3.5, 5.2]) / 100
_SINCE = 240  # January 1990, in months since 1970: all prices begin with 100 dollars
_UNIT = 5_000  # cents
_SECOND = np.timedelta64(1, "s")
_HOURS = (15 * 3600, 20 * 3600)  # of trade, in UTC
_NEW_YORK_CLOSED = 100  # days at least between opening and selling all


@dataclass(frozen=True)
class Securities:
    """The holdings of a whole shard, ordered by owner; money in cents."""

    owner: Int  # customer within the shard
    place: Int
    product: Int  # index into the securities of the list of products
    opened_date: Days
    closed_date: Days  # NaT while something is held
    opening_balance: Int  # cost of what was held when the calendar begins
    current_balance: Int
    market_value: Int


def securities(shard: Shard) -> Securities:
    """The holdings of a shard; none where the profile has no such section."""
    return _securities(shard.run, shard.index)[0]


def security_rows(shard: Shard) -> Booked:
    """What is booked on them since the calendar begins: `kind` is an index into KINDS."""
    return _securities(shard.run, shard.index)[1]


def market_values(shard: Shard, holding: Int, month: Int) -> Int:
    """Cents that holdings are worth at the end of months (since 1970)."""
    rows, units = _securities(shard.run, shard.index)[2:]
    own = securities(shard)
    width = 4096
    at = rows.at.astype("datetime64[M]").astype(np.int64)
    last = np.searchsorted(rows.account * width + at, holding * width + month, side="right") - 1
    there = (last >= 0) & (rows.account[np.maximum(last, 0)] == holding) if len(at) else last >= 0
    held = np.where(there, np.append(units, 0.0)[last], 0.0)
    return np.floor(held * prices(shard.run, own.product[holding], month)).astype(np.int64)


@lru_cache(maxsize=2)
def _path(run: Run) -> Float:
    """Cents a unit of each paper at the end of each month since 1990."""
    months = run.month - _SINCE + 1
    number, month = np.meshgrid(np.arange(len(_PAPERS)), np.arange(months), indexing="ij")
    z = stream(run.seed, "star.price").normal(number * 4096 + month)
    steps = _TREND[:, None] + _SWING[:, None] * z
    return np.asarray(10_000 * exp(np.cumsum(steps, axis=1)))


def prices(run: Run, paper: Int, month: Int) -> Float:
    """Cents a unit of papers in months (since 1970)."""
    return _path(run)[paper, month - _SINCE]


@of_shard()
def _securities(run: Run, index: int) -> tuple[Securities, Booked, Booked, Float]:
    """The holdings; their bookings within the calendar; all bookings, and the units after each."""
    said = run.profile.securities
    share, several = (said.holders, said.several) if said else (0.0, 0.0)
    owner, place = holders(run, index, "star.securities", share, several)
    draw = stream(run.seed, "star.security")
    opened = since(run, index, "star.security_day", owner, place, said.years if said else 1)
    paper = draw.pick(place, _PAPERS)
    closed = _closed(run, place, opened, said.sold if said else 0.0)
    kept = np.flatnonzero(~(closed < calendar(run)[0]))
    owner, place, opened = owner[kept], place[kept], opened[kept]
    paper, closed = paper[kept], closed[kept]
    whole, units = _bookings(run, place, paper, opened, closed)
    day = whole.at.astype("datetime64[D]")
    told = day >= calendar(run)[0]
    opening, current = np.zeros(len(owner), dtype=np.int64), np.zeros(len(owner), dtype=np.int64)
    opening[whole.account[~told]] = whole.balance[~told]  # the last of each is what stays
    current[whole.account] = whole.balance
    held = np.zeros(len(owner))
    held[whole.account] = units
    worth = np.floor(held * prices(run, paper, np.full(len(paper), run.month))).astype(np.int64)
    own = Securities(owner, place, paper, opened, closed, opening, current, worth)
    return own, whole.take(np.flatnonzero(told)), whole, units


def _closed(run: Run, place: Int, opened: Days, sold: float) -> Days:
    """The business day on which some holdings were sold, NaT for the others."""
    draw = stream(run.seed, "star.security_sold")
    room = (run.today - opened).astype(np.int64) - 3
    able = (room > _NEW_YORK_CLOSED) & draw.chance(place, sold)
    after = draw.between(place, _NEW_YORK_CLOSED, np.maximum(room, _NEW_YORK_CLOSED), 1)
    day = np.minimum(next_business(opened + after * DAY), run.today - DAY)
    return np.where(able, day, NEVER)


def _bookings(
    run: Run, place: Int, paper: Int, opened: Days, closed: Days
) -> tuple[Booked, Float]:
    """Purchases by plan until the end, then what is sold; and the units held after each."""
    draw, every = stream(run.seed, "star.security_plan"), np.arange(len(place))
    step = _EVERY[draw.pick(place, _PLANS)]
    end = np.where(np.isnat(closed), run.today, closed)
    months = ((end - opened).astype(np.int64) // 28) // step + 1
    account = np.repeat(every, months)
    number = np.arange(len(account)) - np.repeat(np.cumsum(months) - months, months)
    day = next_business(add_months(opened[account], number * step[account]))
    fits = day < end[account]
    account, number, day = account[fits], number[fits], day[fits]
    cents = _sums(run, place)[account] * np.where(number == 0, 4, 1)
    gone = np.flatnonzero(~np.isnat(closed))
    account, day = np.concatenate([account, gone]), np.concatenate([day, closed[gone]])
    kind = np.repeat([BUY, SELL], [len(cents), len(gone)])
    amount = np.concatenate([cents, np.zeros(len(gone), dtype=np.int64)])
    order = np.lexsort((kind, day, account))
    account, day, kind, amount = account[order], day[order], kind[order], amount[order]
    month = day.astype("datetime64[M]").astype(np.int64)
    bought = amount / prices(run, paper[account], month)
    balance, units = _running(account, amount), _running(account, bought)
    amount = np.where(kind == SELL, balance, amount)
    spot = draw.between(place[account] * 4096 + month, *_HOURS, 2) * _SECOND
    at: Instants = np.asarray(day.astype("datetime64[us]") + spot)
    rows = Booked(account, at, kind, amount, np.where(kind == SELL, 0, balance))
    return rows, np.where(kind == SELL, 0.0, units)


def _running(account: Int, values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Running sums of each account's values."""
    total = np.cumsum(values)
    first = np.searchsorted(account, account)
    before = np.append(0, total)[first]
    return np.asarray(total - before)


def _sums(run: Run, place: Int) -> Int:
    """Cents of each purchase of a plan."""
    said, draw = run.profile.securities, stream(run.seed, "star.security_amount")
    if said is None:
        return place
    low, high = said.amount.cents
    wish = float(said.amount_median) * 100 * exp(said.amount_sigma * draw.normal(place))
    cents = folded(wish.astype(np.int64), np.full(len(place), low), np.full(len(place), high))
    return np.clip(cents // _UNIT * _UNIT, -(-low // _UNIT) * _UNIT, high)
