"""Takes users who are paid at long intervals and what they owe, gives their pay and what they hold.

Each pay covers what goes out until the next one; a good part of it goes at once, into taxes and
what had to wait. So little is left at the end of each interval, and never much for long.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.world.outside.archetypes.balances import lowest, summed
from dhub.world.outside.archetypes.moves import TAX, Moves, moves, open_after, together
from dhub.world.outside.archetypes.regular import large, payrolls
from dhub.world.outside.personas import Lives, said

Int = NDArray[np.int64]

_VARIES = (0.90, 1.10)
_AT_ONCE = 0.30  # of a pay at least
_TAXED = (0.45, 0.60)  # of what goes at once
_ROOM = (500, 4_000)  # cents that a pay stays away from both ends of the range
_KEPT = (11_500, 19_000)  # cents that are never touched
_LEFT = 6_000  # cents more than that are left at most before a pay
_MONTH = 30.4


def paid(who: Lives, users: Int, pays: Int, monthly: Int, owed: Moves) -> Moves:
    """Pay, taxes and what had to wait; `pays` is (users, intervals + 1)."""
    draw, number = stream(who.run.seed, who.run.named("irregular")), who.number[users]
    due = summed(users, owed, pays)[:, :-1]
    row, turn = np.nonzero(np.ones(due.shape, dtype=bool))
    day, gap, out = pays[row, turn], np.diff(pays, axis=1)[row, turn], due[row, turn]
    place = (number[row] << 16) + day // 7
    low, high = _VARIES
    wish = monthly[users[row]] * gap / _MONTH * (low + (high - low) * draw.uniform(place))
    pay = np.maximum(wish, out / (1 - _AT_ONCE))
    least, most = said(who.run).payroll.cents
    pay = np.clip(pay, least + _ROOM[0], most - _ROOM[1]).astype(np.int64)
    rest = pay - out
    low, high = _TAXED
    part = low + (high - low) * draw.uniform(place, 1)
    tax = np.floor(rest * part / 100).astype(np.int64) * 100
    user, week = users[row], day // 7
    came = payrolls(who, user, week, day, pay)
    spare = draw.below((number[:, None] << 16) + pays // 7, _LEFT, 2)
    rest = -came.cents - out - tax - np.diff(spare, axis=1)[row, turn]
    return together([
        came,
        moves(who.number, user, open_after(day + 1), TAX, period=week, cents=tax),
        _waited(who, user, week, day, rest),
    ])  # fmt: skip


def _waited(who: Lives, user: Int, week: Int, day: Int, cents: Int) -> Moves:
    """Two purchases within days."""
    draw = stream(who.run.seed, who.run.named("irregular.large"))
    place = (who.number[user] << 16) + week
    part = 0.35 + 0.3 * draw.uniform(place)
    one = np.floor(cents * part).astype(np.int64)
    return together([
        large(who, user, week, day + 1 + draw.below(place, 2, 1), one, 0),
        large(who, user, week, day + 3 + draw.below(place, 2, 2), cents - one, 1),
    ])  # fmt: skip


def held(who: Lives, users: Int, all_moves: Moves) -> Int:
    """Cents on each checking account on the last day."""
    fall, gain = lowest(users, all_moves, who.run.first, who.run.last)
    kept = stream(who.run.seed, who.run.named("irregular.kept")).between(who.number[users], *_KEPT)
    return kept - fall + gain
