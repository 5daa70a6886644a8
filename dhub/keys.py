"""Natural keys by construction: bijections of a place, so that uniqueness needs no memory.

`attempt` is folded into the place: a retry of a shard gives other values, and no attempt of any
shard can collide with any attempt of another.
"""

from __future__ import annotations

from math import isqrt

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream

ATTEMPTS = 8  # room for the first try and up to 7 retries in every key space

def address(place: NDArray[np.int64], attempt: int) -> NDArray[np.int64]:
    """The place of a natural key: its row's place and the attempt, as one number."""
    return place * ATTEMPTS + attempt


def scatter(stream: Stream, index: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """A keyed bijection of [0, size) that shows nothing of the order of its indexes.

    Four rounds of a Feistel network over a·b numbers, a and b next to the root of `size`; the few
    that come out beyond `size` go through it again (cycle walking), which keeps it a bijection.
    Raises ValueError when an index lies outside, or size exceeds 2^33.
    """
    if size > 2**33 or (len(index) and (index.min() < 0 or index.max() >= size)):
        raise ValueError(f"index outside a key space of {size}")
    wide = isqrt(size) + 1
    high = -(-size // wide)
    out = _mixed(stream, index, high, wide)
    while len(beyond := np.flatnonzero(out >= size)):
        out[beyond] = _mixed(stream, out[beyond], high, wide)
    return out


def _mixed(stream: Stream, index: NDArray[np.int64], high: int, wide: int) -> NDArray[np.int64]:
    left, right = index // wide, index % wide
    for turn in (0, 2, 4, 6):
        left = (left + stream.below(right, high, turn)) % high
        right = (right + stream.below(left, wide, turn + 1)) % wide
    return np.asarray(left * wide + right)


def luhn(digits: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Append the Luhn check digit (ISO/IEC 7812-1) to numbers of `length` digits."""
    total = np.zeros_like(digits)
    rest = digits.copy()
    for position in range(length):
        digit = rest % 10
        rest //= 10
        if position % 2 == 0:
            digit = digit * 2
            digit -= 9 * (digit > 9)
        total += digit
    return digits * 10 + (10 - total % 10) % 10
