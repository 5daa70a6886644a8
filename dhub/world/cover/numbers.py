"""Takes a shard, gives the numbers of its policies."""

from __future__ import annotations

from dhub.draw import text
from dhub.model import Shard
from dhub.world.blocks import numbered
from dhub.world.cover.kinds import MOST_POLICIES
from dhub.world.cover.policies import policies

NUMBERS = 8_000_000_000  # policy numbers: ten digits, no leading zero


def policy_numbers(shard: Shard) -> object:
    """POL and ten digits each, a later block's number before them."""
    place = policies(shard).policy_id - 1
    number = numbered(shard, "policies.number", place, NUMBERS, MOST_POLICIES)
    return text.join(["POL", text.digits((10 * shard.block + 1) * 10**9 + number)])
