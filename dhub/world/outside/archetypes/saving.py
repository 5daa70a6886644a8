"""Takes users and their fortnightly paydays, gives what they put aside, and what it has become.

Who shows P4 moves at least $200 within every thirty days, every fourth week; all others less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.world.outside.archetypes.moves import (
    FROM_CHECKING,
    HSA,
    INTEREST,
    MONEY_MARKET,
    SAVINGS,
    TO_SAVINGS,
    Moves,
    address,
    crossed,
    in_month,
    month_of,
    moves,
    open_after,
    open_before,
    together,
)
from dhub.world.outside.personas import ARCHETYPES, P4, Lives

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

_SAVES = (0.10, 0.22)  # of the income, by who shows P4
_SAVES_MUCH = 0.18  # more of it at an income of _RICH dollars a year and above
_RICH = (75_000, 160_000)
_LEAST_SAVED = 22_000  # cents in four weeks
_SAVED_LITTLE = (20, 45)  # dollars a month to an account, two of which stay below the threshold
_HAS_SAVINGS, _HAS_HSA, _HAS_MARKET = 0.5, 0.15, 0.3  # of regular earners (assumed)
_POOR_HAVE_SAVINGS = 0.2
_KEEPS_ON = 0.55  # of those who have savings but not P4 add to them monthly (assumed)
# Months of income on the account before the window, by slot.
_HELD = {SAVINGS: (0.4, 2.2), MONEY_MARKET: (1.0, 5.0), HSA: (0.1, 0.9)}
_HELD_BY_SAVERS = (1.2, 4.5)
_RATES = {SAVINGS: (40, 430), MONEY_MARKET: (150, 470), HSA: (10, 60)}  # basis points a year
_QUARTER = 91  # days: interest of the first one is for no more
_YEAR = 365 * 10_000


@dataclass(frozen=True)
class Savings:
    """One element an account to save in; cents."""

    user: Int
    slot: Int
    held: Int  # on the evening of the last day


def savings(
    who: Lives, monthly: Int, months: Int, fortnights: tuple[Int, Int, Int]
) -> tuple[Savings, Moves]:
    """All such accounts, and their moves with those on the checking account."""
    has = held_slots(who)
    sent = together([_by_fortnight(who, monthly, fortnights), _by_month(who, has, months)])
    sent = sent.take((sent.day >= who.run.first) & (sent.day <= who.run.last))
    user, slot = np.nonzero(has)
    account = np.searchsorted(user * 8 + slot, sent.user * 8 + sent.whom)
    opening = _openings(who, monthly, user, slot)
    earned, gained = _interest(who, user, slot, opening, account, sent)
    received = np.zeros_like(opening)
    np.add.at(received, account, sent.cents)
    held = Savings(user, slot, opening + received + gained)
    return held, together([sent, _received(who, sent), earned])


def _received(who: Lives, sent: Moves) -> Moves:
    """The other row of each transfer; `whom` of what leaves checking says where it goes."""
    place = address(who.number[sent.user], sent.whom, FROM_CHECKING, sent.period, sent.nth)
    return Moves(sent.user, sent.whom, sent.day, -sent.cents,
                 np.full(len(sent), FROM_CHECKING), sent.whom, place)  # fmt: skip


def held_slots(who: Lives) -> Bools:
    """(users, slots): which accounts to save in there are."""
    draw, save = stream(who.run.seed, who.run.named("savings.has")), who.of(P4)
    has = np.zeros((len(who.number), HSA + 1), dtype=bool)
    u = draw.uniform(who.number)
    share = np.where(who.regular, _HAS_SAVINGS, _POOR_HAVE_SAVINGS)
    has[:, SAVINGS] = save | (u < share)
    settled = save | (who.archetype == ARCHETYPES.index("stable"))
    has[:, MONEY_MARKET] = settled & (who.rank % 3 == 1)
    has[:, HSA] = who.regular & draw.chance(who.number, _HAS_HSA, 1)
    has[(who.edge > 0) & ~who.irregular] = False
    return np.asarray(has & who.lives_on_pay[:, None])


def _by_fortnight(who: Lives, monthly: Int, fortnights: tuple[Int, Int, Int]) -> Moves:
    """What those who show P4 move on every second payday: to the money market, if they have it."""
    user, period, day = fortnights
    draw = stream(who.run.seed, who.run.named("saved"))
    some = who.of(P4)[user] & ((period + draw.below(who.number[user], 2)) % 2 == 0)
    user, period, day = user[some], period[some], day[some]
    low, high = _SAVES
    rich = np.clip((monthly * 12 / 100 - _RICH[0]) / (_RICH[1] - _RICH[0]), 0, 1)
    part = low + (high - low) * draw.uniform(who.number, 1) + _SAVES_MUCH * rich
    cents = np.maximum(np.floor(monthly * 12 / 13 * part / 1000).astype(np.int64) * 1000,
                       _LEAST_SAVED)  # fmt: skip
    slot = np.where(held_slots(who)[:, MONEY_MARKET], MONEY_MARKET, SAVINGS)
    return moves(who.number, user, day, TO_SAVINGS, period=period, whom=slot[user],
                 cents=cents[user])  # fmt: skip


def _by_month(who: Lives, has: Bools, months: Int) -> Moves:
    """What others move once a month, too little for the persona."""
    draw, parts = stream(who.run.seed, who.run.named("saved.little")), []
    for slot in (SAVINGS, HSA):
        keeps = draw.chance(who.number, _KEEPS_ON, slot)
        some = np.flatnonzero(has[:, slot] & who.regular & keeps & (~who.of(P4) | (slot == HSA)))
        user, month = crossed(some, months)
        day_of_month = draw.between(who.number, 2, 26, 8 + slot)
        dollars = draw.between(who.number, _SAVED_LITTLE[0] // 5, _SAVED_LITTLE[1] // 5, 16) * 5
        day = open_after(in_month(month, day_of_month[user]))
        parts.append(moves(who.number, user, day, TO_SAVINGS, period=month, whom=slot, nth=slot,
                           cents=dollars[user] * 100))  # fmt: skip
    return together(parts)


def _openings(who: Lives, monthly: Int, user: Int, slot: Int) -> Int:
    """What is on the account on the evening before the window."""
    draw = stream(who.run.seed, who.run.named("savings.held"))
    ends = np.array([_HELD.get(one, (0.0, 0.0)) for one in range(HSA + 1)])[slot]
    saver = who.of(P4)[user] & (slot == SAVINGS)
    ends = np.where(saver[:, None], _HELD_BY_SAVERS, ends)
    u = draw.uniform(who.number[user] * 8 + slot)
    part = ends[:, 0] + (ends[:, 1] - ends[:, 0]) * u * u
    whole: Int = np.floor(monthly[user] * part).astype(np.int64)
    return whole + draw.below(who.number[user], 9_000, 1)


def _interest(
    who: Lives, user: Int, slot: Int, opening: Int, account: Int, sent: Moves
) -> tuple[Moves, Int]:
    """Interest of each quarter on its last business day: actual days over 365, on what was there
    before the quarter's transfers; and all of it by account."""
    run, draw = who.run, stream(who.run.seed, who.run.named("savings.rate"))
    ends = np.array([_RATES.get(one, (0, 0)) for one in range(HSA + 1)])[slot]
    rate = draw.between(who.number[user] * 8 + slot, ends[:, 0], ends[:, 1])
    held, parts, seen = opening.copy(), [], run.first - 1
    for month, day in _quarters(run.first, run.last):
        cents = held * rate * min(day - seen, _QUARTER) // _YEAR
        since = (sent.day > seen) & (sent.day <= day)
        np.add.at(held, account[since], sent.cents[since])
        held, seen = held + cents, day
        row = moves(who.number, user, np.full(len(user), day), INTEREST, period=month, slot=slot,
                    cents=-cents)  # fmt: skip
        parts.append(row.take(cents > 0))
    none = moves(who.number, user[:0], user[:0], INTEREST, period=0)
    earned = together([none, *parts])
    gained = np.zeros_like(opening)
    at = np.searchsorted(user * 8 + slot, earned.user * 8 + earned.slot)
    np.subtract.at(gained, at, earned.cents)
    return earned, gained


def _quarters(first: int, last: int) -> list[tuple[int, int]]:
    """The last month of each quarter and its last business day, where that is in the window."""
    months = np.arange(month_of(first), month_of(last) + 1)
    months = months[months % 3 == 2]
    days = open_before(in_month(months, 31))
    return [(int(month), int(day)) for month, day in zip(months, days, strict=True)
            if first <= day <= last]  # fmt: skip
