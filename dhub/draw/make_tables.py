"""Writes the frozen tables of `shapes`: normal quantiles by octave of the tail, and exponentials.

Run once, ever: the file it writes is committed, and its checksum is pinned by a test.
"""

from __future__ import annotations

from math import exp
from pathlib import Path
from statistics import NormalDist

import numpy as np

from dhub.draw.shapes import EXP_STEPS, LN2, OCTAVES, STEPS


def main() -> None:
    """Write tables.npy beside this file."""
    normal = NormalDist()
    tails = [
        2.0**-row * (0.5 + step / (2 * STEPS))
        for row in range(OCTAVES)
        for step in range(STEPS + 1)
    ]
    quantiles = [normal.inv_cdf(min(tail, 0.5)) for tail in tails]
    powers = [exp(step * LN2 / EXP_STEPS) for step in range(EXP_STEPS + 1)]
    np.save(Path(__file__).with_name("tables.npy"), np.array(quantiles + powers))


if __name__ == "__main__":
    main()
