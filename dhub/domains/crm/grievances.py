"""Takes complaints, gives their text: a sentence of the type, with an amount, a day, a place."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.domains.crm.cases import FEE, TYPES
from dhub.draw import pools, stream, text
from dhub.model import Coded, Run
from dhub.world.calendar import DAY, last_business
from dhub.world.people import People

Int = NDArray[np.int64]

_SHOPS = ("grocery", "restaurant", "coffee", "fuel", "pharmacy", "online_shop", "clothing",
          "electronics", "department_store", "home_improvement", "hotel")  # fmt: skip
# Amounts complained of by type, in cents: low, high and what they are a multiple of (assumed).
_AMOUNTS = np.array([
    [1500, 6000, 500], [400, 4500, 50], [5000, 200000, 1000], [4000, 320000, 1], [1000, 5000, 500],
])  # fmt: skip
_LONGEST = 30  # days that a complaint looks back


def descriptions(
    run: Run, who: People, owner: Int, place: Int, came: NDArray[np.datetime64], kind: Int
) -> object:
    """The text of each complaint; it tells of days since the customer joined."""
    draw = stream(run.seed, "crm.grievance")
    bank = pools.bank("complaints", TYPES)
    day = came.astype("datetime64[D]")
    joined = who.onboarding_date[owner]
    longest = np.clip((day - joined).astype(np.int64), 1, _LONGEST)
    told = last_business(np.asarray(day - draw.between(place, 1, longest, 2) * DAY))
    cities = tuple(branch.city for branch in pools.branches())
    return text.fill(
        text.choose(bank, kind, draw.uniform(place)),
        bank.texts,
        amount=text.money(_amounts(draw.uniform(place, 1), kind)),
        city=Coded(who.branch[owner], cities),
        day=text.day(np.maximum(told, joined)),
        days=draw.between(place, np.minimum(2, longest), longest, 3),
        merchant=Coded(draw.below(place, len(_merchants()), 4), _merchants()),
    )


def _amounts(share: NDArray[np.float64], kind: Int) -> Int:
    """Cents: small ones more often than large ones where the range is wide."""
    low, high, unit = _AMOUNTS[kind].T
    skewed = np.where(kind == FEE, share, share * share)
    steps = np.floor((high - low + 1) * skewed / unit).astype(np.int64)
    return np.asarray(low + steps * unit)


@lru_cache(maxsize=1)
def _merchants() -> tuple[str, ...]:
    """Where one pays by card."""
    return tuple(name for shop in _SHOPS for name in pools.pool(f"merchants/{shop}"))
