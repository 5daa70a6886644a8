"""Takes acts of the insurance desk, gives who did them: somebody in post all the while."""

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
    run: Run, name: str, place: Int, first: Days, last: Days,
    roles: Sequence[int] = (INSURANCE_AGENT,),
) -> Int:  # fmt: skip
    """employee_id of somebody with one of `roles`, employed on all days from first to last."""
    team, share = staff(run), stream(run.seed, name).uniform(place)
    chosen = team.acting(roles, first, share)
    left = np.flatnonzero(team.termination_date[chosen - 1] <= last)
    if len(left):
        stayers = np.flatnonzero(team.employed & np.isin(team.role, roles))
        before = np.searchsorted(team.hire_date[stayers], first[left], side="left")
        chosen[left] = stayers[np.floor(share[left] * before).astype(np.int64)] + 1
    return chosen
