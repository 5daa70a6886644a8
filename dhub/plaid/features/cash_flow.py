"""Takes the books of a shard, gives how its users' checking accounts stood evening by evening."""

from __future__ import annotations

import numpy as np

from dhub.plaid.features.books import Books, Int
from dhub.plaid.features.shape import Measures, amount, count, ratio, share

COLUMNS = (
    count("days_below_100"),
    ratio("share_below_100"),
    amount("min_balance", null=True),
    amount("max_balance", null=True),
    amount("mean_balance", null=True),
    ratio("balance_volatility"),
    count("swing_weeks"),
)
LOW = 100_00  # cents
SWING = 1_400_00
WEEK = 7


def measured(books: Books, days: int) -> Measures:
    """The columns of one window."""
    there = books.has_checking
    evenings = books.evenings[:, -days:]
    low = (evenings < LOW).sum(axis=1) * there
    mean = evenings.mean(axis=1)
    return {
        "days_below_100": low,
        "share_below_100": share(low, days, there),
        "min_balance": share(evenings.min(axis=1), 100, there),
        "max_balance": share(evenings.max(axis=1), 100, there),
        "mean_balance": share(mean, 100, there),
        "balance_volatility": share(evenings.std(axis=1), mean, there & (mean > 0)),
        "swing_weeks": _swings(books.evenings[:, -days - 1 :], days // WEEK),
    }


def _swings(evenings: Int, weeks: int) -> Int:
    """Blocks of seven days from the end whose evenings, with the one before, lie far apart."""
    out = np.zeros(len(evenings), dtype=np.int64)
    for week in range(weeks):
        end = evenings.shape[1] - week * WEEK
        block = evenings[:, end - WEEK - 1 : end]
        out += block.max(axis=1) - block.min(axis=1) >= SWING
    return out
