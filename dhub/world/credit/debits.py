"""Takes loans with the account each is linked to, gives which are on direct debit, and the limits
of what may be booked to an account for them.

Direct debit needs an account that moves until the last instalment, is no health savings account
(26 U.S.C. 223), and can hold several instalments at once.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.draw.choice import chosen
from dhub.model import Run, Shard
from dhub.profiles import Profile
from dhub.world.accounts import CHECKING, FROZEN, HSA, TYPES, accounts
from dhub.world.calendar import DAY

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

# Of what an account of its type may hold, the most that one debit or credit comes to, where the
# spending cap allows as much (assumed): nobody lives with an account that is emptied every month.
_AT_ONCE = 0.16
_NOW_AND_THEN = 0.35
_OF_CAP = 0.6


@lru_cache(maxsize=16)
def most_debited(profile: Profile, once: bool = False) -> Int:
    """Cents that an account of each type can pay every month, or `once`: as a payment or, where it
    is more than a payment may be, as a transfer out."""
    t = profile.transactions
    part = _NOW_AND_THEN if once else _AT_ONCE
    part = min(part, float(t.spending_cap) * (_OF_CAP + 0.2 * once))
    ranges = max(t.amount["payment"].cents[1], t.amount["transfer_out"].cents[1])
    return np.minimum(_ceilings(profile, part), ranges)


@lru_cache(maxsize=16)
def most_credited(profile: Profile) -> Int:
    """Cents that an account of each type can receive at once, as a deposit or a transfer in."""
    t = profile.transactions
    ranges = max(t.amount["deposit"].cents[1], t.amount["transfer_in"].cents[1])
    return np.minimum(_ceilings(profile, _NOW_AND_THEN), ranges)


def _ceilings(profile: Profile, part: float) -> Int:
    most = np.array([profile.accounts.balance[name].cents[1] for name in TYPES])
    return np.floor(most * part).astype(np.int64)


def can_book(run: Run, index: int, account: Int, day: Days) -> Bools:
    """Whether each account (-1 for none) of a shard is one that loans and policies are booked to,
    and moves until each day."""
    a, row = accounts(Shard(run, index)), np.maximum(account, 0)
    last = a.last_day[row] - np.where(np.isnat(a.closed_date[row]), 0, 1) * DAY
    plain = (a.account_type[row] != HSA) & (a.status[row] != FROZEN)
    return np.asarray((account >= 0) & plain & (day >= a.first_day[row]) & (day <= last))


def direct_debits(run: Run, index: int, account: Int, instalment: Int, last: Days) -> Bools:
    """Which loans are on direct debit: the profile's share of those with an account.

    `last` is the last day on which one can be paid so far.
    """
    a = accounts(Shard(run, index))
    kind = a.account_type[np.maximum(account, 0)]
    able = can_book(run, index, account, np.maximum(last, a.first_day[np.maximum(account, 0)]))
    able &= instalment <= most_debited(run.profile)[kind]
    linked = np.flatnonzero(account >= 0)
    draw = stream(run.seed, f"credit.autopay.{index}")
    out = np.zeros(len(account), dtype=bool)
    lean = 0.5 * (kind[linked] == CHECKING)
    out[linked] = chosen(draw, run.profile.loans.autopay, able[linked], score=lean)
    return out
