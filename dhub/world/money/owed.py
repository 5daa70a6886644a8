"""Takes the obligations of a shard and what its accounts list, gives the rows that the ledger books
for them. What an account owes has its day and its amount: the rest of its rows fits itself to that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, stream, within
from dhub.model import Run
from dhub.world.accounts import Accounts
from dhub.world.calendar import is_business
from dhub.world.money.channels import ACH, ONLINE
from dhub.world.money.kinds import BILL, CARD, DEPOSIT, DUE, DUE_OUT, GRANT, GRANT_IN, IN, OUT, OWN
from dhub.world.obligations import Obligations

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]

_NUMBERED_FROM = 100  # among the children of an account; its own movements come before
_ACH_FROM, _ONLINE_FROM, _HOURS = 8, 14, 7  # hours in UTC that lie in one day there and here
_BILLED = 0.35  # of payments that make room are bills, as of all (see kinds)


@dataclass(frozen=True)
class Owed:
    """What is due of each account from its first listed day on."""

    kind: Int  # by obligation: DUE, DUE_OUT, GRANT or GRANT_IN
    rows: Int  # by account
    net: Int  # by account: cents that go out, less those that come in
    granted: Int  # by account: cents that come in
    by_kind: Int  # of the whole shard, by OWN kind whose share of the mix they take

    @staticmethod
    def of(due: Obligations, since: Days) -> Owed:
        kind = np.where(
            due.credit,
            np.where(due.transfer, GRANT_IN, GRANT),
            np.where(due.transfer, DUE_OUT, DUE),
        )
        listed = due.day >= since[due.account]
        signed = np.where(due.credit, -due.amount, due.amount)[listed]
        accounts, some = due.account[listed], kind[listed]
        taken = np.zeros(OWN, dtype=np.int64)
        taken[OUT], taken[DEPOSIT], taken[IN] = (
            int((some == k).sum()) for k in (DUE_OUT, GRANT, GRANT_IN)
        )
        payments = int((some == DUE).sum())
        taken[BILL] = round(payments * _BILLED)
        taken[CARD] = payments - taken[BILL]
        net = np.zeros(len(since), dtype=np.int64)
        np.add.at(net, accounts, signed)
        granted = np.zeros_like(net)
        np.add.at(granted, accounts, np.maximum(-signed, 0))
        return Owed(kind, np.bincount(accounts, minlength=len(since)), net, granted, taken)


@dataclass(frozen=True)
class Bookings:
    """The rows of a ledger that book obligations, one element each."""

    pays: Int  # row of `obligations`
    place: Int
    channel: Int
    instant: Instants


def bookings(run: Run, a: Accounts, due: Obligations, since: Days) -> Bookings:
    """The obligations from each account's first listed day on.

    By the clearing house, which rests on weekends; what falls on one is paid online.
    """
    pays = np.flatnonzero(due.day >= since[due.account])
    account, day = due.account[pays], due.day[pays]
    place = child(
        a.place[account], _NUMBERED_FROM + within(np.bincount(account, minlength=len(since)))
    )
    works = is_business(day)
    second = stream(run.seed, "money.owed").below(place, _HOURS * 3600)
    start = np.where(works, _ACH_FROM, _ONLINE_FROM)
    at = day.astype("datetime64[us]").astype(np.int64) // 1_000_000 + start * 3600 + second
    instant = (at * 1_000_000).astype("datetime64[us]")
    return Bookings(pays, place, np.where(works, ACH, ONLINE), instant)
