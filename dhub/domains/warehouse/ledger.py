"""Takes a shard, gives the keys of all bookings, and those that accounts of the star alone have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.domains.warehouse.holdings import ACCOUNT_KEYS, owners_by_class, slots
from dhub.draw import within
from dhub.errors import Fault
from dhub.memo import of_shard
from dhub.model import Run, Shard
from dhub.world.accounts import accounts
from dhub.world.ledger import movements
from dhub.world.money.channels import ACH, BRANCH, ONLINE
from dhub.world.money.kinds import TYPES as LEDGER_TYPES
from dhub.world.star.cards import KINDS as CARD_KINDS
from dhub.world.star.cards import card_accounts, card_rows
from dhub.world.star.certificates import KINDS as CERTIFICATE_KINDS
from dhub.world.star.certificates import certificate_rows
from dhub.world.star.products import CARD, CASA, CD, SECURITIES
from dhub.world.star.securities import KINDS as SECURITY_KINDS
from dhub.world.star.securities import security_rows

Int = NDArray[np.int64]
Instants = NDArray[np.datetime64]

MOST_ROWS = 1 << 14  # of an account: the width of its slot in the key space
BOOKING_KEYS = ACCOUNT_KEYS * MOST_ROWS  # set aside for a shard
TYPES = tuple(dict.fromkeys((*LEDGER_TYPES, *CARD_KINDS, *CERTIFICATE_KINDS, *SECURITY_KINDS)))
# What a booking adds to the balance as it is stated: of a debt that is what is owed.
_ADDS = {"deposit", "salary", "interest", "transfer_in", "purchase", "card_interest", "card_fee",
         "buy"}  # fmt: skip
SIGN = np.array([1 if name in _ADDS else -1 for name in TYPES])
NONE = -1


@dataclass(frozen=True)
class Booked:
    """Bookings on accounts that no database has, of a whole shard, in the order of their keys."""

    owner: Int  # customer within the shard
    kind: Int  # class of the account
    account: Int  # row of the accounts of the class
    slot: Int
    key: Int  # of the booking within the shard, from 0
    at: Instants
    type: Int  # index into TYPES
    amount: Int
    balance: Int
    merchant: Int  # -1 for none
    channel: Int
    payment: Int  # row of the ledger's movement that paid it, -1 for none


def booking_keys(index: int, key: Int) -> Int:
    """transaction_key of bookings in the shard of an index."""
    return 1 + (index - 1) * BOOKING_KEYS + key


@of_shard()
def ledger_keys(run: Run, index: int) -> Int:
    """The key within the shard of each movement of its ledger."""
    shard = Shard(run, index)
    account = movements(shard).account
    slot = slots(CASA, accounts(shard).owner)
    return _numbered(account, slot)


def _numbered(account: Int, slot: Int) -> Int:
    """Keys of bookings that are in the order of their accounts and of time."""
    number = within(np.bincount(account, minlength=1)) if len(account) else account
    if len(number) and int(number.max()) >= MOST_ROWS:
        raise Fault(f"an account has more than {MOST_ROWS:,} bookings")
    return np.asarray(slot[account] * MOST_ROWS + number)


@of_shard()
def booked(run: Run, index: int) -> Booked:
    """What is booked on cards, certificates and securities."""
    shard = Shard(run, index)
    owners = owners_by_class(shard)
    parts = [_on_cards(shard, owners[CARD]), _on(shard, CD, owners[CD]),
             _on(shard, SECURITIES, owners[SECURITIES])]  # fmt: skip
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(whole["key"], kind="stable")
    return Booked(**{name: values[order] for name, values in whole.items()})


def _on_cards(shard: Shard, owner: Int) -> dict[str, Int]:
    rows, held, slot = card_rows(shard), card_accounts(shard), slots(CARD, owner)
    type_ = np.array([TYPES.index(name) for name in CARD_KINDS])[rows.kind]
    change = SIGN[type_] * rows.amount
    total = np.cumsum(change)
    first = np.searchsorted(rows.card, rows.card)
    balance = held.opening_balance[rows.card] + total - np.append(0, total)[first]
    return {
        "owner": owner[rows.card], "kind": np.full(len(rows), CARD), "account": rows.card,
        "slot": slot[rows.card], "key": _numbered(rows.card, slot), "at": rows.at, "type": type_,
        "amount": rows.amount, "balance": balance, "merchant": rows.merchant,
        "channel": rows.channel, "payment": rows.payment,
    }  # fmt: skip


def _on(shard: Shard, kind: int, owner: Int) -> dict[str, Int]:
    """Of certificates and securities: what people do at a counter or online, and what the bank
    does."""
    rows = certificate_rows(shard) if kind == CD else security_rows(shard)
    names, slot = CERTIFICATE_KINDS if kind == CD else SECURITY_KINDS, slots(kind, owner)
    by_kind = (BRANCH, ACH, ACH) if kind == CD else (ONLINE, ONLINE)
    n, account = len(rows.account), rows.account
    return {
        "owner": owner[account], "kind": np.full(n, kind), "account": account,
        "slot": slot[account], "key": _numbered(account, slot), "at": rows.at,
        "type": np.array([TYPES.index(name) for name in names])[rows.kind],
        "amount": rows.amount, "balance": rows.balance, "merchant": np.full(n, NONE),
        "channel": np.array(by_kind)[rows.kind], "payment": np.full(n, NONE),
    }  # fmt: skip
