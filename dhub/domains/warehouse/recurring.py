"""Takes bookings, tells which recur: those of a series with a cadence and like amounts (rule R).

A series is (account, type, merchant, counterparty). It recurs when it has three bookings or more,
the gaps between them in days have a coefficient of variation (of the sample) of a quarter at most
and a median of about a week, half a month, a month, two months or a quarter, and none of its
amounts is over twice another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]

LEAST = 3
# Twice the bounds of the median gap in days: it may lie between two.
_CADENCES = 2 * np.array([(6, 8), (13, 18), (27, 33), (58, 64), (88, 95)])


def recurs(series: Int, day: Int, amount: Int) -> Bools:
    """Whether each booking is of a series that recurs; `series` numbers them, days are whole.

    Bookings whose series is negative are of none.
    """
    found = np.zeros(len(series), dtype=bool)
    row = np.flatnonzero(series >= 0)
    if not len(row):
        return found
    row = row[np.lexsort((day[row], series[row]))]
    code = series[row]
    first = np.flatnonzero(np.append(True, code[1:] != code[:-1]))
    size = np.diff(np.append(first, len(code)))
    whole = _steady(first, size, day[row]) & _alike(first, amount[row])
    found[row[np.repeat(whole & (size >= LEAST), size)]] = True
    return found


def _steady(first: Int, size: Int, day: Int) -> Bools:
    """Whether the gaps of each series are alike and about a usual period, in whole numbers."""
    gap = np.diff(day, append=day[-1])
    gap[first + size - 1] = 0  # what lies between two series is none
    total, squares = np.add.reduceat(gap, first), np.add.reduceat(gap * gap, first)
    n = size - 1
    # n·Q - S² is n·(n-1) times the variance; a quarter of the mean, squared, is S² / (16·n²).
    regular = 16 * n * (n * squares - total * total) <= (n - 1) * total * total
    twice = _twice_the_median(first, size, gap)
    usual = np.zeros(len(first), dtype=bool)
    for low, high in _CADENCES:
        usual |= (twice >= low) & (twice <= high)
    return np.asarray(regular & usual & (n > 1))


def _twice_the_median(first: Int, size: Int, gap: Int) -> Int:
    """Twice the median gap of each series, 0 where there is none."""
    n = np.maximum(size - 1, 0)
    inner = np.ones(len(gap), dtype=bool)
    inner[first + size - 1] = False
    own = np.repeat(np.arange(len(first)), n)
    values = gap[inner]
    values = np.append(values[np.lexsort((values, own))], 0)
    start = np.cumsum(n) - n
    low, high = start + np.maximum(n - 1, 0) // 2, start + n // 2
    return np.where(n > 0, values[np.minimum(low, len(values) - 1)]
                    + values[np.minimum(high, len(values) - 1)], 0)  # fmt: skip


def _alike(first: Int, amount: Int) -> Bools:
    high, low = np.maximum.reduceat(amount, first), np.minimum.reduceat(amount, first)
    return np.asarray(high <= 2 * low)
