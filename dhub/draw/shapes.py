"""Takes uniform numbers, gives shaped ones through frozen tables and plain arithmetic.

exp and log differ in the last bit between processors and C libraries; additions, products and
comparisons do not. The tables are part of the format: `make tables` shows how they were made.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Int = NDArray[np.int64]

OCTAVES = 54  # uniform numbers are multiples of 2^-53
STEPS = 64  # quantile points in each octave of the tail probability
EXP_STEPS = 1024
LN2 = 0.6931471805599453
_INV_LN2 = 1.4426950408889634


@lru_cache(maxsize=1)
def _tables() -> tuple[Float, Float]:
    table = np.load(Path(__file__).with_name("tables.npy"))
    cut = OCTAVES * (STEPS + 1)
    return table[:cut].reshape(OCTAVES, STEPS + 1), table[cut:]


def quantile(u: Float) -> Float:
    """Standard normal quantile of uniform numbers in [0, 1); within 1e-4 of the true one.

    The tail probability p = m·2^-e (0.5 ≤ m < 1) picks row e; m is interpolated linearly.
    """
    table, _ = _tables()
    tail = np.where(u < 0.5, u, 1.0 - u)
    mantissa, exponent = np.frexp(np.maximum(tail, 2.0**-53))
    position = (mantissa - 0.5) * (2 * STEPS)
    step = np.minimum(position.astype(np.int64), STEPS - 1)
    row = np.minimum(-exponent, OCTAVES - 1)
    low, high = table[row, step], table[row, step + 1]
    z = low + (high - low) * (position - step)
    return np.asarray(np.where(u < 0.5, z, -z))


def exp(x: Float) -> Float:
    """e^x for |x| < 700, relative error below 1e-7, the same bits on every machine."""
    _, table = _tables()
    power = np.floor(x * _INV_LN2)
    position = (x - power * LN2) * (EXP_STEPS / LN2)
    step = np.clip(position.astype(np.int64), 0, EXP_STEPS - 1)
    value = table[step] + (table[step + 1] - table[step]) * (position - step)
    return np.asarray(np.ldexp(value, power.astype(np.int64)))


def folded(cents: Int, low: Int, high: Int) -> Int:
    """Bring amounts into [low, high] by reflection of their logarithm: x → limit²/x.

    Clipping would heap them on the limits, where a histogram and Benford's law show it.
    """
    cents = np.maximum(cents, 1)
    cents = np.where(cents > high, (high.astype(np.float64) * high / cents).astype(np.int64), cents)
    cents = np.maximum(cents, 1)  # of what lay beyond the square of the limit nothing was left
    cents = np.where(cents < low, low * low // cents, cents)
    return np.asarray(np.clip(cents, low, high), dtype=np.int64)
