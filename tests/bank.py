"""What the tests of facts and rows share: runs of many kinds, and a ledger with what it implies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.profiles import load_profile
from dhub.world.accounts import TYPES as ACCOUNT_TYPES
from dhub.world.accounts import Accounts, accounts
from dhub.world.money import Movements, movements
from dhub.world.money.kinds import CREDIT
from dhub.world.people import People, people

DAY = np.timedelta64(1, "D")
PROFILES = ("guide", "requirements")
PREFIXES = (60, 120, 600, 1200, 2000)
AS_OF = dt.date(2026, 11, 20)
# A leap day, a Monday holiday, the first and the last day of a year, a Sunday, long ago.
DAYS = (
    AS_OF,
    dt.date(2024, 2, 29),
    dt.date(2025, 5, 26),
    dt.date(2023, 1, 1),
    dt.date(2020, 12, 31),
    dt.date(2026, 7, 5),
    dt.date(2004, 3, 1),
)


@lru_cache(maxsize=8)
def profile(name: str):
    return load_profile(name)


def run(seed: int = 42, name: str = "guide", as_of: dt.date = AS_OF, employees: int = 150) -> Run:
    return Run(seed, profile(name), as_of, employees)


def months(days: np.ndarray, count: int) -> np.ndarray:
    """The same day `count` months later, or the last day of that month (PostgreSQL's rule)."""
    month = days.astype("datetime64[M]")
    into = (days - month.astype("datetime64[D]")).astype(int)
    there = month + np.timedelta64(count, "M")
    later = there.astype("datetime64[D]")
    length = ((there + np.timedelta64(1, "M")).astype("datetime64[D]") - later).astype(int)
    return later + np.minimum(into, length - 1)


def furthest(codes: np.ndarray, weights) -> float:
    """How many rows the worst category is off."""
    due = len(codes) * np.asarray(weights, dtype=float)
    return float(abs(np.bincount(codes, minlength=len(due)) - due).max())


@dataclass(frozen=True)
class Ledger:
    """A shard's facts side by side, and what follows from them; amounts in cents."""

    shard: Shard
    who: People
    a: Accounts
    m: Movements

    @staticmethod
    @lru_cache(maxsize=64)
    def of(run: Run, index: int = 1) -> Ledger:
        shard = Shard(run, index)
        return Ledger(shard, people(shard), accounts(shard), movements(shard))

    def __hash__(self) -> int:
        return id(self)

    @property
    def run(self) -> Run:
        return self.shard.run

    @cached_property
    def credit(self) -> np.ndarray:
        return CREDIT[self.m.kind]

    @cached_property
    def signed(self) -> np.ndarray:
        return np.where(self.credit, self.m.amount, -self.m.amount)

    @cached_property
    def before(self) -> np.ndarray:
        """The balance before each movement, from the sum of those before it."""
        running = np.cumsum(self.signed)
        first = np.cumsum(self.count) - self.count
        brought = np.r_[0, running][first]
        return (self.m.opening_balance - brought)[self.m.account] + running - self.signed

    @cached_property
    def day(self) -> np.ndarray:
        return self.m.transaction_date.astype("datetime64[D]")

    @cached_property
    def count(self) -> np.ndarray:
        """Movements of each account."""
        return np.bincount(self.m.account, minlength=len(self.a.owner))

    @cached_property
    def age(self) -> np.ndarray:
        """Age of each movement's owner on the as-of date, in years."""
        days = (self.run.today - self.who.date_of_birth).astype(int)
        return days[self.m.owner] / 365.25

    def rows(self, *kinds: int) -> np.ndarray:
        return np.isin(self.m.kind, kinds)

    def booked(self, *types: int) -> np.ndarray:
        return np.isin(self.m.transaction_type, types)

    def limits(self) -> tuple[np.ndarray, np.ndarray]:
        """The profile's range of balances of each account, in cents."""
        balance = self.run.profile.accounts.balance
        ends = [(int(balance[t].low * 100), int(balance[t].high * 100)) for t in ACCOUNT_TYPES]
        low, high = np.array(ends).T
        return low[self.a.account_type], high[self.a.account_type]


__all__ = ["SHARD_CUSTOMERS", "Ledger", "Run", "Shard"]
