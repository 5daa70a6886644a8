"""Takes a shard, gives its credit cards as accounts of the bank, and what is booked on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.model import Shard

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

KINDS = ("purchase", "card_interest", "card_fee", "card_payment", "refund")
PURCHASE, INTEREST, FEE, PAYMENT, REFUND = range(len(KINDS))


@dataclass(frozen=True)
class CardAccounts:
    """The cards of a whole shard, ordered by owner, then by number; money owed, in cents."""

    owner: Int  # customer within the shard
    place: Int
    product: Int  # index into the cards of the list of products
    limit: Int
    opened_date: Days
    closed_date: Days  # NaT while open
    opening_balance: Int
    current_balance: Int
    apr: Float  # percent a year

    def __len__(self) -> int:
        return len(self.owner)


@dataclass(frozen=True)
class CardRows:
    """What is booked on the cards of a whole shard, ordered by card, then by time."""

    card: Int  # row of CardAccounts
    at: Instants  # [us], UTC
    kind: Int  # index into KINDS
    amount: Int  # cents, above 0
    merchant: Int  # index into merchant_names(), -1 for none
    channel: Int  # index into money.channels.CHANNELS
    place: Int  # the address of the event
    payment: Int  # row of the ledger's movement that paid it, -1 for none

    def __len__(self) -> int:
        return len(self.card)


def card_accounts(shard: Shard) -> CardAccounts:
    """The cards of a shard's customers; none where the profile has no section `cards`."""
    none, never = np.zeros(0, dtype=np.int64), np.zeros(0, dtype="datetime64[D]")
    return CardAccounts(none, none, none, none, never, never, none, none, none.astype(np.float64))


def card_rows(shard: Shard) -> CardRows:
    """What is booked on the cards of a shard."""
    none = np.zeros(0, dtype=np.int64)
    return CardRows(none, none.astype("datetime64[us]"), *(none,) * 6)
