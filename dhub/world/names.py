"""Takes a shard, gives the names its customers bear: relatives in other databases share them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import pools, stream
from dhub.model import Run, Shard

Int = NDArray[np.int64]


@dataclass(frozen=True)
class Names:
    """Codes into the pools `first_names` and `last_names`, one a customer of the whole shard."""

    first: Int
    last: Int


def names(shard: Shard) -> Names:
    """The names of a shard's customers."""
    return _names(shard.run, shard.index)


@lru_cache(maxsize=4)
def _names(run: Run, index: int) -> Names:
    draw, place = stream(run.seed, "customers.name"), Shard(run, index).places
    return Names(
        draw.pick(place, pools.weights("first_names") or ()),
        draw.pick(place, pools.weights("last_names") or (), 1),
    )
