"""Takes a shard, gives the numbers of its policies."""

from __future__ import annotations

from dhub.draw import stream, text
from dhub.keys import address, scatter
from dhub.model import Shard
from dhub.world.cover.policies import policies

NUMBERS = 8_000_000_000  # policy numbers: ten digits, no leading zero


def policy_numbers(shard: Shard) -> object:
    """POL and ten digits each."""
    key = address(policies(shard).policy_id - 1, shard.attempt)
    number = scatter(stream(shard.run.seed, "policies.number"), key, NUMBERS)
    return text.join(["POL", text.digits(10**9 + number)])
