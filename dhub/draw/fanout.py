"""Takes counts of children, gives each child's parent, its number among siblings and its place."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Int = NDArray[np.int64]

SIBLINGS = 512  # the most children a parent may have in one family


def expand(counts: ArrayLike) -> tuple[Int, Int]:
    """Parent row and sequence number (from 0) of every child, ordered by parent."""
    counts = np.asarray(counts, dtype=np.int64)
    parent = np.repeat(np.arange(len(counts)), counts)
    return parent, within(counts)


def within(counts: ArrayLike) -> Int:
    """0..n-1 for each run of n in `counts`, one run after the other."""
    counts = np.asarray(counts, dtype=np.int64)
    starts = np.cumsum(counts) - counts
    numbers: Int = np.arange(int(counts.sum())) - np.repeat(starts, counts)
    return numbers


def child(place: Int, seq: Int | int) -> Int:
    """The place of a child: its parent's place and its number among siblings, as one number."""
    return place * SIBLINGS + seq
