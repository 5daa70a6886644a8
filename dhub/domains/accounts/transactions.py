"""Takes a shard, gives the rows of `transactions`: the ledger with its texts and its tellers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dhub.domains.accounts.accounts import account_numbers
from dhub.domains.accounts.descriptions import descriptions
from dhub.draw import pools, stream, text
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Shard, Table
from dhub.world.accounts import accounts
from dhub.world.ledger import (
    Movements,
    expected_transactions,
    movements,
    transaction_ids,
    transaction_keys,
)
from dhub.world.merchants import CATEGORIES, costs, mcc_of_merchant
from dhub.world.money.channels import BRANCH, CHANNELS
from dhub.world.money.kinds import LEG_IN, TYPES
from dhub.world.money.movements import TRANSACTION_KEYS
from dhub.world.places import branch_codes
from dhub.world.staff import staff

Int = NDArray[np.int64]

_SLICE_ROWS = 60_000  # about: of them some 25 MB of columns and texts


def transaction_rows(shard: Shard) -> Rows:
    """The movements of all accounts, ordered by account and time."""
    return _rows(shard, slice(0, len(movements(shard).owner)))


def transaction_slices(shard: Shard) -> Iterator[Rows]:
    """The same rows, some customers at a time: their texts take ten times the ledger's memory."""
    owner = movements(shard).owner
    parts = max(1, -(-len(owner) // _SLICE_ROWS))
    first = np.searchsorted(owner, np.arange(parts + 1) * SHARD_CUSTOMERS // parts)
    for low, high in pairwise(first.tolist()):
        yield _rows(shard, slice(low, high))


def _rows(shard: Shard, part: slice) -> Rows:
    whole = movements(shard)
    money, key = whole.part(part), transaction_ids(shard)
    far = _far_ends(shard, whole, money)
    employee, branch = _tellers(shard, money)
    columns = {
        "transaction_id": key[part],
        "account_id": accounts(shard).account_id[money.account],
        "transaction_type": Coded(money.transaction_type, TYPES),
        "amount": money.amount,
        "balance_after": money.balance_after,
        "transaction_date": money.transaction_date,
        "description": descriptions(shard, money, far, branch),
        "channel": Coded(money.channel, CHANNELS),
        "branch_code": Coded(branch, branch_codes(shard.run)),
        "processed_by": Maybe(employee, money.manned),
        "counterparty_account": _counterparties(shard, far),
        "transfer_id": Maybe(_transfer_ids(money, key, key[part]), far >= 0),
        "merchant_name": Coded(money.merchant, pools.pool("merchants")),
        "mcc": Coded(_mcc(money), mcc_codes()[0]),
        "category": Coded(_categories(money), CATEGORIES),
    }
    return Rows(columns, money.owner)


def _mcc(money: Movements) -> Int:
    return np.where(money.merchant >= 0, mcc_codes()[1][np.maximum(money.merchant, 0)], -1)


@lru_cache(maxsize=1)
def mcc_codes() -> tuple[tuple[str, ...], Int]:
    """The merchant category codes in use, and which of them each merchant has."""
    codes, of_merchant = np.unique(mcc_of_merchant(), return_inverse=True)
    return tuple(f"{code:04}" for code in codes), of_merchant


def _categories(money: Movements) -> Int:
    return np.where(money.shop >= 0, costs().category[np.maximum(money.shop, 0)], -1)


def _far_ends(shard: Shard, whole: Movements, money: Movements) -> Int:
    """The account at the other end of each internal transfer, -1 for none.

    Where the last shard is cut between two neighbours, the leg that stays becomes a transfer with
    another bank: nothing may point at a customer who is not there.
    """
    partner = np.maximum(money.partner, 0)
    there = (money.partner >= 0) & (whole.owner[partner] < shard.customers)
    return np.where(there, whole.account[partner], -1)


def _transfer_ids(money: Movements, key: Int, own: Int) -> Int:
    """Both legs carry the key of the leg that pays; `key` is of the whole ledger."""
    return np.where(money.kind == LEG_IN, key[np.maximum(money.partner, 0)], own)


def _counterparties(shard: Shard, far: Int) -> object:
    import pyarrow as pa

    numbers = text.text(account_numbers(shard))
    return numbers.take(pa.array(far, mask=far < 0))


def _tellers(shard: Shard, money: Movements) -> tuple[Int, Int]:
    """Who did it by hand (employee_id), and at which branch; -1 where it was no branch."""
    run, a = shard.run, accounts(shard)
    employee = np.zeros(len(money.account), dtype=np.int64)
    manned = np.flatnonzero(money.manned)
    day = money.transaction_date[manned].astype("datetime64[D]")
    draw = stream(run.seed, "transactions.teller").uniform(money.place[manned])
    employee[manned] = staff(run).tellers(a.branch[money.account[manned]], day, draw)
    home = np.where(money.manned, staff(run).branch[np.maximum(employee - 1, 0)], -1)
    branch = np.where(home >= 0, home, a.branch[money.account])
    return employee, np.where(money.channel == BRANCH, branch, -1)


TABLE = Table(
    name="transactions",
    phase=2,
    key="transaction_id",
    columns=(
        Column("transaction_id", "bigint"),
        Column("account_id", "bigint"),
        Column("transaction_type", "text"),
        Column("amount", "numeric(15,2)"),
        Column("balance_after", "numeric(15,2)"),
        Column("transaction_date", "timestamptz"),
        Column("description", "text"),
        Column("channel", "text"),
        Column("branch_code", "text", null=True),
        Column("processed_by", "bigint", null=True),
        Column("counterparty_account", "text", null=True),
        Column("transfer_id", "bigint", null=True),
        Column("merchant_name", "text", null=True),
        Column("mcc", "text", null=True),
        Column("category", "text", null=True),
    ),
    expected=expected_transactions,
    rows=transaction_rows,
    slices=transaction_slices,
    stride=TRANSACTION_KEYS,
    strides=transaction_keys,
)
