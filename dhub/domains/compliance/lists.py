"""Takes checks, gives the list each customer was compared with, and how close the nearest entry is.

A finding is an entry nearer than CLOSE; transactions are compared with no list.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.compliance.checks import MONITORING, Checks
from dhub.draw import stream
from dhub.model import Run

Int = NDArray[np.int64]

LISTS = (
    "Internal Watchlist", "FinCEN 314(a) List", "Adverse Media List",
    "OFAC SDN List", "OFAC Consolidated List", "UN Security Council List",
    "Foreign PEP Register", "Domestic Officials Register",
)  # fmt: skip
# Which lists each type of check uses, and how often (assumed); by index of checks.TYPES.
_FIRST = np.array([0, 3, 6])
_SHARES = ((0.45, 0.35, 0.2), (0.6, 0.25, 0.15), (0.65, 0.35))

CLOSE = 80  # percent: from here on a match is looked at by hand
# Percent of findings by level (low, medium, high), and of what is none (assumed).
_FROM, _TO = np.array([80, 84, 93]), np.array([89, 96, 100])
_FAR = (8, 79)


def compared(run: Run, made: Checks) -> tuple[Int, Int]:
    """Index of LISTS (-1 for none) and percent of likeness of each check."""
    draw = stream(run.seed, "compliance.list")
    code, share = np.full(len(made.place), -1), draw.uniform(made.place, 1)
    for kind in range(MONITORING):
        mine = np.flatnonzero(made.kind == kind)
        code[mine] = _FIRST[kind] + draw.pick(made.place[mine], _SHARES[kind])
    level = np.maximum(made.level, 0)
    close = _FROM[level] + np.floor(share * (_TO - _FROM + 1)[level]).astype(np.int64)
    low, high = _FAR
    unlike = np.sqrt(share) * draw.uniform(made.place, 2)
    far = low + np.floor((high - low + 1) * unlike).astype(np.int64)
    return code, np.where(made.flagged, close, far)
