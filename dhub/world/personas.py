"""Takes a run and places, gives who of the profile's personas each customer is, and how old.

A persona is drawn first: birth, work, children, segment and income follow from it. A profile
without personas has none of this.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import spread, stream
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.profiles.personas import Kind
from dhub.world.calendar import DAY, add_months

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Days = NDArray[np.datetime64]

NONE = -1
YEAR = 365.25


def kinds(run: Run) -> list[Kind]:
    """The profile's personas, in their order; none where it has no such section."""
    said = run.profile.personas
    return [] if said is None else said.kinds


@of_shard()
def personas_of(run: Run, index: int) -> Int:
    """Index into `kinds` of each customer of a shard, -1 where the profile has none."""
    known = kinds(run)
    if not known:
        return np.full(SHARD_CUSTOMERS, NONE)
    weights = [kind.weight for kind in known]
    first = Shard(run, index).first
    return spread(stream(run.seed, "personas"), weights, SHARD_CUSTOMERS, first)


def ages(run: Run) -> Float:
    """The lowest and the highest age of each persona in years, the highest not included."""
    today = run.today
    found = []
    for kind in kinds(run):
        if kind.born is None:
            assert kind.ages is not None, "one of both is given"
            found.append((float(kind.ages.low), float(kind.ages.high) + 1))
        else:
            first, last = (np.datetime64(f"{year}-01-01", "D")
                           for year in (kind.born.low, kind.born.high + 1))  # fmt: skip
            found.append((
                (today - last).astype(np.int64) / YEAR + 0.003,
                (today - first).astype(np.int64) / YEAR,
            ))  # fmt: skip
    return np.array(found)


def told_since(run: Run) -> np.datetime64:
    """The first day that the ledger tells; of personas, who are looked at in whole years, no year
    is begun that would be one too many."""
    months = run.profile.transactions.history_months or 0
    began: np.datetime64 = add_months(np.array([run.today]), np.array([-months]))[0]
    if not kinds(run):
        return began
    last = (run.today - DAY).astype("datetime64[Y]")
    first: np.datetime64 = (last - (max(months, 12) // 12 - 1)).astype("datetime64[D]")
    return max(began, first)
