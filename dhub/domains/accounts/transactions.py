"""Takes a shard, gives the rows of `transactions`: the ledger with its texts and its tellers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import text
from dhub.model import Coded, Column, Maybe, Rows, Shard, Table
from dhub.world.account_numbers import account_numbers
from dhub.world.accounts import accounts
from dhub.world.ledger import (
    Movements,
    expected_transactions,
    movements,
    transaction_keys,
)
from dhub.world.merchants import CATEGORIES, costs, mcc_of_merchant, merchant_names
from dhub.world.money.channels import CHANNELS
from dhub.world.money.kinds import TYPES
from dhub.world.money.movements import TRANSACTION_KEYS
from dhub.world.personas import kinds
from dhub.world.places import branch_codes
from dhub.world.star.merchants import STAR_CATEGORIES, star_mcc
from dhub.world.statements import pages, statement

Int = NDArray[np.int64]


def transaction_rows(shard: Shard) -> Rows:
    """The movements of all accounts, ordered by account and time."""
    return _rows(shard, 0, len(movements(shard).owner))


def transaction_slices(shard: Shard) -> Iterator[Rows]:
    """The same rows, some customers at a time: their texts take ten times the ledger's memory."""
    for low, high in pages(shard):
        yield _rows(shard, low, high)


def _rows(shard: Shard, low: int, high: int) -> Rows:
    page, known = statement(shard, low, high), bool(kinds(shard.run))
    money = page.money
    columns = {
        "transaction_id": page.key,
        "account_id": accounts(shard).account_id[money.account],
        "transaction_type": Coded(money.transaction_type, TYPES),
        "amount": money.amount,
        "balance_after": money.balance_after,
        "transaction_date": money.transaction_date,
        "description": page.description,
        "channel": Coded(money.channel, CHANNELS),
        "branch_code": Coded(page.branch, branch_codes(shard.run)),
        "processed_by": Maybe(page.employee, money.manned),
        "counterparty_account": _counterparties(shard, page.far),
        "transfer_id": Maybe(page.transfer, page.far >= 0),
        "merchant_name": Coded(money.merchant, merchant_names()),
        "mcc": Coded(_mcc(money, known), mcc_codes(known)[0]),
        "category": Coded(_categories(money), STAR_CATEGORIES if known else CATEGORIES),
    }
    return Rows(columns, money.owner)


def _mcc(money: Movements, known: bool) -> Int:
    return np.where(money.merchant >= 0, mcc_codes(known)[1][np.maximum(money.merchant, 0)], -1)


@lru_cache(maxsize=2)
def mcc_codes(known: bool) -> tuple[tuple[str, ...], Int]:
    """The merchant category codes in use, and which of them each merchant has: only `known` to the
    warehouse in a bank of personas, some more in the others, which keep their bytes."""
    of_all = star_mcc() if known else mcc_of_merchant()
    codes, of_merchant = np.unique(of_all, return_inverse=True)
    return tuple(f"{code:04}" for code in codes), of_merchant


def _categories(money: Movements) -> Int:
    return np.where(money.shop >= 0, costs().category[np.maximum(money.shop, 0)], -1)


def _counterparties(shard: Shard, far: Int) -> object:
    import pyarrow as pa

    numbers = text.text(account_numbers(shard))
    return numbers.take(pa.array(far, mask=far < 0))


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
