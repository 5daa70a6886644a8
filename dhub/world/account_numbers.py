"""Takes a shard, gives the numbers of its accounts: quoted by statements."""

from __future__ import annotations

from functools import lru_cache

from dhub.draw import stream, text
from dhub.keys import address, luhn, scatter
from dhub.model import Shard
from dhub.world.accounts import accounts

NUMBERS = 8_000_000_000  # account numbers before their check digit: ten digits, no leading zero


@lru_cache(maxsize=2)
def account_numbers(shard: Shard) -> object:
    """Eleven digits each, the last one a Luhn check digit; quoted only within the shard."""
    place = accounts(shard).account_id - 1
    number = scatter(
        stream(shard.run.seed, "accounts.number"), address(place, shard.attempt), NUMBERS
    )
    return text.digits(luhn(10**9 + number, 10))
