"""Takes regular earners and what they owe, gives their pay, the rest of their purchases and what
they hold: what is left of a month goes mostly into large purchases, the balance never lacks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.world.outside.archetypes.balances import lowest, row_of
from dhub.world.outside.archetypes.moves import (
    LARGE,
    PAYROLL,
    Moves,
    crossed,
    in_month,
    moves,
    together,
)
from dhub.world.outside.archetypes.payees import how_many
from dhub.world.outside.personas import ARCHETYPES, P1, Lives

Int = NDArray[np.int64]

_STEPS = (1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 16, 17, 18, 19, 21, 22, 23, 24)  # prime to 25
_MONTH = 30.4375  # days
_PAY_VARIES = 0.004
_LEFT_SPENT = (0.80, 0.98)  # of what is left (assumed)
_LARGE_VARIES = (0.65, 1.35)
_LEAST_LARGE, _MOST_LARGE = 4_000, 320_000  # cents
# Months of income that are never touched: by whoever owes much, stable people, and others.
_KEPT_BY_P1, _KEPT_BY_STABLE, _KEPT = (0.06, 0.30), (1.0, 2.4), (0.15, 1.0)
_LEAST_KEPT = 17_000


def payrolls(who: Lives, user: Int, period: Int, day: Int, cents: Int) -> Moves:
    """Pay of so many cents, within some thousandths."""
    draw, names = stream(who.run.seed, who.run.named("pay")), int(how_many()[PAYROLL])
    employer = draw.below(who.number, names)
    some = moves(who.number, user, day, PAYROLL, period=period, whom=employer[user])
    part = 1 + _PAY_VARIES * (2 * draw.uniform(some.place, 1) - 1)
    return some.worth(-np.floor(cents * part).astype(np.int64))


def large(who: Lives, user: Int, period: Int, day: Int, cents: Int, nth: int) -> Moves:
    """Large purchases, two a month or a pay at most (`period` and `nth` number them). Each user
    meets all shops in an order of their own before one is met again, so that none is visited three
    times within the measured days."""
    draw, shops = stream(who.run.seed, who.run.named("large.order")), int(how_many()[LARGE])
    step = np.array(_STEPS)[draw.below(who.number, len(_STEPS))][user]
    shop = (step * (2 * period + nth) + draw.below(who.number, shops, 1)[user]) % shops
    return moves(who.number, user, day, LARGE, period=period, nth=nth, cents=cents, whom=shop)


def spent(who: Lives, users: Int, months: Int, monthly: Int, owed: Moves) -> Moves:
    """What is left of a month beside what is owed, in one or two large purchases."""
    draw = stream(who.run.seed, who.run.named("large"))
    number, run = who.number[users], who.run
    told = (owed.day >= run.first) & (owed.day <= run.last)
    whole = np.bincount(row_of(users, owed)[told], owed.cents[told], len(users))
    out = whole * _MONTH / (run.last - run.first + 1)
    low, high = _LEFT_SPENT
    left = (monthly[users] - out) * (low + (high - low) * draw.uniform(number))
    user, month = crossed(np.arange(len(users)), months)
    parts = []
    for nth in range(2):
        place = (number[user] << 13) + 2 * month + nth
        low, high = _LARGE_VARIES
        share = np.where(left > 240_000, 0.5, 1.0 - nth)[user]
        wish = left[user] * share * (low + (high - low) * draw.uniform(place, 1))
        cents = np.minimum(np.floor(wish).astype(np.int64), _MOST_LARGE)
        day = in_month(month, 2 + 13 * nth + draw.below(place, 13, 2))
        parts.append(large(who, users[user], month, day, cents, nth).take(cents >= _LEAST_LARGE))
    return together(parts)


def held(who: Lives, users: Int, monthly: Int, all_moves: Moves) -> Int:
    """Cents on each checking account on the last day, such that no evening is too low."""
    fall, gain = lowest(users, all_moves, who.run.first, who.run.last)
    draw = stream(who.run.seed, who.run.named("kept"))
    stable = who.archetype[users] == ARCHETYPES.index("stable")
    ends = np.where(stable[:, None], _KEPT_BY_STABLE, _KEPT)
    ends = np.where(who.of(P1)[users][:, None], _KEPT_BY_P1, ends)
    part = ends[:, 0] + (ends[:, 1] - ends[:, 0]) * draw.uniform(who.number[users])
    kept = np.floor(np.maximum(monthly[users] * part, _LEAST_KEPT)).astype(np.int64)
    return kept + draw.below(who.number[users], 5_000, 1) - fall + gain
