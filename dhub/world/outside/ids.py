"""Takes the places of rows, gives ids: a prefix and a UUID, unique because places are.

60 of a UUID's 122 free bits are the place, mixed one to one; the others are drawn. A UUID's text
sorts as those 60 bits do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream

Int = NDArray[np.int64]
Bits = NDArray[np.uint64]

_60 = np.uint64(2**60 - 1)
_62 = np.uint64(2**62 - 1)
_ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9))
_VERSION, _VARIANT = np.uint64(4), np.uint64(2**63)
_HEX = np.array([list(f"{byte:02x}".encode()) for byte in range(256)], dtype=np.uint8)
_DASHES = (8, 13, 18, 23)
_LENGTH = 36


def mixed(draw: Stream, place: Int) -> Bits:
    """60 bits of each place (below 2^60), no two alike; in their order ids sort."""
    x = (place.astype(np.uint64) ^ draw.key) & _60
    for odd, shift in ((_ODD[0], 31), (_ODD[1], 29), (_ODD[0], 32)):
        x = (x * odd) & _60
        x ^= x >> np.uint64(shift)
    return np.asarray(x)


def ids(draw: Stream, prefix: str, place: Int) -> object:
    """txn_ and a UUID of each place, as text."""
    import pyarrow as pa

    high, low = mixed(draw, place), draw.bits(place, 1) & _62
    words = np.empty((len(place), 2), dtype=">u8")
    # 48 bits, the version, 12 bits; then the variant and 62 bits.
    words[:, 0] = (high >> np.uint64(12)) << np.uint64(16) | _VERSION << np.uint64(12) \
        | (high & np.uint64(0xFFF))  # fmt: skip
    words[:, 1] = low | _VARIANT
    digits = _HEX[words.view(np.uint8)].reshape(len(place), 32)
    start, width = len(prefix), len(prefix) + _LENGTH
    text = np.empty((len(place), width), dtype=np.uint8)
    text[:, :start] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    text[:, [start + at for at in _DASHES]] = ord("-")
    body = [start + at for at in range(_LENGTH) if at not in _DASHES]
    text[:, body] = digits
    offsets = np.arange(len(place) + 1, dtype=np.int32) * width
    return pa.Array.from_buffers(
        pa.string(), len(place), [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    )
