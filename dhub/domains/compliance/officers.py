"""Takes acts that only compliance officers may do, gives who did them: one in post on the day."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.model import Run
from dhub.world.staff import COMPLIANCE_OFFICER, staff

Int = NDArray[np.int64]


def officers(run: Run, name: str, branch: Int, place: Int, day: NDArray[np.datetime64]) -> Int:
    """employee_id of a compliance officer near each branch, employed on each day.

    `name` is that of the stream.
    """
    draw = stream(run.seed, name).uniform(place)
    return staff(run).near((COMPLIANCE_OFFICER,), branch, draw, day)
