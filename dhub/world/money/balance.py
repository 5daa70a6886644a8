"""Takes wished amounts in order of time, gives the booked ones and the balance after each.

All accounts take their k-th step at once: at most 50 steps of a few vector operations, whatever
the number of accounts. A first pass, from the last step to the first, finds the corridor in which
each balance must lie: high enough for all that will be owed, low enough that what is moved at will
can still bring it under the ceiling. A second one books: what is owed or earned in full, and what
is moved at will so that the balance keeps to the corridor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Int = NDArray[np.int64]

# Interest is credited on the lowest balance since the last credit, for 28 days: never more than
# balance × rate × days / 365, whichever balance of the month a checker takes.
INTEREST_DAYS = 28
# CREDITED and DEBITED at will; EARNED and OWED in full; ACCRUED and PAID_OUT by the balance.
CREDITED, DEBITED, EARNED, OWED, ACCRUED, PAID_OUT = range(6)
_ANY = 10**15  # more than any balance


@dataclass(frozen=True)
class Steps:
    """Movements ordered by account and time, in cents."""

    account: Int
    way: Int
    wish: Int
    least: Int  # smallest amount allowed
    most: Int  # largest amount allowed
    unit: Int  # amounts are multiples of it


@dataclass(frozen=True)
class Limits:
    """Of each account, in cents and basis points."""

    floor: Int
    ceiling: Int
    rate: Int  # of interest, basis points a year


@dataclass(frozen=True)
class Corridor:
    """The lowest and the highest balance after each step, and before the first of each account."""

    low: Int
    high: Int
    first_low: Int
    first_high: Int


def run_balances(
    steps: Steps, limits: Limits, opening: Int, cap_percent: int
) -> tuple[Int, Int, Int]:
    """Amounts, balances after, and opening balances (brought into the corridor)."""
    counts = np.bincount(steps.account, minlength=len(opening))
    order = np.argsort(-counts, kind="stable")
    start = np.cumsum(counts) - counts
    way = corridor(steps, limits, counts, order, cap_percent)
    opening = np.maximum(np.minimum(opening, way.first_high), way.first_low)
    amount = np.zeros(len(steps.account), dtype=np.int64)
    balance = np.zeros_like(amount)
    now, lowest = opening[order], opening[order]
    rate = limits.rate[order]
    for step, live in enumerate(_living(counts[order])):
        row = start[order[:live]] + step
        held = now[:live]
        accrued = np.minimum(lowest[:live], held) * rate[:live] * INTEREST_DAYS // (365 * 10_000)
        paid = _booked(steps, way, row, held, accrued, cap_percent)
        amount[row] = paid
        kind = steps.way[row]
        taken = (kind == DEBITED) | (kind == OWED) | (kind == PAID_OUT)
        held = np.where(taken, held - paid, held + paid)
        balance[row] = held
        now[:live] = held
        lowest[:live] = np.where(kind == ACCRUED, held, np.minimum(lowest[:live], held))
    return amount, balance, opening


def _living(counts: Int) -> list[int]:
    """How many of the accounts, which come with falling `counts`, still have each step."""
    steps = np.arange(int(counts.max(initial=0)))
    lives: list[int] = np.searchsorted(-counts, -steps, side="left").tolist()
    return lives


def _booked(steps: Steps, way: Corridor, row: Int, held: Int, accrued: Int, cap: int) -> Int:
    """What each step books at the balances held before it."""
    wish, least, most, unit = steps.wish[row], steps.least[row], steps.most[row], steps.unit[row]
    low, high = way.low[row], way.high[row]
    cut = np.minimum(np.minimum(held - low, held * cap // 100), most)
    out = np.minimum(np.maximum(wish, held - high), np.maximum(cut, least))
    room = np.maximum(high - held, least)
    need = -(-np.maximum(low - held, 0) // unit) * unit
    credit = np.maximum(np.minimum(wish, room) // unit * unit, np.minimum(need, wish))
    each = (credit, out - out % unit, wish, wish, np.maximum(accrued, 1), held)
    return np.asarray(steps.way[row].choose(each))


def corridor(steps: Steps, limits: Limits, counts: Int, order: Int, cap_percent: int) -> Corridor:
    """Where each balance must lie, from the end of each account to its beginning."""
    low, high = (np.empty(len(steps.account), dtype=np.int64) for _ in range(2))
    least, most = limits.floor[order].copy(), (limits.ceiling * 19 // 20)[order]  # rounding's room
    last = (np.cumsum(counts) - 1)[order]
    earned = (limits.ceiling * limits.rate * INTEREST_DAYS // (365 * 10_000) + 1)[order]
    for step, live in enumerate(_living(counts[order])):
        row = last[:live] - step
        low[row], high[row] = least[:live], most[:live]
        before = _before(steps, row, least[:live], most[:live], earned[:live], cap_percent)
        least[:live] = np.maximum(before[0], limits.floor[order[:live]])
        most[:live] = np.maximum(before[1], least[:live])
    first_low, first_high = np.empty_like(least), np.empty_like(most)
    first_low[order], first_high[order] = least, most
    return Corridor(low, high, first_low, first_high)


def _before(
    steps: Steps, row: Int, low: Int, high: Int, earned: Int, cap: int
) -> tuple[Int, Int]:
    """The corridor before a step by that after it."""
    way, wish, least = steps.way[row], steps.wish[row], steps.least[row]
    zero = np.zeros_like(low)
    gone = np.where(way == OWED, wish, least)
    needed = np.maximum(low + gone, -(-100 * gone // cap))
    below = way.choose((low - wish, needed, low - wish, needed, low, zero))
    kept = max(100 - cap, 1)  # percent of a balance that one step leaves
    reach = np.minimum(high * 100 // kept, high + steps.most[row])
    above = way.choose(
        (high - least, reach, high - wish, high + wish, high - earned, zero + _ANY)
    )
    return below, np.minimum(above, _ANY)


__all__ = ["Limits", "Steps", "run_balances"]
