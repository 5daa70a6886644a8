"""Takes a shard, gives the persona of each customer, for who shows or tests it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.model import SHARD_CUSTOMERS, Shard

Int = NDArray[np.int64]

NONE = -1


def personas(shard: Shard) -> Int:
    """Index into the profile's personas of each customer of the whole shard; -1 where the profile
    has none."""
    return np.full(SHARD_CUSTOMERS, NONE)
