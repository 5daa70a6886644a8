"""Takes the users whose accounts hardly move, gives their rows and what they hold: one without a
row, one with pending rows only, one who lives on cash."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.world.outside.archetypes.balances import lowest
from dhub.world.outside.archetypes.moves import (
    DEPOSIT,
    DINING,
    GROCERIES,
    WITHDRAWAL,
    Moves,
    counted,
    moves,
    open_after,
    together,
)
from dhub.world.outside.archetypes.shopping import favourite, priced
from dhub.world.outside.personas import CASH_ONLY, ONLY_PENDING, Lives

Int = NDArray[np.int64]

_IDLE = (24_000, 260_000)  # cents on an account without rows
_RECENT = 5  # days in which pending rows were made
_WEEK, _MONDAY = 7, 4  # 1970-01-05 was one
_TWENTY = 2_000
_DRAWN, _BROUGHT = (2, 7), (9, 24)  # twenties taken out, and brought in, each time
_BROUGHT_EVERY = 2  # weeks
_LEFT = (15_000, 60_000)  # cents that one who lives on cash keeps at least


def idle(who: Lives, users: Int) -> Int:
    """Cents on accounts whose balance does not move."""
    return stream(who.run.seed, who.run.named("idle")).between(who.number[users], *_IDLE)


def pending(who: Lives) -> Moves:
    """Two to four purchases of the last five days, none of them posted."""
    users = np.flatnonzero(who.edge == ONLY_PENDING)
    draw = stream(who.run.seed, who.run.named("pending"))
    row, _, nth = counted(users, users, 2 + draw.below(who.number[users], 3))
    place = who.number[row] << 5 | nth
    day = who.run.last - draw.below(place, _RECENT)
    some = moves(who.number, row, day, GROCERIES, period=who.run.last, nth=nth)
    some.kind[:] = np.where(nth % 2 == 0, GROCERIES, DINING)
    basket = np.where(some.kind == GROCERIES, 6_200, 2_900)
    return priced(who, favourite(who, some), basket)


def cash(who: Lives) -> tuple[Int, Moves, Int]:
    """Who lives on cash, their withdrawals in twenties and deposits, what they hold in the end."""
    users, run = np.flatnonzero(who.edge == CASH_ONLY), who.run
    draw = stream(run.seed, run.named("cash"))
    weeks = np.arange(run.first // _WEEK - 1, run.last // _WEEK + 1)
    user, week = np.repeat(users, len(weeks)), np.tile(weeks, len(users))
    place = who.number[user] << 16 | week
    monday = _WEEK * week + _MONDAY
    day = open_after(monday + draw.below(place, 5))
    out = moves(who.number, user, day, WITHDRAWAL, period=week,
                cents=_TWENTY * draw.between(place, *_DRAWN, 1))  # fmt: skip
    some = (week + who.number[user]) % _BROUGHT_EVERY == 0
    later = open_after(monday + draw.below(place, 5, 2))
    brought = moves(who.number, user, later, DEPOSIT, period=week,
                    cents=-_TWENTY * draw.between(place, *_BROUGHT, 3) // 2)  # fmt: skip
    told = together([out, brought.take(some)])
    fall, gain = lowest(users, told, run.first, run.last)
    kept = draw.between(who.number[users], *_LEFT, 4)
    return users, told, kept - fall + gain
