"""Takes a shard's accounts, gives how many movements of each kind every account makes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, spread, stream
from dhub.model import Run
from dhub.profiles import Profile
from dhub.world.accounts import ACTIVE, CHECKING, MONEY_MARKET, SAVINGS, TYPES, USD, Accounts
from dhub.world.money.kinds import IN, INTEREST, OUT, OWN, in_leg_share, own_shares
from dhub.world.people import CORPORATE, People

Int = NDArray[np.int64]
Float = NDArray[np.float64]

# What an account does with transfers: most do without, some pay somebody every month, some are
# paid (assumed); concentrating them makes counterparties recur, as they do in real ledgers.
PLAIN, PAYS, IS_PAID = range(3)
HABITS = (0.47, 0.35, 0.18)
_MOST_OWN = 40  # own movements of an account: leaves room for in-legs and a closing below 50
MOST_IN_LEGS = 9

# Leaning of each kind of account to each kind of movement (assumed); fitted to the profile's mix.
# payroll deposit interest in withdrawal card bill fee out
_LEANINGS = {
    "personal": (3.0, 0.8, 0.0, 0.6, 1.2, 2.0, 1.0, 1.0, 1.0),
    "business": (0.0, 3.0, 0.0, 1.5, 0.6, 1.0, 1.5, 1.2, 2.0),
    "savings": (0.0, 1.0, 2.0, 1.2, 1.0, 0.1, 0.15, 0.6, 1.2),
    "money_market": (0.0, 0.6, 2.5, 2.0, 0.5, 0.05, 0.1, 0.5, 3.0),
    "hsa": (0.0, 1.5, 1.0, 0.4, 0.3, 2.5, 1.0, 0.6, 0.3),
}
_SORTS = tuple(_LEANINGS)


def sort_of(who: People, a: Accounts) -> Int:
    """personal, business, savings, money_market or hsa, as an index."""
    business = who.segment[a.owner] == CORPORATE
    sort = np.where(business, 1, 0)
    sort[a.account_type == SAVINGS] = 2
    sort[a.account_type == MONEY_MARKET] = 3
    sort[a.account_type == TYPES.index("hsa")] = 4
    return sort


def habits(run: Run, index: int, a: Accounts) -> Int:
    """The transfer habit of each account."""
    score = np.zeros((len(a.owner), 3))
    score[:, PAYS] = 0.4 * (a.account_type == CHECKING) + 0.2 * (a.currency == USD)
    score[:, IS_PAID] = 0.4 * (a.account_type != CHECKING)
    return spread(stream(run.seed, f"money.habit.{index}"), HABITS, len(a.owner), score=score)


def movement_counts(run: Run, index: int, who: People, a: Accounts, habit: Int) -> Int:
    """Movements by account and kind, shape (accounts, OWN); rows sum to 5 .. 40."""
    total = _totals(run, a, habit)
    group = sort_of(who, a) * 3 + habit
    kind = _kinds(run, index, group, total)
    account = np.repeat(np.arange(len(total)), total)
    counts = np.bincount(account * OWN + kind, minlength=len(total) * OWN).reshape(-1, OWN)
    return counts.astype(np.int64)


def _totals(run: Run, a: Accounts, habit: Int) -> Int:
    """Movements of each account: more with age, log-normal, right in total (realism: cv 0.66)."""
    t = run.profile.transactions
    low, high = int(t.per_account.low), min(int(t.per_account.high), _MOST_OWN)
    mean = float(t.per_account_mean) * (1 - in_leg_share(run.profile))
    years = (a.last_day - a.opened_date).astype(np.int64) / 365.25
    weight = (0.25 + years / 3) * exp(0.85 * stream(run.seed, "money.total").normal(a.place))
    weight *= np.where(habit == PLAIN, 0.85, 1.1)
    wanted = round(mean * len(a.owner))
    return _apportion(weight, low, high, wanted, stream(run.seed, "money.round").uniform(a.place))


def _apportion(weight: Float, low: int, high: int, wanted: int, rounding: Float) -> Int:
    """Whole numbers in [low, high], about low + factor·weight, that sum to about `wanted`."""
    least, most = 0.0, 200.0
    for _ in range(30):
        factor = (least + most) / 2
        count = np.clip(np.floor(low + factor * weight + rounding), low, high).astype(np.int64)
        least, most = (factor, most) if int(count.sum()) < wanted else (least, factor)
    return count


def _kinds(run: Run, index: int, group: Int, total: Int) -> Int:
    """The kind of each movement: within each group of accounts a mix of its own."""
    of_row = np.repeat(group, total)
    rows = tuple(int(n) for n in np.bincount(of_row, minlength=3 * len(_SORTS)))
    shares = _fit(run.profile, rows)
    kind = np.zeros(len(of_row), dtype=np.int64)
    for code in np.unique(group):
        mine = np.flatnonzero(of_row == code)
        draw = stream(run.seed, f"money.kind.{index}.{code}")
        kind[mine] = spread(draw, shares[code], len(mine))
    return kind


@lru_cache(maxsize=8)
def _fit(profile: Profile, rows: tuple[int, ...]) -> list[list[float]]:
    """Iterative proportional fitting: shares of kinds by group whose sum is the profile's mix.

    Sums are running ones on purpose: their order is fixed, and so are the bytes.
    """
    target = own_shares(profile)
    # Where interest counts as a deposit it must reach the least deposit: only large balances do.
    small = (INTEREST,) if not profile.transactions.mix.share("interest") else ()
    habit_factor = {PLAIN: (0.04, 0.04), PAYS: (0.05, 1.0), IS_PAID: (1.0, 0.04)}
    table = []
    for code, _ in enumerate(rows):
        line = list(_LEANINGS[_SORTS[code // 3]])
        if not profile.accounts.apy.get(_SORTS[code // 3], 0.0):
            line[INTEREST] = 0.0
        if INTEREST in small and _SORTS[code // 3] != "money_market":
            line[INTEREST] = 0.0
        line[IN] *= habit_factor[code % 3][0]
        line[OUT] *= habit_factor[code % 3][1]
        table.append(line)
    return _proportional(np.array(table) * target, np.array(rows, dtype=np.float64), target)


def _proportional(table: Float, rows: Float, target: tuple[float, ...]) -> list[list[float]]:
    everything = np.cumsum(rows)[-1]
    for _ in range(60):
        table = table / np.cumsum(table, axis=1)[:, -1:]
        have = np.cumsum(table * rows[:, None], axis=0)[-1] / everything
        table = table * np.divide(target, have, out=np.zeros_like(have), where=have > 0)
    shares: list[list[float]] = (table / np.cumsum(table, axis=1)[:, -1:]).tolist()
    return shares


def can_receive(who: People, a: Accounts, habit: Int) -> NDArray[np.bool_]:
    """Accounts that may be the far end of an internal transfer: active, in dollars, not paying."""
    silent = ~np.isnat(who.silent_since[a.owner])
    return np.asarray((a.status == ACTIVE) & ~silent & (a.currency == USD) & (habit != PAYS))
