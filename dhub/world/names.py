"""Takes a shard, gives the names of its customers: families share them, decades have their own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, pools, stream
from dhub.draw.given import DECADES
from dhub.model import Run, Shard
from dhub.world.people import people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

_TAKES = 0.8  # of wives have their husband's surname (measured, US)


@dataclass(frozen=True)
class Names:
    """Codes into the pools `first_names` and `last_names`, one a customer of the whole shard."""

    first: Int
    last: Int
    born: Int  # the surname of their parents: that of birth


def names(shard: Shard) -> Names:
    """The names of a shard's customers."""
    return _names(shard.run, shard.index)


@lru_cache(maxsize=4)
def _names(run: Run, index: int) -> Names:
    draw, who = stream(run.seed, "customers.name"), people(Shard(run, index))
    kin = who.kin
    own = surnames(draw, who.place)
    born = np.where(kin.father >= 0, own[kin.father], own)
    takes = kin.woman & (kin.spouse >= 0) & draw.chance(who.place, _TAKES, 2)
    last = np.where(takes, own[kin.spouse], born)
    return Names(given(draw, who.place, kin.woman, who.date_of_birth), last, born)


def surnames(draw: Stream, place: Int, lane: int = 1) -> Int:
    """Codes into the pool `last_names`, by frequency."""
    return draw.pick(place, pools.weights("last_names") or (), lane)


def given(draw: Stream, place: Int, woman: Bools, birth: Days, lane: int = 0) -> Int:
    """Codes into the pool `first_names`, by frequency among those of a sex born in that decade."""
    codes, edges = _by_decade()
    year = birth.astype("datetime64[Y]").astype(np.int64) + 1970
    decade = np.clip((year - DECADES[0]) // 10, 0, len(DECADES) - 1)
    group = 2 * decade + woman
    at = np.searchsorted(edges, group + draw.uniform(place, lane), side="right")
    return codes[np.minimum(at, len(codes) - 1)]


@lru_cache(maxsize=1)
def _by_decade() -> tuple[Int, NDArray[np.float64]]:
    """Codes of all names, group by group of decade and sex, and where each ends in its group of
    length one."""
    everybody, codes, edges = pools.first_names(), [], []
    # A name of both sexes stands twice in the pool; its first code stands for both, so that equal
    # codes are equal names.
    same = {name.text: code for code, name in reversed(list(enumerate(everybody)))}
    for decade in range(len(DECADES)):
        for woman in (False, True):
            some = [code for code, name in enumerate(everybody) if name.woman == woman
                    and name.by_decade[decade]]  # fmt: skip
            weight = np.cumsum([everybody[code].by_decade[decade] for code in some])
            codes.append(np.array([same[everybody[code].text] for code in some]))
            edges.append(2 * decade + woman + weight / weight[-1])
    return np.concatenate(codes), np.concatenate(edges)
