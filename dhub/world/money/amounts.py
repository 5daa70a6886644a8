"""Takes scheduled movements, gives the amount each one would have if the balance allowed it.

Amounts are log-normal: a median of the kind, times the account's own level (so that customers
differ), times chance. Salaries, bills and standing transfers keep their amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, exp, one_of, stream
from dhub.model import Run
from dhub.profiles import Profile
from dhub.world.accounts import MONEY_MARKET, SAVINGS, TYPES, Accounts
from dhub.world.money.kinds import (
    BILL,
    CARD,
    CREDIT,
    FEE,
    IN,
    KINDS,
    OUT,
    PAYROLL,
    WITHDRAWAL,
    type_of_kind,
)
from dhub.world.money.kinds import TYPES as BOOKED
from dhub.world.money.schedule import PAY_PART, Rows
from dhub.world.people import People

Int = NDArray[np.int64]
Float = NDArray[np.float64]

# Opening balances: median in dollars and log-deviation by account type (assumed; realism: the
# top tenth of depositors holds half of the deposits).
_LEVEL_MEDIAN = np.array([2600.0, 7000.0, 54500.0, 3000.0])
_LEVEL_SIGMA = np.array([0.85, 1.15, 0.95, 0.8])
_SEGMENT = np.array([0.8, 1.35, 2.0, 2.4])  # retail, premium, corporate, private_banking
# Income and deposits by age (realism: 40-54 earn a third more than the young, over-60s less).
_AGES = np.array([18, 25, 32, 40, 47, 54, 60, 67, 86])
_HUMP = np.array([0.56, 0.72, 0.97, 1.18, 1.22, 1.14, 0.88, 0.76, 0.72])
# Merchandise by month, January first (realism).
_SEASON = np.array([0.92, 0.88, 1.0, 0.99, 1.05, 1.0, 1.0, 1.03, 0.98, 1.0, 1.04, 1.1])
_FEES = np.array([1000, 1200, 1200, 1500, 2500, 3500])
_SALARY = 4300.0  # dollars a month after tax, median (assumed)
_BORNE = 0.78  # of large transfers find the balance, or the room, they need (measured)
CASH_UNIT = 2000  # cents: cash comes in multiples of 20


@dataclass(frozen=True)
class Bounds:
    """Smallest and largest amount of each kind, and the limits of balances, in cents."""

    low: Int
    high: Int
    floor: Int  # by account type: what a debit must leave
    ceiling: Int  # by account type


@lru_cache(maxsize=16)
def bounds(profile: Profile) -> Bounds:
    """The profile's ranges by kind and account type."""
    t = profile.transactions
    kinds = _booked(profile)
    low = np.array([round(t.amount[name].low * 100) if name in t.amount else 1 for name in kinds])
    high = np.array(
        [round(t.amount[name].high * 100) if name in t.amount else 10**11 for name in kinds]
    )
    balance = profile.accounts.balance
    least = [round(balance[name].low * 100) for name in TYPES]
    # A debit takes at most `spending_cap` of the balance, so the smallest one needs this much.
    smallest = int(low[[WITHDRAWAL, CARD, BILL, FEE, OUT]].max() / float(t.spending_cap)) + 1
    return Bounds(
        low,
        high,
        np.array([max(x, smallest) if t.spending_cap < 1 else x for x in least]),
        np.array([round(balance[name].high * 100) for name in TYPES]),
    )


def levels(run: Run, who: People, a: Accounts) -> tuple[Float, Float]:
    """Each account's factor on amounts, and its typical balance in dollars."""
    age = (run.today - who.date_of_birth).astype(np.int64)[a.owner] / 365.25
    hump = _by_age(age) * _SEGMENT[who.segment[a.owner]]
    draw = stream(run.seed, "money.level")
    factor = hump * exp(float(run.profile.transactions.account_sigma) * draw.normal(a.place))
    spread = exp(_LEVEL_SIGMA[a.account_type] * draw.normal(a.place, 1))
    return factor, _LEVEL_MEDIAN[a.account_type] * hump * spread


def _by_age(age: Float) -> Float:
    """The hump at an age; np.interp may fuse its multiply and add, which changes the last bit."""
    left = np.clip(np.searchsorted(_AGES, age, side="right") - 1, 0, len(_AGES) - 2)
    part = (age - _AGES[left]) / (_AGES[left + 1] - _AGES[left])
    return np.asarray(_HUMP[left] + (_HUMP[left + 1] - _HUMP[left]) * part)


def wishes(
    run: Run, a: Accounts, rows: Rows, month: Int, factor: Float, level: Float, cycle: Int
) -> Int:
    """Amounts in cents before any balance is looked at, within the profile's ranges."""
    limit = bounds(run.profile)
    draw = stream(run.seed, "money.amount")
    median = _medians(run.profile)[rows.kind] * factor[rows.account]
    median = np.where(rows.kind == CARD, median * _SEASON[month], median)
    big = (
        one_of(rows.kind, (IN, OUT)) & one_of(a.account_type, (SAVINGS, MONEY_MARKET))[rows.account]
    )
    median = np.where(big, 0.12 * level[rows.account], median)
    steady = one_of(rows.kind, (BILL, IN, OUT))
    slot = child(a.place[rows.account], rows.payee * KINDS + rows.kind)
    z = np.where(steady, draw.normal(slot, 1), draw.normal(rows.place))
    sigma = _sigmas(run.profile)[rows.kind]
    cents = np.floor(median * exp(sigma * z) * 100).astype(np.int64)
    cents = folded(cents, limit.low[rows.kind], limit.high[rows.kind])
    cents = np.where(rows.kind == FEE, _fees(run, a, limit)[rows.account], cents)
    pay = _salaries(run, a, factor, cycle, limit)[rows.account]
    return np.where(rows.kind == PAYROLL, pay, cents)


