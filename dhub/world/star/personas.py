"""Takes a shard, gives the persona of each customer, for who shows or tests it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.model import Shard
from dhub.world.personas import NONE, kinds, personas_of

__all__ = ["NONE", "kinds", "personas"]


def personas(shard: Shard) -> NDArray[np.int64]:
    """Index into the profile's personas of each customer of the whole shard; -1 where the profile
    has none."""
    return personas_of(shard.run, shard.index)
