"""Takes the events of customers in order of time, gives what is booked of them and the balances.

One pass forward: all customers take their k-th event at once, so a balance looks only back. What
is owed tomorrow is known today: it is kept back (`reserved`), and what is lacking comes in the day
before, from savings or from another bank.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.world.life.events import (
    ACCRUED,
    CHARGED,
    EARNED,
    NOBODY,
    OWED,
    TOP_UP,
    Events,
)

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]

_UNIT = 5000  # cents: what is brought in, and what is swept, comes in multiples of it
_MOST_SWEPT = 1_000_000
_LEAST_SWEPT = 10_000
_YEAR = 365 * 10_000


@dataclass(frozen=True)
class Terms:
    """By account: cents that a debit must leave, the most it may hold, and basis points a year."""

    floor: Int
    ceiling: Int
    rate: Int
    began: Int  # the day since 1970 from which on its balance earns interest


@dataclass(frozen=True)
class Booked:
    """One element an event: cents (0 where nothing was booked) and the balances after it."""

    amount: Int
    balance: Int
    other: Int  # the other account, -1 where the money came from or went to elsewhere
    other_balance: Int
    held: Int  # by account: what is left in the end


def reserved(e: Events) -> Int:
    """Cents kept back at each event in its account: what has a slot behind it and is yet owed."""
    change = np.where(e.way == TOP_UP, e.wish, 0) - np.where(e.way == OWED, e.wish, 0)
    order = np.argsort(e.account, kind="stable")
    total = np.cumsum(change[order])
    account = e.account[order]
    first = np.searchsorted(account, account)
    kept = np.empty_like(total)
    kept[order] = total - np.where(first > 0, total[first - 1], 0)
    return kept


def book(e: Events, customer: Int, opening: Int, terms: Terms) -> Booked:
    """Book events ordered by customer, then by time; `customer` counts from 0 without gaps."""
    n = len(e)
    amount, balance, far = (np.zeros(n, dtype=np.int64) for _ in range(3))
    other = np.full(n, NOBODY)
    count = np.bincount(customer, minlength=1)
    order = np.argsort(-count, kind="stable")
    start, sorted_counts = (np.cumsum(count) - count)[order], -count[order]
    books = _Books(opening.copy(), terms, len(count))
    kept, day = reserved(e), e.at.astype("datetime64[D]").astype(np.int64)
    for step in range(int(count.max(initial=0))):
        live = int(np.searchsorted(sorted_counts, -step, side="left"))
        row = start[:live] + step
        books.take(e, row, kept[row], day[row], order[:live], amount, other)
        balance[row] = books.held[e.account[row]]
        far[row] = books.held[other[row]]
    return Booked(amount, balance, other, far, books.held)


class _Books:
    """What every account holds while the events of its customer pass by."""

    def __init__(self, held: Int, terms: Terms, customers: int) -> None:
        self.held, self.terms = held, terms
        self.lowest = held.copy()
        self.days = np.zeros_like(held)  # cents × days since the last interest
        self.since = terms.began.copy()
        self.before = np.zeros(customers, dtype=bool)  # the customer's last event was booked

    def take(
        self, e: Events, row: Int, kept: Int, day: Int, customer: Int, amount: Int, other: Int
    ) -> None:
        """Book the next event of each live customer."""
        account, way, wish, far = e.account[row], e.way[row], e.wish[row], e.other[row]
        self._accrue(account, day)
        spare = self.held[account] - self.terms.floor[account] - kept
        far, lacking = self._from_where(way, far, wish, spare)
        found = np.choose(way, (  # in the order of the ways, from OWED to PAID_OUT
            wish, wish, np.where(spare >= wish, wish, 0), lacking,
            self._above(way, account, far, spare, e.mark[row], kept),
            self._interest(account), self._fee(account, wish, spare, e.mark[row]),
            np.where(self.before[customer] & (spare >= wish), wish, 0), self.held[account],
        ))  # fmt: skip
        credit = (way == EARNED) | (way == TOP_UP) | (way == ACCRUED)
        self.held[account] += np.where(credit, found, -found)
        inside = np.flatnonzero((far >= 0) & (found > 0))
        if len(inside):
            self._accrue(far[inside], day[inside])
            self.held[far[inside]] -= np.where(credit, found, -found)[inside]
        self._mark(account, way, customer, found)
        amount[row] = found
        other[row] = np.where(found > 0, far, NOBODY)

    def _accrue(self, account: Int, day: Int) -> None:
        """Count the days for which each account held what it holds."""
        self.days[account] += self.held[account] * (day - self.since[account])
        self.since[account] = day

    def _from_where(self, way: Int, far: Int, wish: Int, spare: Int) -> tuple[Int, Int]:
        """What is lacking for what is owed, in whole fifties, and the account that can give it."""
        lacking = np.where(spare < 0, -(spare // _UNIT) * _UNIT, 0)
        able = self.held[far] - self.terms.floor[far] >= lacking
        return np.where((way == TOP_UP) & ~able, NOBODY, far), lacking

    def _above(self, way: Int, account: Int, far: Int, spare: Int, mark: Int, kept: Int) -> Int:
        """What lies above the comfortable level, in whole fifties; the other account has room."""
        over = np.minimum(self.held[account] - kept - mark, spare)
        room = np.where(far >= 0, self.terms.ceiling[far] - self.held[far], _MOST_SWEPT)
        much = np.minimum(np.minimum(over, room), _MOST_SWEPT) // _UNIT * _UNIT
        return np.where(much >= _LEAST_SWEPT, much, 0)

    def _interest(self, account: Int) -> Int:
        """Actual days over 365 on the daily balances."""
        return self.days[account] * self.terms.rate[account] // _YEAR

    def _fee(self, account: Int, wish: Int, spare: Int, mark: Int) -> Int:
        return np.where((self.lowest[account] < mark) & (spare >= wish), wish, 0)

    def _mark(self, account: Int, way: Int, customer: Int, found: Int) -> None:
        self.days[account[way == ACCRUED]] = 0
        lowest = np.minimum(self.lowest[account], self.held[account])
        self.lowest[account] = np.where(way == CHARGED, self.held[account], lowest)
        self.before[customer] = found > 0
