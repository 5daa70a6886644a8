"""Takes wished amounts in order of time, gives the booked ones and the balance after each.

All accounts take their k-th step at once: at most 50 steps of a few vector operations, whatever
the number of accounts. A debit leaves what the later debits need at least, so no balance can fall
below the floor; a free credit leaves room for what later credits bring at least, so that hardly a
balance ends above the ceiling.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import within

Int = NDArray[np.int64]

# Interest is credited on the lowest balance since the last credit, for 28 days: never more than
# balance × rate × days / 365, whichever balance of the month a checker takes.
INTEREST_DAYS = 28
CREDITED, DEBITED, ACCRUED, PAID_OUT, FIXED, LEG = range(6)


@dataclass(frozen=True)
class Steps:
    """Movements ordered by account and time, in cents."""

    account: Int
    way: Int  # CREDITED up to the ceiling, DEBITED, ACCRUED, PAID_OUT, FIXED and LEG in full
    wish: Int
    least: Int  # smallest amount allowed
    most: Int  # largest amount allowed
    unit: Int  # amounts are multiples of it
    press: Int  # percent of the balance a debit takes at least while half the ceiling is held


@dataclass(frozen=True)
class Limits:
    """Of each account, in cents and basis points."""

    floor: Int
    ceiling: Int
    rate: Int  # of interest, basis points a year


def run_balances(
    steps: Steps, limits: Limits, opening: Int, cap_percent: int
) -> tuple[Int, Int, Int]:
    """Amounts, balances after, and opening balances (raised where the least debits need it)."""
    counts = np.bincount(steps.account, minlength=len(opening))
    order = np.argsort(-counts, kind="stable")
    start = (np.cumsum(counts) - counts)[order]
    debit = steps.way == DEBITED
    need = np.where(debit, steps.least, 0)
    after = _needed_later(need, counts)
    total = np.bincount(steps.account, need, len(opening)).astype(np.int64)
    opening = np.maximum(opening, limits.floor + total)
    coming = _needed_later(_least_credits(steps, limits), counts)
    amount = np.zeros(len(steps.account), dtype=np.int64)
    balance = np.zeros_like(amount)
    now, low = opening[order], opening[order]
    floor, ceiling, rate = limits.floor[order], limits.ceiling[order], limits.rate[order]
    for step in range(int(counts.max(initial=0))):
        live = int(np.searchsorted(-counts[order], -step, side="left"))
        row = start[:live] + step
        held = now[:live]
        cut = np.minimum(held - floor[:live] - after[row], held * cap_percent // 100)
        wish, most = steps.wish[row], steps.most[row]
        pressed = np.maximum(held * steps.press[row] // 100, 1)
        pressed = np.where(pressed > most, most * most // pressed, pressed)
        pressed = np.where(held > ceiling[:live] // 2, pressed, 0)
        out = np.minimum(np.maximum(wish, pressed), most)
        out = np.minimum(out, np.maximum(cut, steps.least[row]))
        room = np.maximum(ceiling[:live] - held - coming[row], steps.least[row])
        accrued = np.minimum(low[:live], held) * rate[:live] * INTEREST_DAYS // (365 * 10_000)
        way = steps.way[row]
        paid = np.choose(
            way, (np.minimum(wish, room), out, np.maximum(accrued, 1), held, wish, wish)
        )
        paid -= paid % steps.unit[row]
        amount[row] = paid
        held = np.where((way == DEBITED) | (way == PAID_OUT), held - paid, held + paid)
        balance[row] = held
        now[:live] = held
        low[:live] = np.where(way == ACCRUED, held, np.minimum(low[:live], held))
    return amount, balance, opening


def _least_credits(steps: Steps, limits: Limits) -> Int:
    """What each movement adds to a balance at least; interest counts in full."""
    interest = limits.ceiling * limits.rate * INTEREST_DAYS // (365 * 10_000) + 1
    none = np.zeros_like(steps.wish)
    return np.asarray(
        np.choose(
            steps.way,
            (steps.least, none, interest[steps.account], none, steps.wish, steps.wish),
        )
    )


def _needed_later(need: Int, counts: Int) -> Int:
    """What the movements after each one need at least, within its account."""
    running = np.cumsum(need)
    ends = np.cumsum(counts)
    last = running[np.maximum(np.repeat(ends, counts) - 1, 0)]
    return np.asarray(last - running)


def position(account: Int, accounts: int) -> Int:
    """Number of each movement within its account, from 0; movements are ordered by account."""
    return within(np.bincount(account, minlength=accounts))
