"""Takes a shard, gives the numbers of its accounts: quoted by statements."""

from __future__ import annotations

from dhub.draw import text
from dhub.keys import luhn
from dhub.memo import of_shard
from dhub.model import Shard
from dhub.world.accounts import MOST_ACCOUNTS, accounts
from dhub.world.blocks import numbered

NUMBERS = 8_000_000_000  # account numbers before their check digit: ten digits, no leading zero
_LONGEST = 12  # those with two digits of a block before them
_VISA = 40  # thirteen digits that begin with a 4 may be read as the number of a card


@of_shard(2)
def account_numbers(shard: Shard) -> object:
    """Eleven digits each, the last one a Luhn check digit, a later block's number before them;
    quoted only within the shard."""
    place = accounts(shard).account_id - 1
    number = numbered(shard, "accounts.number", place, NUMBERS, MOST_ACCOUNTS)
    front = shard.block + (10 if shard.block >= _VISA else 0)
    return text.digits(luhn((10 * front + 1) * 10**9 + number, _LONGEST if front else 10))
