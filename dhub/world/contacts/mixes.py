"""Takes mixes with hard limits, gives categories that keep both the shares and the limits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, spread

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

NEVER = -4.0  # a score that loses against any other within its window


def permitted(
    draw: Stream, weights: Sequence[float], allowed: Bools, score: Float | None = None
) -> Int:
    """Category of each row of a shard: `spread`, but only where `allowed` (rows, categories).

    A window of rows that may all not take its category gives it to the next row that may: the
    shares hold, a prefix is off by one row more. At least one category must be open to all rows.
    """
    bias = np.where(allowed, 0.0, NEVER)
    code = spread(draw, weights, len(allowed), score=bias if score is None else bias + score)
    free = np.asarray(allowed.all(axis=0))
    for category in np.flatnonzero(~free):
        wrong = np.flatnonzero((code == category) & ~allowed[:, category])
        right = np.flatnonzero((code != category) & allowed[:, category] & free[code])
        _exchange(code, wrong, right, int(np.argmax(np.where(free, weights, -1.0))))
    return code


def _exchange(code: Int, wrong: Int, right: Int, otherwise: int) -> None:
    """Swap the codes of each wrong row with a right row near it, no right row twice."""
    count = min(len(wrong), len(right))
    code[wrong[count:]] = otherwise
    wrong, rank = wrong[:count], np.arange(count)
    near = np.searchsorted(right, wrong)
    near = np.maximum.accumulate(near - rank) + rank if count else near
    near = np.minimum(near, len(right) - count + rank)
    partner = right[near]
    code[wrong], code[partner] = code[partner].copy(), code[wrong].copy()


def apportion(weights: Sequence[float], total: int) -> list[int]:
    """Whole counts that sum to `total`, by largest remainders."""
    counts = [int(total * weight) for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: counts[i] - total * weights[i])
    for position in order[: total - sum(counts)]:
        counts[position] += 1
    return counts


def tilted(low: int, high: int, mean: float) -> list[float]:
    """Weights of low..high, falling or rising by a constant ratio, with this mean.

    Sums are math.fsum's on purpose: the built-in one rounds differently since Python 3.12.
    """

    def weights(ratio: float) -> list[float]:
        powers = [1.0]
        for _ in range(high - low):
            powers.append(powers[-1] * ratio)
        total = math.fsum(powers)
        return [power / total for power in powers]

    least, most = 0.0, 1e4
    for _ in range(80):
        ratio = (least + most) / 2
        have = math.fsum(w * (low + i) for i, w in enumerate(weights(ratio)))
        least, most = (ratio, most) if have < mean else (least, ratio)
    return weights((least + most) / 2)


def one_hot(codes: Int, categories: int, value: Any) -> Float:
    """Scores (rows, categories): `value` at each row's code, 0 elsewhere and where it is -1."""
    score = np.zeros((len(codes), categories))
    rows = np.flatnonzero(codes >= 0)
    score[rows, codes[rows]] = value
    return score
