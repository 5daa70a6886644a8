"""Takes a shard, gives its ledger, whichever engine of the profile tells it.

A profile with a section `life` has the ledger of lives; the others a listing, whose counts come
first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.model import Run, Shard
from dhub.profiles import Profile
from dhub.world import life
from dhub.world.life.streams import SPLIT_CASH
from dhub.world.money.movements import TRANSACTION_KEYS, Movements
from dhub.world.money.movements import movements as listed
from dhub.world.money.movements import transaction_ids as listed_ids
from dhub.world.standing import accounts_per_customer

__all__ = [
    "Movements", "expected_transactions", "movements", "split_cash", "transaction_ids",
    "transaction_keys",
]  # fmt: skip


def movements(shard: Shard) -> Movements:
    """The ledger of a shard; the same whatever `shard.customers` and `attempt` are."""
    if shard.run.profile.life is None:
        return listed(shard)
    return life.movements(shard.run, shard.index)


def transaction_ids(shard: Shard) -> NDArray[np.int64]:
    """The key of each movement of a shard, in their order."""
    if shard.run.profile.life is None:
        return listed_ids(shard)
    return life.keys(shard.run, shard.index)


def split_cash(run: Run, index: int) -> NDArray[np.bool_]:
    """Which movements of a shard are cash paid in by parts; none where nobody's life is told."""
    payee = movements(Shard(run, index)).payee
    if run.profile.life is None:
        return np.zeros(len(payee), dtype=bool)
    return np.asarray(payee == SPLIT_CASH)


def expected_transactions(run: Run, customers: int) -> float:
    """About how many transactions so many customers have."""
    if run.profile.life is not None:
        return life.expected_rows(run, customers)
    mean = float(run.profile.transactions.per_account_mean)
    return customers * accounts_per_customer(run.profile) * mean


def transaction_keys(profile: Profile) -> int:
    """Keys of transactions that are set aside for a shard."""
    return TRANSACTION_KEYS if profile.life is None else life.LIFE_KEYS
