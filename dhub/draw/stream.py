"""Takes a seed, a name and places, gives random bits: a counter-based generator of our own.

numpy's Generator promises no values across releases, and draws by turn would tie every cell to
all cells before it. Here a draw is a hash of (seed, name, place, lane), in integer arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dhub.draw.shapes import quantile

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bits = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_LANE, _ALL = 0xD1342543DE82EF95, 2**64 - 1
_11, _27, _29, _30, _31 = (np.uint64(bits) for bits in (11, 27, 29, 30, 31))
_UNIT = 2.0**-53


@dataclass(frozen=True)
class Stream:
    """One named source of draws; `lane` tells apart several draws at one place."""

    key: np.uint64

    def bits(self, place: ArrayLike, lane: int = 0) -> Bits:
        """64 random bits a place."""
        places = np.asarray(place, dtype=np.int64)
        # One dimension at least: of wrapping, which is meant, numpy warns for scalars only.
        z = (places if places.ndim else places.reshape(1)).view(np.uint64) * _GOLDEN
        z += np.uint64((int(self.key) + lane * _LANE) & _ALL)
        shifted = np.empty_like(z)
        z ^= np.right_shift(z, _30, out=shifted)
        z *= _MIX1
        z ^= np.right_shift(z, _27, out=shifted)
        z ^= self.key
        z *= _MIX2
        z ^= np.right_shift(z, _31, out=shifted)
        z *= _MIX1
        z ^= np.right_shift(z, _29, out=shifted)
        return z if places.ndim else z.reshape(())

    def one_below(self, place: int, bound: int, lane: int = 0) -> int:
        """`below` of a single place: numpy takes ten times as long for one number."""
        key = int(self.key)
        z = (place * int(_GOLDEN) + key + lane * _LANE) & _ALL
        z = ((z ^ (z >> 30)) * int(_MIX1)) & _ALL
        z = ((z ^ key ^ (z >> 27)) * int(_MIX2)) & _ALL
        z = ((z ^ (z >> 31)) * int(_MIX1)) & _ALL
        return int(((z ^ (z >> 29)) >> 11) * _UNIT * bound)

    def uniform(self, place: ArrayLike, lane: int = 0) -> Float:
        """Uniform numbers in [0, 1), a multiple of 2^-53 each."""
        bits = self.bits(place, lane)
        bits >>= _11
        drawn = bits.astype(np.float64)
        drawn *= _UNIT
        return drawn

    def below(self, place: ArrayLike, bound: ArrayLike, lane: int = 0) -> Int:
        """Integers in [0, bound); `bound` is a number or one a place, at most 2^52."""
        # Cut to a whole number, which is the floor of what is not negative.
        scaled: Float = self.uniform(place, lane) * np.asarray(bound, dtype=np.float64)
        return np.asarray(scaled).astype(np.int64)

    def between(self, place: ArrayLike, low: ArrayLike, high: ArrayLike, lane: int = 0) -> Int:
        """Integers in [low, high], both ends included."""
        low = np.asarray(low, dtype=np.int64)
        return low + self.below(place, np.asarray(high, dtype=np.int64) - low + 1, lane)

    def normal(self, place: ArrayLike, lane: int = 0) -> Float:
        """Standard normal numbers, by the frozen quantile table."""
        return quantile(self.uniform(place, lane))

    def chance(self, place: ArrayLike, probability: ArrayLike, lane: int = 0) -> NDArray[np.bool_]:
        """True with the given probability, independently."""
        return np.asarray(self.uniform(place, lane) < np.asarray(probability, dtype=np.float64))

    def pick(self, place: ArrayLike, weights: ArrayLike, lane: int = 0) -> Int:
        """Index of a category, drawn independently with the given weights (any positive sum)."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        draw = self.uniform(place, lane) * edges[-1]
        code = np.searchsorted(edges, draw, side="right")
        return np.asarray(np.minimum(code, len(edges) - 1), dtype=np.int64)


# Those of one shard and those of all.
@lru_cache(maxsize=1024)
def stream(seed: int, name: str) -> Stream:
    """The stream of a name, such as ``crm.interactions.channel``; names must not be shared."""
    digest = blake2b(f"{seed}\x1f{name}".encode(), digest_size=8).digest()
    return Stream(np.uint64(int.from_bytes(digest, "little")))
