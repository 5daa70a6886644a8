"""Takes a shard, gives pages of its statements: the ledger with its texts, tellers and far ends.

Texts take ten times the ledger's memory, so a page is some customers; a page that is asked for
twice in a row is made once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Shard
from dhub.world.accounts import accounts
from dhub.world.ledger import Movements, movements, transaction_ids
from dhub.world.money.channels import BRANCH
from dhub.world.money.kinds import LEG_IN
from dhub.world.staff import staff
from dhub.world.wording import descriptions

Int = NDArray[np.int64]

_PAGE_ROWS = 60_000  # about: of them some 25 MB of columns and texts


@dataclass(frozen=True)
class Statement:
    """Movements of some customers, with what is said of them."""

    money: Movements
    key: Int
    far: Int  # account at the other end of an internal transfer, -1 for none
    transfer: Int  # key of the leg that pays, of use where there is a far end
    employee: Int  # who did it by hand (employee_id)
    branch: Int  # where it was done, -1 for no branch
    description: object


def pages(shard: Shard) -> Iterator[tuple[int, int]]:
    """First row of each page and the one behind its last, in the order of customers."""
    first = np.searchsorted(movements(shard).owner, page_owners(shard))
    yield from pairwise(first.tolist())
    statement.cache_clear()  # a page holds the ledger it is cut from, another shard has its own


def page_owners(shard: Shard) -> Int:
    """The customer within the shard with whom each page begins, and one behind the last."""
    parts = max(1, -(-len(movements(shard).owner) // _PAGE_ROWS))
    return np.arange(parts + 1) * SHARD_CUSTOMERS // parts


@of_shard()
def statement(shard: Shard, low: int, high: int) -> Statement:
    """The rows of the ledger from `low` up to `high`."""
    part, whole, key = slice(low, high), movements(shard), transaction_ids(shard)
    money = whole.part(part)
    far = _far_ends(shard, whole, money)
    employee, branch = _tellers(shard, money)
    said = descriptions(shard, money, far, branch)
    return Statement(
        money, key[part], far, _transfer_ids(money, key, key[part]), employee, branch, said
    )


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
