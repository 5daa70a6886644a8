"""Takes acts of the insurance desk, gives who did them: somebody in post near the customer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.model import Run
from dhub.world.staff import INSURANCE_AGENT, staff

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]


def in_post(
    run: Run, name: str, branch: Int, place: Int, first: Days, last: Days,
    roles: Sequence[int] = (INSURANCE_AGENT,),
) -> Int:  # fmt: skip
    """employee_id of somebody with one of `roles` near each branch, employed on all days from
    first to last."""
    share = stream(run.seed, name).uniform(place)
    return staff(run).in_post(roles, branch, share, first, last)
