"""Takes scheduled movements, gives the amount each one would have if the balance allowed it.

What people move at will is log-normal: a median of the kind, times the account's own level (so
that customers differ), times chance. What they owe or buy has its price (see `shops`), pay is the
net of an income; those stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, exp, folded, one_of, stream
from dhub.model import Run
from dhub.profiles import Profile
from dhub.world.accounts import MONEY_MARKET, SAVINGS, TYPES, Accounts
from dhub.world.money.channels import ACH, ATM
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
from dhub.world.money.schedule import Rows
from dhub.world.money.shops import Payments, in_season
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
# Cents of what an account is charged for by itself, one of FEES, and for an act by hand (assumed).
FEES = ("monthly", "service", "paper")
_FEES = np.array([1200, 1500, 1000])
_FEES_BY_HAND = np.array([1000, 1000, 1500, 2500, 3500])
_MACHINE = 80_000  # cents that a machine hands out at once, at most (assumed)
_BORNE = 0.5  # of large transfers find the balance, or the room, they need (measured)
CASH_UNIT = 2000  # cents: cash comes in multiples of 20
TRANSFER_UNIT = 500  # cents: people move round sums
HARD = (CARD, BILL)  # what has a price


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
    run: Run, a: Accounts, rows: Rows, paid: Payments, salary: Int, channel: Int, month: Int,
    factor: Float, level: Float,
) -> Int:  # fmt: skip
    """Amounts in cents before any balance is looked at, within the profile's ranges; `salary` is
    that of each movement."""
    limit = bounds(run.profile)
    draw = stream(run.seed, "money.amount")
    median = _medians(run.profile)[rows.kind] * factor[rows.account]
    big = (
        one_of(rows.kind, (IN, OUT)) & one_of(a.account_type, (SAVINGS, MONEY_MARKET))[rows.account]
    )
    median = np.where(big, 0.13 * level[rows.account], median)
    steady = one_of(rows.kind, (IN, OUT))
    slot = child(a.place[rows.account], rows.payee * KINDS + rows.kind)
    z = np.where(steady, draw.normal(slot, 1), draw.normal(rows.place))
    sigma = _sigmas(run.profile)[rows.kind]
    cents = np.floor(median * exp(sigma * z) * 100).astype(np.int64)
    cents = folded(cents, limit.low[rows.kind], limit.high[rows.kind])
    cents = np.where(rows.kind == FEE, _fees(run, a, rows, channel, limit), cents)
    cents = np.where(one_of(rows.kind, HARD), in_season(run.profile, paid, month), cents)
    return np.where(rows.kind == PAYROLL, salary, cents)


def most_of_rows(
    run: Run, rows: Rows, wish: Int, level: Float, channel: Int, others: tuple[int, int]
) -> Int:
    """The largest amount allowed of each movement: a machine hands out so much, and few transfers
    may pass the large ones' limit: those of the richest accounts, until the profile's share does.

    `others` are the transfers that loans and policies book, and the large ones among them.
    """
    t = run.profile.transactions
    most = bounds(run.profile).high[rows.kind]
    moved = one_of(rows.kind, (IN, OUT))
    threshold = round(t.large_transfer.low * 100)
    large = np.flatnonzero(moved & (wish > threshold))
    order = np.argsort(-level[rows.account[large]], kind="stable")
    wanted = t.large_transfer_share * (int(moved.sum()) + others[0]) - others[1]
    large = large[order[: max(round(wanted / _BORNE), 0)]]
    high = most[large]
    most[moved] = np.minimum(most[moved], threshold)
    most[large] = np.minimum(high, round(t.large_transfer.high * 100))
    machine = (rows.kind == WITHDRAWAL) & (channel == ATM)
    most[machine] = np.minimum(most[machine], max(_MACHINE, int(bounds(run.profile).low.max())))
    return np.asarray(most, dtype=np.int64)


def _medians(profile: Profile) -> Float:
    t = profile.transactions
    return np.array([float(t.amount_median.get(name, 100)) for name in _booked(profile)])


def _sigmas(profile: Profile) -> Float:
    sigma = profile.transactions.amount_sigma
    return np.array([sigma.get(name, 0.9) for name in _booked(profile)])


def _booked(profile: Profile) -> list[str]:
    return [BOOKED[code] for code in type_of_kind(profile)]


def fee_of(run: Run, place: Int) -> Int:
    """Which of FEES each account, at its place, is charged."""
    return stream(run.seed, "money.fee").pick(place, (0.6, 0.25, 0.15))


def _fees(run: Run, a: Accounts, rows: Rows, channel: Int, limit: Bounds) -> Int:
    by_hand = _FEES_BY_HAND[
        stream(run.seed, "money.fee_by_hand").below(rows.place, len(_FEES_BY_HAND))
    ]
    fee = np.where(channel == ACH, _FEES[fee_of(run, a.place)][rows.account], by_hand)
    return np.asarray(np.clip(fee, limit.low[FEE], limit.high[FEE]), dtype=np.int64)


def tidy(run: Run, rows: Rows, cents: Int, cash: NDArray[np.bool_]) -> Int:
    """Cash in multiples of 20, transfers in multiples of 5 or 50; the rest keeps its cents."""
    limit = bounds(run.profile)
    low = limit.low[rows.kind]
    step = np.where(cents >= 100_000, 5000, TRANSFER_UNIT)
    moved = one_of(rows.kind, (IN, OUT))
    cents = np.where(moved, np.maximum(cents // step * step, _up(low, TRANSFER_UNIT)), cents)
    coin = np.maximum(cents // CASH_UNIT * CASH_UNIT, _up(low, CASH_UNIT))
    return np.where(cash, coin, cents)


def _up(cents: Int, unit: int) -> Int:
    return np.asarray(-(-cents // unit) * unit, dtype=np.int64)


def balanced(run: Run, rows: Rows, cents: Int, paid: NDArray[np.bool_], due: Int) -> Int:
    """Scale each account's free debits so that what goes out is about what comes in, but for what
    is `due` of it.

    Of the accounts that are `paid` a salary the transfers alone, which pass on what is not spent.
    """
    limit, accounts = bounds(run.profile), len(paid)
    weight = cents.astype(np.float64)
    free = (rows.kind == OUT) | ((rows.kind == WITHDRAWAL) & ~paid[rows.account])
    owed = ~CREDIT[rows.kind] & ~free
    credit = np.bincount(rows.account, weight * CREDIT[rows.kind], accounts)
    credit -= np.bincount(rows.account, weight * owed, accounts) + due
    debit = np.bincount(rows.account, weight * free, accounts)
    scale = np.clip((np.maximum(credit, 0) + 1) / (debit + 1), 1.0, np.where(paid, 1000.0, 1.8))
    scaled = np.floor(cents * scale[rows.account]).astype(np.int64)
    scaled = folded(scaled, limit.low[rows.kind], limit.high[rows.kind])
    return np.where(free, scaled, cents)


__all__ = [
    "HARD", "Bounds", "balanced", "bounds", "levels", "most_of_rows", "tidy", "wishes",
]  # fmt: skip
