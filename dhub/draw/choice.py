"""Takes a share and who may be chosen, gives who is: the share holds as far as limits let it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dhub.draw.strata import spread
from dhub.draw.stream import Stream, stream

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

BIAS = 8.0  # a score that decides against any other within its window


def chosen(
    draw: Stream, share: float, able: Bools, sure: Bools | None = None, score: Float | None = None
) -> Bools:
    """Which rows are chosen: `share` of them, only `able` ones, all that are `sure` (able too).

    One row a window is chosen, as `spread` does it; a window without an able row gives its turn
    to the next able row elsewhere. Among able rows a higher score is preferred.
    """
    able = able if sure is None else able | sure
    if share >= 1:
        return able.copy()
    if share <= 0:
        return np.zeros(len(able), dtype=bool) if sure is None else sure
    lean = -BIAS * ~able if sure is None else BIAS * sure - BIAS * ~able
    lean = lean if score is None else lean + score
    scores = np.zeros((len(able), 2))
    scores[:, 0] = lean
    hit: Bools = spread(draw, [share, 1 - share], len(able), score=scores) == 0
    _hand_over(hit, np.flatnonzero(hit & ~able), np.flatnonzero(~hit & able))
    if sure is None:
        return hit
    owed = np.flatnonzero(sure & ~hit)
    _hand_over(hit, np.flatnonzero(hit & ~sure), owed, late=True)
    hit[sure] = True
    return hit


def dealt(
    seed: int,
    name: str,
    weights: Sequence[float],
    allowed: Bools,
    score: Float | None = None,
    last: int | None = None,
) -> Int:
    """Category of each row, only where `allowed` (rows, categories): those with limits first.

    The `last` category takes whom the others leave and has no limits: the heaviest without any
    unless it is named, which it must be where the scores of the others say who is left to it.
    Draws from streams of its own, `name.0`, `name.1` …
    """
    free = np.asarray(allowed.all(axis=0))
    order = sorted(range(len(weights)), key=lambda c: (c == last, bool(free[c]), weights[c]))
    out = np.full(len(allowed), order[-1])
    rows, rest = np.arange(len(allowed)), 1.0
    for category in order[:-1]:
        lean = None if score is None else score[rows, category]
        share = weights[category] / rest if rest > 0 else 0.0
        draw = stream(seed, f"{name}.{category}")
        hit = chosen(draw, share, allowed[rows, category], score=lean)
        out[rows[hit]] = category
        rows, rest = rows[~hit], rest - weights[category]
    return out


def _hand_over(hit: Bools, givers: Int, takers: Int, late: bool = False) -> None:
    """Each giver's turn goes to a taker near it, no taker twice; without one it is forfeited.

    When `late`, the takers are too few rather than the givers: each looks for a giver.
    """
    if not len(givers) or (late and not len(takers)):
        return
    few, many = (takers, givers) if late else (givers, takers)
    count = min(len(few), len(many))
    if not late:
        hit[few] = False
    few, rank = few[:count], np.arange(count)
    near = np.searchsorted(many, few)
    near = np.maximum.accumulate(near - rank) + rank if count else near
    partner = many[np.minimum(near, len(many) - count + rank)]
    hit[partner] = not late
    if late:
        hit[few] = True
