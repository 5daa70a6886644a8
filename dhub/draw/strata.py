"""Takes weights and a run of consecutive ranks, gives categories whose mix is right at any prefix.

A binary tree splits the categories. At each node the ranks are cut into windows of about 1/p rows
and exactly one row a window goes to the rarer side: the one with the best score, or a random one.
A node is therefore off by less than one row at any prefix, plus its share of what its parent is
off; the tree is chosen so that no category is off by two. Nothing depends on the total.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from math import fsum  # sum() rounds otherwise since Python 3.12
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dhub.draw.stream import Stream

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Shape = int | tuple["Shape", "Shape"]


class Node(NamedTuple):
    """A split: the rarer side, the other one, the categories of each, p·ONE and a lane."""

    rare: Tree
    other: Tree
    rarer: tuple[int, ...]
    others: tuple[int, ...]
    share: int
    lane: int


Tree = int | Node  # a category is a leaf

ONE = 2**32  # probabilities are integers over ONE: floor(rank·p) must not depend on rounding


def spread(
    stream: Stream,
    weights: Sequence[float],
    length: int,
    first: int = 0,
    score: Float | None = None,
    shape: Shape | None = None,
) -> Int:
    """Category (index into `weights`) of the ranks first .. first+length-1.

    `score` has shape (length, categories): a row with a higher score for a category is preferred
    for it within its window; noise in [0, 1) is added, so differences above 1 always decide.
    `shape` nests the categories in pairs where sums of some of them must be right too.
    Raises ValueError when no weight is positive.
    """
    out = np.zeros(length, dtype=np.int64)
    tree = _tree(tuple(float(w) for w in weights), shape)
    _descend(stream, tree, int(first), np.arange(length), score, out)
    return out


@lru_cache(maxsize=256)
def _tree(weights: tuple[float, ...], shape: Shape | None) -> Tree:
    """The binary tree of a mix; categories without weight are left out."""
    positive = tuple(code for code, weight in enumerate(weights) if weight > 0)
    if not positive:
        raise ValueError("a mix needs a positive weight")
    if shape is None:
        some = 2 < len(positive) <= 6  # of two, as of one, there is one tree
        shape = _tightest(positive, weights, 0.0)[1] if some else _nest(positive)
    tree = _weigh(shape, weights)
    assert tree is not None
    return tree[0]


def _nest(codes: tuple[int, ...]) -> Shape:
    """Halve a long list of categories: a shallow tree keeps the errors small."""
    half = len(codes) // 2
    return codes[0] if len(codes) == 1 else (_nest(codes[:half]), _nest(codes[half:]))


def _tightest(
    codes: tuple[int, ...], weights: tuple[float, ...], off: float
) -> tuple[float, Shape]:
    """The tree whose worst category has the smallest bound, given that its root is off by `off`."""
    if len(codes) == 1:
        return off, codes[0]
    total = fsum(weights[c] for c in codes)
    best: tuple[float, Shape] = (float("inf"), codes[0])
    for size in range(1, len(codes) // 2 + 1):
        for side in combinations(codes, size):
            other = tuple(c for c in codes if c not in side)
            share = fsum(weights[c] for c in side) / total
            left = _tightest(side, weights, 1 + share * off)
            right = _tightest(other, weights, 1 + (1 - share) * off)
            bound = max(left[0], right[0])
            if bound < best[0] - 1e-12:
                best = bound, (left[1], right[1])
    return best


def _weigh(shape: Shape, weights: tuple[float, ...]) -> tuple[Tree, float] | None:
    """A shape with the probability of its rarer side at each node; None where nothing weighs."""
    if isinstance(shape, int):
        return (shape, weights[shape]) if weights[shape] > 0 else None
    sides = [side for side in (_weigh(s, weights) for s in shape) if side is not None]
    if len(sides) < 2:
        return sides[0] if sides else None
    (rare, low), (other, high) = sorted(sides, key=lambda side: side[1])
    rarer, others = _leaves(rare), _leaves(other)
    lane = 2 * rarer[0] + 64 * (len(rarer) + len(others))
    return Node(rare, other, rarer, others, round(low / (low + high) * ONE), lane), low + high


def _descend(
    stream: Stream, tree: Tree, first: int, rows: Int, score: Float | None, out: Int
) -> None:
    if isinstance(tree, int):
        out[rows] = tree
        return
    value = stream.uniform(np.arange(first, first + len(rows)), tree.lane)
    if score is not None:
        value += _best(score, rows, tree.rarer)
        value -= _best(score, rows, tree.others)
    hit, before = _one_a_window(stream, tree.share, tree.lane + 1, first, value)
    if isinstance(tree.rare, int) and isinstance(tree.other, int):
        out[rows] = np.where(hit, tree.rare, tree.other)
        return
    _descend(stream, tree.rare, before, rows[hit], score, out)
    _descend(stream, tree.other, first - before, rows[~hit], score, out)


def _best(score: Float, rows: Int, codes: tuple[int, ...]) -> Float:
    """The highest score that each row has for one of the categories."""
    of_rows = score if len(rows) == len(score) else score[rows]
    best: Float = of_rows[:, codes[0]]
    for code in codes[1:]:
        best = np.maximum(best, of_rows[:, code])
    return best


def _leaves(tree: Tree) -> tuple[int, ...]:
    return (tree,) if isinstance(tree, int) else tree.rarer + tree.others


def _one_a_window(
    stream: Stream, share: int, lane: int, first: int, value: Float
) -> tuple[NDArray[np.bool_], int]:
    """Which rows win their window, and how many windows were won before rank `first`.

    A window that crosses either end of the run is won on the side where a random rank of it lies,
    so that neighbouring runs agree without seeing each other's scores.
    """

    def home(number: int) -> int:
        start = -(-number * ONE // share)
        end = -(-(number + 1) * ONE // share)
        return start + stream.one_below(number, end - start, lane)

    end = first + len(value)
    low = first * share // ONE
    before = low + (first > 0 and home(low) < first)
    if not len(value):
        return np.zeros(0, dtype=bool), before
    high = (end - 1) * share // ONE
    # Where windows begin and end: every one has a rank, since none is shorter than one.
    edges = -(np.arange(-low, -high - 2, -1, dtype=np.int64) * ONE // share) - first
    edges[0], edges[-1] = 0, len(value)
    best = np.maximum.reduceat(value, edges[:-1])
    hit = value == best.repeat(edges[1:] - edges[:-1])
    if before > low:
        hit[: edges[1]] = False
    if end * share // ONE == high and home(high) >= end:
        hit[edges[-2] :] = False
    return hit, before
