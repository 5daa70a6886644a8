"""Natural keys by construction: bijections of a place, so that uniqueness needs no memory.

`attempt` is folded into the place: a retry of a shard gives other values, and no attempt of any
shard can collide with any attempt of another.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream

ATTEMPTS = 8  # room for the first try and up to 7 retries in every key space

_PRIMES = (982451653, 961748941, 941083987, 920419823, 899809363, 879190841)


def address(place: NDArray[np.int64], attempt: int) -> NDArray[np.int64]:
    """The place of a natural key: its row's place and the attempt, as one number."""
    return place * ATTEMPTS + attempt


def scatter(stream: Stream, index: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """A keyed bijection of [0, size): x → (a·x + b) mod size with a coprime to size.

    Raises ValueError when an index lies outside, or size exceeds 2^33 (the product must fit).
    """
    if size > 2**33 or (len(index) and (index.min() < 0 or index.max() >= size)):
        raise ValueError(f"index outside a key space of {size}")
    key = int(stream.key)
    factor = next(p for p in _rotated(key) if size % p)
    return (index * factor + key % size) % size


def _rotated(key: int) -> tuple[int, ...]:
    turn = key % len(_PRIMES)
    return _PRIMES[turn:] + _PRIMES[:turn]


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
