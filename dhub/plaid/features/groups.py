"""Takes values with the number of their group, gives each group's median and spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.plaid.features.books import Int, summed

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Count, sum and n² times the population variance of each group, all whole numbers."""

    count: Int
    total: Int
    spread: Int

    @property
    def cv(self) -> Float:
        """Population standard deviation over mean; NaN where the mean is 0 or nothing is there."""
        with np.errstate(invalid="ignore", divide="ignore"):
            wide = np.sqrt(self.spread.astype(np.float64)) / self.total
        return np.where(self.total != 0, wide, np.nan)


def moments(group: Int, values: Int, count: int) -> Moments:
    """Moments of each of `count` groups; values below 10^7 of up to 200 a group stay exact."""
    size = np.bincount(group, minlength=count).astype(np.int64)
    total, squares = summed(group, values, count), summed(group, values * values, count)
    return Moments(size, total, size * squares - total * total)


def medians(group: Int, values: Int, count: int) -> Float:
    """The median of each group, the mean of the middle two of an even number; NaN of an empty."""
    order = np.lexsort((values, group))
    ordered = values[order]
    size = np.bincount(group, minlength=count)
    start = np.cumsum(size) - size
    there = size > 0
    low = ordered[(start + (size - 1) // 2)[there]]
    high = ordered[(start + size // 2)[there]]
    out = np.full(count, np.nan)
    out[there] = (low + high) / 2
    return out
