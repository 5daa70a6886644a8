"""Takes a shard and places, gives the natural numbers that nobody else has.

A bijection holds the numbers of one block of customers. Those of the first block have nothing in
front; in a later block its number stands there, so that no two blocks share any, and what follows
is scattered by a draw of the block's own: nothing tells which places are alike in their blocks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, stream
from dhub.keys import address, scatter
from dhub.model import BLOCK_CUSTOMERS, MOST_BLOCKS, Shard

Int = NDArray[np.int64]

# An account's number among its owner's is below 16, and siblings have room for 512: so many blocks
# fit in there. The first place behind those of a block, in bits, is where the rest goes.
_SEATS, _FOLDED = 16, 32
_BEHIND = 2**26
assert BLOCK_CUSTOMERS <= _BEHIND and MOST_BLOCKS <= 2 * _FOLDED


def numbered(shard: Shard, name: str, place: Int, size: int, each: int = 1) -> Int:
    """A number below `size` a place, one to one within the shard's block and attempt.

    `each` places belong to every customer.
    """
    block = shard.block
    local = place - block * BLOCK_CUSTOMERS * each
    draw = stream(shard.run.seed, f"{name}.{block}" if block else name)
    return scatter(draw, address(local, shard.attempt), size)


def account_places(shard: Shard, place: Int, number: Int) -> Int:
    """The address of each account: its owner's place and its number among that one's, in 36 bits
    whatever the block, since an event's address adds 27 to them."""
    block = shard.block
    if not block:
        return child(place, number)
    local = place - block * BLOCK_CUSTOMERS + block // _FOLDED * _BEHIND
    return child(local, number + block % _FOLDED * _SEATS)