def most_of_rows(run: Run, rows: Rows, wish: Int, level: Float) -> Int:
    """The largest amount allowed of each movement: few transfers may pass the large ones' limit.

    Those of the richest accounts may, until the profile's share of transfers does.
    """
    t = run.profile.transactions
    most = bounds(run.profile).high[rows.kind]
    moved = one_of(rows.kind, (IN, OUT))
    threshold = round(t.large_transfer.low * 100)
    large = np.flatnonzero(moved & (wish > threshold))
    order = np.argsort(-level[rows.account[large]], kind="stable")
    large = large[order[: round(t.large_transfer_share / _BORNE * int(moved.sum()))]]
    high = most[large]
    most[moved] = np.minimum(most[moved], threshold)
    most[large] = np.minimum(high, round(t.large_transfer.high * 100))
    return np.asarray(most, dtype=np.int64)


def folded(cents: Int, low: Int, high: Int) -> Int:
    """Bring amounts into [low, high] by reflection of their logarithm: x → limit²/x.

    Clipping would heap them on the limits, where a histogram and Benford's law show it.
    """
    cents = np.maximum(cents, 1)
    cents = np.where(cents > high, (high.astype(np.float64) * high / cents).astype(np.int64), cents)
    cents = np.where(cents < low, low * low // cents, cents)
    return np.asarray(np.clip(cents, low, high), dtype=np.int64)


def _medians(profile: Profile) -> Float:
    t = profile.transactions
    median = np.array([float(t.amount_median.get(name, 100)) for name in _booked(profile)])
    median[BILL] *= 2.2  # rent, power, insurance against a basket of goods (assumed)
    median[CARD] *= 0.75
    return median


def _sigmas(profile: Profile) -> Float:
    sigma = profile.transactions.amount_sigma
    return np.array([sigma.get(name, 0.9) for name in _booked(profile)])


def _booked(profile: Profile) -> list[str]:
    return [BOOKED[code] for code in type_of_kind(profile)]


def _salaries(run: Run, a: Accounts, factor: Float, cycle: Int, limit: Bounds) -> Int:
    """Net pay of each payday: constant for an account, half a month's where paid twice."""
    own = exp(0.38 * stream(run.seed, "money.salary").normal(a.place))
    spread = np.sqrt(np.clip(factor, 0.2, 6.0))
    pay = _SALARY * PAY_PART[cycle] * own * spread
    cents = np.floor(pay * 100).astype(np.int64)
    # A month's pay must leave room under the account's ceiling.
    high = np.minimum(limit.high[PAYROLL], limit.ceiling[a.account_type] * 32 // 100)
    return np.clip(cents, limit.low[PAYROLL], high)


def _fees(run: Run, a: Accounts, limit: Bounds) -> Int:
    fee = _FEES[stream(run.seed, "money.fee").below(a.place, len(_FEES))]
    return np.asarray(np.clip(fee, limit.low[FEE], limit.high[FEE]), dtype=np.int64)


def tidy(run: Run, a: Accounts, rows: Rows, cents: Int, cash: NDArray[np.bool_]) -> Int:
    """Cash in multiples of 20, transfers in multiples of 5 or 50; the rest keeps its cents."""
    limit = bounds(run.profile)
    low = limit.low[rows.kind]
    step = np.where(cents >= 100_000, 5000, 500)
    moved = one_of(rows.kind, (IN, OUT))
    cents = np.where(moved, np.maximum(cents // step * step, _up(low, 500)), cents)
    coin = np.maximum(cents // CASH_UNIT * CASH_UNIT, _up(low, CASH_UNIT))
    return np.where(cash, coin, cents)


def _up(cents: Int, unit: int) -> Int:
    return np.asarray(-(-cents // unit) * unit, dtype=np.int64)


def balanced(rows: Rows, cents: Int, accounts: int, limit: Bounds) -> Int:
    """Scale each account's free debits so that what goes out is about what comes in."""
    weight = cents.astype(np.float64)
    credit = np.bincount(rows.account, weight * CREDIT[rows.kind], accounts)
    free = one_of(rows.kind, (WITHDRAWAL, CARD, BILL, OUT))
    debit = np.bincount(rows.account, weight * free, accounts)
    scale = np.clip((credit + 1) / (debit + 1), 0.4, 2.5)
    scaled = np.floor(cents * scale[rows.account]).astype(np.int64)
    scaled = folded(scaled, limit.low[rows.kind], limit.high[rows.kind])
    return np.where(free, scaled, cents)


__all__ = ["Bounds", "balanced", "bounds", "folded", "levels", "most_of_rows", "tidy", "wishes"]
