"""Takes plans of users, gives the ids of users and accounts, and accounts in the order of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, stream, text
from dhub.model import Shard
from dhub.world.outside.ids import ids, mixed
from dhub.world.outside.plan import Accounts
from dhub.world.outside.run import run_of
from dhub.world.outside.users import users

Int = NDArray[np.int64]


def user_ids(number: Int) -> object:
    """user_001, user_002 …, of four digits and more from user_1000 on."""
    return text.join(["user_", text.digits(number, 3)])


def account_ids(shard: Shard, accounts: Accounts) -> object:
    """The id of each account."""
    return ids(_draw(shard, "account.id"), "acc_", account_places(shard, accounts))


def liability_ids(shard: Shard, accounts: Accounts, rows: Int) -> object:
    """The id of what is owed on each account of `rows`."""
    return ids(_draw(shard, "liability.id"), "liab_", account_places(shard, accounts)[rows])


def by_account_id(shard: Shard, accounts: Accounts) -> Int:
    """Rows of accounts in the order of their owners and ids."""
    at = mixed(_draw(shard, "account.id"), account_places(shard, accounts))
    return np.lexsort((at, accounts.owner))


def by_liability_id(shard: Shard, accounts: Accounts, rows: Int) -> Int:
    """Liabilities on the accounts of `rows` in the order of their owners and ids."""
    at = mixed(_draw(shard, "liability.id"), account_places(shard, accounts)[rows])
    return np.lexsort((at, accounts.owner[rows]))


def account_places(shard: Shard, accounts: Accounts) -> Int:
    """The address of each account: its owner's number, kind and number of its kind."""
    number = users(shard).number[accounts.owner]
    return np.asarray((number << 3 | accounts.kind) << 3 | accounts.number)


def _draw(shard: Shard, name: str) -> Stream:
    run = run_of(shard)
    return stream(run.seed, run.named(name))
