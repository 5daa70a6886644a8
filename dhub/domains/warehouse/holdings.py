"""Takes a shard, gives all that customers hold, of all classes: each with its key and its product.

A customer has 64 slots, some for each class, so that keys are arithmetic: those of an account or a
booking follow from the customer and its number there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.errors import Fault
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.world.accounts import MOST_ACCOUNTS, accounts
from dhub.world.cover import policies
from dhub.world.cover.kinds import MOST_POLICIES
from dhub.world.credit import loans
from dhub.world.credit.applicants import MOST_APPLICATIONS
from dhub.world.star.cards import card_accounts
from dhub.world.star.certificates import certificates
from dhub.world.star.products import (
    CARD,
    CASA,
    CD,
    CLASSES,
    INSURANCE,
    LOAN,
    SECURITIES,
    first_of_class,
    of_accounts,
    of_loans,
    of_policies,
)
from dhub.world.star.securities import securities

Int = NDArray[np.int64]

SLOTS = 64  # of a customer
ACCOUNT_KEYS = SHARD_CUSTOMERS * SLOTS  # set aside for a shard
_MOST = {CASA: MOST_ACCOUNTS, LOAN: MOST_APPLICATIONS, INSURANCE: MOST_POLICIES, CARD: 10, CD: 10,
         SECURITIES: 10}  # fmt: skip


def _first_slots() -> dict[int, int]:
    """The first slot of each class."""
    sizes = list(_MOST.values())
    return {kind: sum(sizes[:number]) for number, kind in enumerate(_MOST)}


FIRST_SLOT = _first_slots()
assert sum(_MOST.values()) <= SLOTS


@dataclass(frozen=True)
class Holdings:
    """All accounts of a whole shard, ordered by owner, then by slot."""

    owner: Int  # customer within the shard
    slot: Int  # owner · SLOTS + the number there
    kind: Int  # index into CLASSES
    row: Int  # in the arrays of its class
    product: Int  # product_key

    def key(self, index: int) -> Int:
        """account_key of each in the shard of an index."""
        return account_keys(index, self.slot)


def account_keys(index: int, slot: Int) -> Int:
    """The keys of slots in the shard of an index."""
    return 1 + (index - 1) * ACCOUNT_KEYS + slot


def slots(kind: int, owner: Int) -> Int:
    """The slots of accounts of a class whose owners are ascending: one after the other."""
    number = np.arange(len(owner)) - np.searchsorted(owner, owner)
    if len(number) and int(number.max()) >= _MOST[kind]:
        raise Fault(f"a customer has more than {_MOST[kind]} accounts of class {CLASSES[kind]}")
    return owner * SLOTS + FIRST_SLOT[kind] + number


@of_shard()
def holdings(run: Run, index: int) -> Holdings:
    """What the customers of a shard hold."""
    shard = Shard(run, index)
    owners = owners_by_class(shard)
    product = _products(shard)
    kind = np.repeat(list(owners), [len(owner) for owner in owners.values()])
    owner = np.concatenate(list(owners.values()))
    slot = np.concatenate([slots(kind, owner) for kind, owner in owners.items()])
    row = np.concatenate([np.arange(len(owner)) for owner in owners.values()])
    order = np.argsort(slot, kind="stable")
    bought = np.concatenate([product[kind] for kind in owners])
    return Holdings(owner[order], slot[order], kind[order], row[order], bought[order])


def owners_by_class(shard: Shard) -> dict[int, Int]:
    """Owner of each account, class by class in the order of slots."""
    return {
        CASA: accounts(shard).owner,
        LOAN: loans(shard).owner,
        INSURANCE: policies(shard).owner,
        CARD: card_accounts(shard).owner,
        CD: certificates(shard).owner,
        SECURITIES: securities(shard).owner,
    }


def _products(shard: Shard) -> dict[int, Int]:
    """product_key of each account, class by class."""
    first = first_of_class(shard.run)
    return {
        CASA: of_accounts(shard),
        LOAN: of_loans(shard),
        INSURANCE: of_policies(shard),
        CARD: 1 + first[CARD] + card_accounts(shard).product,
        CD: 1 + first[CD] + certificates(shard).term,
        SECURITIES: 1 + first[SECURITIES] + securities(shard).product,
    }


def position(held: Holdings, kind: int) -> Int:
    """The position among the holdings of each account of a class, in the order of its rows."""
    where = np.flatnonzero(held.kind == kind)
    found = np.empty_like(where)
    found[held.row[where]] = where
    return found
