"""Takes a shard and a slice of its customers, gives what every stream of their lives reads.

A slice is a fixed number of customers, so that a shard's ledger needs little memory at once; who
belongs together (ten neighbours) is in one slice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.world.accounts import (
    ACTIVE,
    CHECKING,
    MONEY_MARKET,
    SAVINGS,
    TYPES,
    USD,
    Accounts,
    accounts,
)
from dhub.world.calendar import DAY
from dhub.world.income import Incomes, incomes
from dhub.world.life.booking import Terms
from dhub.world.life.personas import Habits, habits, life_of
from dhub.world.people import People, people
from dhub.world.personas import told_since
from dhub.world.places import zone_of_branch

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

SLICE = 500  # customers: the least memory for which numpy's cost a call still vanishes
NONE = -1
# An event's address: its account, its stream, its period since 1970, its number within that.
# With those of accounts, 36 bits in whatever block, these are 63 bits.
_CODES, _PERIODS, _NUMBERS = 6, 16, 5
MOST_CODES, MOST_NUMBERS = 1 << _CODES, 1 << _NUMBERS


@dataclass(frozen=True)
class Scene:
    """Facts of a shard, and which of its customers and accounts this slice is about."""

    run: Run
    index: int
    who: People
    a: Accounts
    earns: Incomes
    habits: Habits
    customers: Int  # rows of `who` in the slice
    checking: Int  # by customer of the shard: row of the first checking account, -1 for none
    savings: Int  # by customer: row of an account to save in, -1 for none
    main: Bools  # by customer: the checking account gets the pay
    start: Days  # by account: first day of the ledger
    end: Days  # by account: last day with movements of its own
    zone: Int  # by account: index into clock.ZONES

    @property
    def holders(self) -> Int:
        """Customers of the slice with a checking account."""
        return self.customers[self.checking[self.customers] >= 0]

    def typed(self, *kinds: int) -> Int:
        """Accounts of the slice that are of some types."""
        first, last = self.customers[0], self.customers[-1]
        mine = (self.a.owner >= first) & (self.a.owner <= last)
        return np.flatnonzero(mine & np.isin(self.a.account_type, kinds))

    @property
    def terms(self) -> Terms:
        """What every account must keep, may hold and earns."""
        said, kind = self.run.profile.accounts, self.a.account_type
        low, high = (np.array([said.balance[name].cents[end] for name in TYPES]) for end in (0, 1))
        rate = np.array([round(said.apy[name] * 10_000) for name in TYPES])
        began = self.start.astype("datetime64[D]").astype(np.int64)
        return Terms(low[kind], high[kind], rate[kind], began)


def address(account_place: Int, code: Int | int, period: Int, number: Int | int = 0) -> Int:
    """The place of an event: of a stream's period, never of its turn."""
    stream_place = (account_place << _CODES) | code
    return np.asarray(((stream_place << _PERIODS) | period) << _NUMBERS | number)


def beside(place: Int, code: int) -> Int:
    """The address of the same period and number in another stream of the account."""
    stream_bits = _PERIODS + _NUMBERS
    own = place >> (stream_bits + _CODES) << _CODES
    return np.asarray((own | code) << stream_bits | (place & ((1 << stream_bits) - 1)))


def slices() -> range:
    """The first customer of each slice of a shard."""
    return range(0, SHARD_CUSTOMERS, SLICE)


def scene(run: Run, index: int, first: int) -> Scene:
    """The slice of a shard that begins with a customer."""
    shard = Shard(run, index)
    who, a = people(shard), accounts(shard)
    checking = _first_of(a, CHECKING)
    savings = _first_of(a, SAVINGS)
    savings = np.where(savings >= 0, savings, _first_of(a, MONEY_MARKET))
    main = stream(run.seed, "life.main").chance(who.place, life_of(run).main)
    return Scene(
        run, index, who, a, incomes(shard), habits(shard),
        np.arange(first, first + SLICE), checking, savings, main & (checking >= 0),
        *_times(run, a), zone_of_branch()[a.branch],
    )  # fmt: skip


def _first_of(a: Accounts, kind: int) -> Int:
    """The first account in dollars of a type of each customer; of an account to save in, open."""
    fit = (a.account_type == kind) & (a.currency == USD)
    if kind != CHECKING:
        fit &= a.status == ACTIVE
    rows = np.flatnonzero(fit)
    found = np.full(SHARD_CUSTOMERS, NONE)
    found[a.owner[rows[::-1]]] = rows[::-1]
    return found


def _times(run: Run, a: Accounts) -> tuple[Days, Days]:
    """First and last day of each account's own movements that is told."""
    began = told_since(run)
    last = a.last_day - np.where(np.isnat(a.closed_date), 0, 1) * DAY
    return np.maximum(a.first_day, began), last
