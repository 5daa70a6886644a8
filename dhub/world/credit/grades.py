"""Takes a profile, gives the scale of credit scores: how many of each, their grades and PDs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.profiles import Profile

Int = NDArray[np.int64]
Float = NDArray[np.float64]

GRADES = ("AAA", "AA", "A", "BBB", "BB", "B", "CCC", "CC", "C")
# The lowest scores are kept for loans that went wrong; applicants stand above them (assumed).
IN_DEFAULT, IN_TROUBLE = 20, 40
# Where each grade's PD ends between the lowest and the highest, AAA first: about doubling.
_PD_ENDS = (0.01, 0.03, 0.08, 0.20, 0.42, 0.70, 1.0)
TEN_THOUSANDTHS = 10_000


@dataclass(frozen=True)
class Scale:
    """The scores of a profile; all of them functions of a score alone, worst first."""

    weights: tuple[float, ...]  # of the cells, in which bands and grades are both right
    low: Int  # lowest and highest score of each cell
    high: Int
    below: Float  # share of applicants in worse cells
    cuts: Int  # lowest score of each grade of `grades`
    grades: tuple[int, ...]  # index into GRADES
    pd_at_cut: Float  # PD at the lowest score of each grade, and below it at the top score
    top: int
    pd_defaulted: float

    def standing(self, cell: Int, within: Float) -> Float:
        """Share of applicants with a worse score, in [0, 1)."""
        return np.asarray(self.below[cell] + np.array(self.weights)[cell] * within)

    def score(self, cell: Int, within: Float) -> Int:
        """The score at a part `within` of a cell."""
        room = self.high[cell] - self.low[cell] + 1
        return np.asarray(self.low[cell] + np.floor(within * room).astype(np.int64))

    def grade(self, score: Int) -> Int:
        """Index into GRADES."""
        return np.array(self.grades)[self._step(score)]

    def pd(self, score: Int) -> Int:
        """Probability of default in ten-thousandths: falls with the score, flat for a default."""
        step = self._step(score)
        ends = np.append(self.cuts, self.top + 1)
        part = (score - self.cuts[step]) / (ends[step + 1] - self.cuts[step])
        value = self.pd_at_cut[step] + (self.pd_at_cut[step + 1] - self.pd_at_cut[step]) * part
        value = np.where(step == 0, self.pd_defaulted, value)
        return np.floor(value * TEN_THOUSANDTHS + 0.5).astype(np.int64)

    def _step(self, score: Int) -> Int:
        return np.maximum(np.searchsorted(self.cuts, score, side="right") - 1, 0)


@lru_cache(maxsize=16)
def scale(profile: Profile) -> Scale:
    """The scale on which both `score_band` and `grade` of the profile hold."""
    loans = profile.loans
    first, top = loans.score.low, loans.score.high
    starts = [max(first + IN_TROUBLE, band) for band in loans.score_band.numbers]
    edges, cumulative = [*starts, top + 1], _running(loans.score_band.weights)
    shares = [loans.grade.share(name) for name in GRADES[:7]][::-1]
    graded = _running(shares)
    points = sorted({round(p, 9) for p in (*cumulative, *graded)})
    at = [_score_at(point, cumulative, edges) for point in points]
    low, ends, high_pd = at[:-1], at[1:], loans.pd.high
    cuts = [_score_at(point, cumulative, edges) for point in graded[1:-1]]
    span = high_pd - loans.pd.low
    pds = [loans.pd.low + span * end for end in (*_PD_ENDS[::-1], 0.0)]
    worse = loans.pd_defaulted > high_pd  # then a default has grades of its own
    trouble = high_pd + (loans.pd_defaulted - high_pd) / 2
    return Scale(
        tuple(b - a for a, b in zip(points, points[1:], strict=False)),
        np.array(low),
        np.maximum(np.array(ends) - 1, low),
        np.array(points[:-1]),
        np.array([first, first + IN_DEFAULT, first + IN_TROUBLE, *cuts]),
        (8 if worse else 6, 7 if worse else 6, 6, 5, 4, 3, 2, 1, 0),
        np.array([loans.pd_defaulted, trouble, *pds]),
        top,
        loans.pd_defaulted,
    )


def _running(weights: tuple[float, ...] | list[float]) -> list[float]:
    """Cumulative shares from 0 to 1."""
    total, running = sum(weights), [0.0]
    for weight in weights:
        running.append(running[-1] + weight / total)
    return [*running[:-1], 1.0]


def _score_at(point: float, cumulative: list[float], edges: list[int]) -> int:
    """The score below which a share of applicants lies."""
    for number, (low, high) in enumerate(zip(cumulative, cumulative[1:], strict=False)):
        if point <= high + 1e-9 and high > low:
            part = max(0.0, (point - low) / (high - low))
            return edges[number] + round(part * (edges[number + 1] - edges[number]))
    return edges[-1]
