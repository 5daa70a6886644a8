"""The events of lives, in columns: what somebody wishes to move, when, and what for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

NOBODY = -1
# How an event is booked. OWED, EARNED: in full, always. WISHED: if the money is there. TOP_UP: what
# is lacking for what is owed tomorrow. SWEPT: what is above the comfortable level. ACCRUED: by the
# daily balances. CHARGED: a fee, if the balance was below `mark`. AFTER: if the event before it
# was booked. PAID_OUT: all.
OWED, EARNED, WISHED, TOP_UP, SWEPT, ACCRUED, CHARGED, AFTER, PAID_OUT = range(9)


@dataclass(frozen=True)
class Events:
    """One element an event; `account` and `other` are rows of `accounts`, money is in cents."""

    account: Int
    other: Int  # the account inside the bank that gets or gives it, -1 for none
    way: Int
    wish: Int
    mark: Int  # of SWEPT the comfortable level, of CHARGED the balance below which it is charged
    at: Instants  # [us], UTC
    kind: Int  # of money.kinds
    shop: Int  # index into merchants.NAMES, -1 for none
    merchant: Int  # index into merchant_names(), -1 for none
    payee: Int  # the stream's number in its account
    channel: Int
    purpose: Int  # index into PURPOSES
    pays: Int  # row of `obligations`, -1 for what none states
    place: Int  # the address

    def __len__(self) -> int:
        return len(self.account)

    def take(self, rows: Int) -> Events:
        """Some of the events."""
        return Events(*(getattr(self, f.name)[rows] for f in fields(self)))


def events(
    account: Int, at: Instants, place: Int, *, way: int, wish: Int | int, kind: Int | int,
    payee: Int | int, channel: Int | int, other: Int | int = NOBODY, mark: Int | int = 0,
    shop: Int | int = NOBODY, merchant: Int | int = NOBODY, purpose: Int | int = 0,
    pays: Int | int = NOBODY,
) -> Events:  # fmt: skip
    """Events of accounts; what is one number is that of all."""
    n = len(account)

    def of_all(value: Int | int) -> Int:
        return np.broadcast_to(np.asarray(value, dtype=np.int64), n)

    return Events(
        account, of_all(other), of_all(way), of_all(wish), of_all(mark),
        at.astype("datetime64[us]"), of_all(kind), of_all(shop), of_all(merchant), of_all(payee),
        of_all(channel), of_all(purpose), of_all(pays), place,
    )  # fmt: skip


def together(some: Sequence[Events]) -> Events:
    """All events of several streams, one stream after the other."""
    return Events(*(
        np.concatenate([getattr(part, f.name) for part in some]) for f in fields(Events)
    ))  # fmt: skip
