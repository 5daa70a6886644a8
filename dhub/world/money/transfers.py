"""Takes scheduled transfers, gives the internal ones: which account each pays, inside the bank.

Both ends lie among ten neighbouring customers, so that a small bank is the beginning of a large
one. An account either pays or is paid: the payers' balances can then be worked out first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream, within
from dhub.model import Run
from dhub.world.accounts import CHECKING, USD, Accounts
from dhub.world.calendar import DAY
from dhub.world.money.counts import MOST_IN_LEGS, PAYS, can_receive
from dhub.world.money.kinds import OUT, in_leg_share
from dhub.world.money.schedule import Rows
from dhub.world.people import People

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

NEIGHBOURS = 10  # customers; SHARD_CUSTOMERS is a multiple of it


def internal_rows(
    run: Run, index: int, who: People, a: Accounts, habit: Int, rows: Rows, day: Days,
    paid: NDArray[np.bool_], owes: Int, since: Days,
) -> tuple[Int, Int]:  # fmt: skip
    """Rows that are out-legs of internal transfers, and the account each of them pays.

    Who is `paid` a salary passes it on to an account that can hold it. Nothing arrives before an
    account that `owes` so many bookings lists them, which is `since` a day.
    """
    total = np.bincount(rows.account, minlength=len(owes)) + owes
    out = np.flatnonzero((rows.kind == OUT) & (rows.payee == 0) & (rows.seq < MOST_IN_LEGS))
    out = out[(habit[rows.account[out]] == PAYS) & (a.currency[rows.account[out]] == USD)]
    receiver = _pairs(who, a, np.unique(rows.account[out]), can_receive(who, a, habit, total))
    far = receiver[rows.account[out]]
    # Two days may yet go: a clearing house that rests moves a transfer to a business day.
    begins = np.where(owes > 0, since, a.first_day)
    early = (far >= 0) & (begins[far] > day[out] - 2 * DAY)
    small = paid[rows.account[out]] & (a.account_type[far] == CHECKING)
    refused = np.bincount(rows.account[out], early | small, len(receiver)) > 0
    out = out[(far >= 0) & ~refused[rows.account[out]]]
    out = _as_many_as_asked(run, index, rows, out, int(owes.sum()))
    return out, receiver[rows.account[out]]


def most_of_legs(ceiling: Int, granted: Int, receiver: Int) -> Int:
    """The most each in-leg may bring: together with what loans and policies pay out, three fifths
    of what their account may hold."""
    legs = np.bincount(receiver, minlength=len(ceiling))
    room = np.maximum(ceiling * 3 // 5 - granted, 0)
    return np.asarray(room[receiver] // legs[receiver], dtype=np.int64)


def _pairs(who: People, a: Accounts, payers: Int, receives: NDArray[np.bool_]) -> Int:
    """For each account the one it pays, -1 for none: its owner's own first, else a neighbour's."""
    receiver = np.full(len(a.owner), -1)
    able = np.flatnonzero(receives)
    own, mine, yours = np.intersect1d(a.owner[payers], a.owner[able], return_indices=True)
    receiver[payers[mine]] = able[yours]
    payers = np.delete(payers, mine)
    able = np.delete(able, yours)
    left, right = (_turn(who, a, payers), _turn(who, a, able))
    _, mine, yours = np.intersect1d(left, right, return_indices=True)
    receiver[payers[mine]] = able[yours]
    return receiver


def _turn(who: People, a: Accounts, some: Int) -> Int:
    """A number that names the neighbourhood and the turn within it."""
    block = who.place[a.owner[some]] // NEIGHBOURS
    _, counts = np.unique(block, return_counts=True)
    return np.asarray(block * 1024 + within(counts), dtype=np.int64)


def _as_many_as_asked(run: Run, index: int, rows: Rows, out: Int, others: int) -> Int:
    """Keep whole payers, in random order, until the profile's share of transfers is internal.

    A share of all movements, which the legs themselves are among.
    """
    share = in_leg_share(run.profile)
    wanted = share / (1 - share) * (len(rows.kind) + others)
    payer, counts = np.unique(rows.account[out], return_counts=True)
    turn = np.argsort(stream(run.seed, f"money.internal.{index}").uniform(payer), kind="stable")
    enough = np.cumsum(counts[turn]) - counts[turn] / 2 <= wanted  # the last as often in as out
    kept = np.zeros(int(rows.account.max(initial=0)) + 1, dtype=bool)
    kept[payer[turn[enough]]] = True
    return out[kept[rows.account[out]]]
