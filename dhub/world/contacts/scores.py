"""Takes the contacts of a shard, gives which of them were rated and how: scores that agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import spread, stream
from dhub.memo import of_shard
from dhub.model import Run
from dhub.world.calendar import DAY
from dhub.world.contacts.cases import RESOLVED
from dhub.world.contacts.contacts import Contacts, contacts
from dhub.world.contacts.mixes import permitted
from dhub.world.people import in_order

Int = NDArray[np.int64]

RATINGS = tuple(str(n) for n in range(1, 6))
SCORES = tuple(str(n) for n in range(11))

# Leaning of the ratings 1 … 5 of each outcome, and of a complaint that is pending (assumed).
_MOOD = np.array([
    [-0.3, -0.2, 0.0, 0.1, 0.2], [0.9, 0.8, 0.6, 0.0, -0.5], [0.4, 0.4, 0.3, 0.0, -0.2],
])  # fmt: skip
_ANGER = np.array([0.6, 0.5, 0.2, -0.2, -0.6])
_USUAL_SCORE = np.array([1, 4, 6, 7, 9])  # nps score that goes with each rating (assumed)


@dataclass(frozen=True)
class Scores:
    """The answered surveys of a whole shard, in the order of their contacts."""

    contact: Int  # row of `contacts`
    rating: Int  # index into RATINGS
    nps: Int


@of_shard()
def scores(run: Run, index: int) -> Scores:
    """The surveys of a shard that were answered."""
    made = contacts(run, index)
    row = _surveyed(run, index, made)
    rating = _ratings(run, index, made, row)
    return Scores(row, rating, _scores(run, index, rating))


def _surveyed(run: Run, index: int, made: Contacts) -> Int:
    """Which contacts have an answered survey: not the latest ones, whose answer is still out."""
    crm = run.profile.crm
    allowed = np.ones((len(made.owner), 2), dtype=bool)
    allowed[:, 0] = made.day + crm.survey_days.low * DAY < run.today
    draw = stream(run.seed, f"crm.surveyed.{index}")
    share = crm.survey_share
    return np.flatnonzero(permitted(draw, [share, 1 - share], allowed) == 0)


def _ratings(run: Run, index: int, made: Contacts, row: Int) -> Int:
    """Index of the rating: worse where the matter was passed on or a complaint still waits."""
    score = _MOOD[made.outcome[row]]
    case = made.complaint[row]
    waits = np.zeros(len(row), dtype=bool)
    waits[case >= 0] = made.cases.status[case[case >= 0]] < RESOLVED
    score = score + _ANGER * (0.5 * (case >= 0) + 0.5 * waits)[:, None]
    weights = in_order(run.profile.crm.satisfaction, RATINGS)
    return spread(stream(run.seed, f"crm.rating.{index}"), weights, len(row), score=score)


def _scores(run: Run, index: int, rating: Int) -> Int:
    """The nps score, near what the rating suggests and never its contradiction."""
    scores = np.arange(len(SCORES))
    allowed = np.ones((len(rating), len(SCORES)), dtype=bool)
    allowed[:, :4] = (rating <= 2)[:, None]
    allowed[:, 9:] = (rating >= 2)[:, None]
    score = -0.35 * np.abs(scores - _USUAL_SCORE[rating][:, None])
    weights = in_order(run.profile.crm.nps, SCORES)
    return permitted(stream(run.seed, f"crm.nps.{index}"), weights, allowed, score)
