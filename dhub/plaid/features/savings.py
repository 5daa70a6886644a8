"""Takes the books of a shard, gives what its users put aside."""

from __future__ import annotations

import numpy as np

from dhub.plaid.features.books import MONTH, Books, Int, Posted, summed
from dhub.plaid.features.shape import Measures, amount, count, ratio, share

COLUMNS = (
    amount("net_inflow"),
    count("months_with_inflow"),
    ratio("growth_rate"),
    ratio("emergency_fund_months"),
)
LEAST_INFLOW = 200_00  # cents of a month that counts


def measured(books: Books, days: int) -> Measures:
    """The columns of one window, over savings, money market and HSA."""
    accounts = books.accounts
    rows = books.within(books.posted, days)
    rows = rows.among(accounts.saving[rows.account])
    moved = rows.among(rows.primary.are("TRANSFER_IN", "TRANSFER_OUT"))
    has = books.by_user(accounts, accounts.saving) > 0
    end = books.by_user(accounts, np.where(accounts.saving, accounts.current, 0))
    start = end + books.by_user(rows, rows.out)
    return {
        "net_inflow": -books.by_user(moved, moved.out) / 100,
        "months_with_inflow": _months(books, moved, days),
        "growth_rate": share(end - start, start, has),
        "emergency_fund_months": share(end, books.outflow(days) * MONTH / days, has),
    }


def _months(books: Books, moved: Posted, days: int) -> Int:
    """Blocks of 30 days, counted from the end, that took in enough."""
    blocks = days // MONTH
    place = moved.user * blocks + (books.last - moved.day) // MONTH
    inflow = -summed(place, moved.out, books.count * blocks).reshape(books.count, blocks)
    return np.asarray((inflow >= LEAST_INFLOW).sum(axis=1), dtype=np.int64)
