"""Takes weights and a run of consecutive ranks, gives categories whose mix is right at any prefix.

A binary tree splits the categories (Huffman's, so that the common ones are split off first). At
each node the ranks are cut into windows of about 1/p rows and exactly one row a window goes to the
rarer side: the one with the best score, or a random one. Every prefix is therefore within one row
of n·p at each node, and within two rows for each category; nothing depends on the total.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from functools import lru_cache
from itertools import count

import numpy as np
from numpy.typing import NDArray

from dhub.draw.stream import Stream

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Tree = int | tuple["Tree", "Tree", int]  # a category, or (rarer side, other side, p·ONE)

ONE = 2**32  # probabilities are integers over ONE: floor(rank·p) must not depend on rounding


def spread(
    stream: Stream,
    weights: Sequence[float],
    length: int,
    first: int = 0,
    score: Float | None = None,
) -> Int:
    """Category (index into `weights`) of the ranks first .. first+length-1.

    `score` has shape (length, categories): a row with a higher score for a category is preferred
    for it within its window; noise in [0, 1) is added, so differences above 1 always decide.
    Raises ValueError when no weight is positive.
    """
    out = np.zeros(length, dtype=np.int64)
    _descend(stream, _tree(tuple(float(w) for w in weights)), first, np.arange(length), score, out)
    return out


@lru_cache(maxsize=512)
def _tree(weights: tuple[float, ...]) -> Tree:
    order = count()
    heap: list[tuple[float, int, Tree]] = [
        (weight, next(order), code) for code, weight in enumerate(weights) if weight > 0
    ]
    if not heap:
        raise ValueError("a mix needs a positive weight")
    heapq.heapify(heap)
    while len(heap) > 1:
        rare, _, left = heapq.heappop(heap)
        other, _, right = heapq.heappop(heap)
        share = round(rare / (rare + other) * ONE)
        heapq.heappush(heap, (rare + other, next(order), (left, right, share)))
    return heap[0][2]


def _descend(
    stream: Stream, tree: Tree, first: int, rows: Int, score: Float | None, out: Int
) -> None:
    if isinstance(tree, int):
        out[rows] = tree
        return
    rare, other, share = tree
    lane = 2 * _leaves(tree)[0] + 64 * len(_leaves(tree))
    value = stream.uniform(np.arange(first, first + len(rows)), lane)
    if score is not None:
        value = value + score[rows][:, _leaves(rare)].max(axis=1)
        value -= score[rows][:, _leaves(other)].max(axis=1)
    hit, before = _one_a_window(stream, share, lane + 1, first, value)
    _descend(stream, rare, before, rows[hit], score, out)
    _descend(stream, other, first - before, rows[~hit], score, out)


def _leaves(tree: Tree) -> list[int]:
    return [tree] if isinstance(tree, int) else _leaves(tree[0]) + _leaves(tree[1])


def _one_a_window(
    stream: Stream, share: int, lane: int, first: int, value: Float
) -> tuple[NDArray[np.bool_], int]:
    """Which rows win their window, and how many windows were won before rank `first`.

    A window that crosses either end of the run is won on the side where a random rank of it lies,
    so that neighbouring runs agree without seeing each other's scores.
    """
    phase = int(stream.bits(0, lane)) % ONE
    ranks = np.arange(first, first + len(value) + 1, dtype=np.int64)
    window = (ranks * share + phase) // ONE

    def home(number: int) -> int:
        start = -((phase - number * ONE) // share)
        end = -((phase - (number + 1) * ONE) // share)
        start = max(start, 0)
        return start + int(stream.below(number, end - start, lane))

    before = int(window[0]) + (first > 0 and home(int(window[0])) < first)
    if not len(value):
        return np.zeros(0, dtype=bool), before
    inner = window[:-1]
    starts = np.flatnonzero(np.r_[True, inner[1:] != inner[:-1]])
    best = np.maximum.reduceat(value, starts)
    group = np.cumsum(np.r_[0, inner[1:] != inner[:-1]])
    hit = value == best[group]
    if before > inner[0]:
        hit[group == 0] = False
    if window[-1] == inner[-1] and home(int(inner[-1])) >= first + len(value):
        hit[group == group[-1]] = False
    return hit, before
