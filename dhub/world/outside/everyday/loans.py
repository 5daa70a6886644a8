"""Takes a shard, gives the student loans of its users: what is owed, at what rate, and paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.profiles.preset import Everyday
from dhub.world.outside.grids import backward, monthly
from dhub.world.outside.payees import FIRST_SERVICER, SERVICERS
from dhub.world.outside.plan import Liabilities
from dhub.world.outside.run import SHARD_USERS, OutsideRun
from dhub.world.outside.users import EARLY, Users, mixed

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

_YOUNG = 0.3  # how much rather 18 to 35 have one (assumed)
_TERMS = (10, 12, 15, 20, 25, 30)  # years; the shortest that the payer can bear
_BEARS = 0.09  # of a month's income
_BILLED = 21  # days from a statement to the day on which it is due


@dataclass(frozen=True)
class Loans:
    """One element a user; of use where `has`."""

    has: Bools
    balance: Int  # cents owed on the last day
    rate: Int  # hundredths of a percent
    payment: Int  # cents a month
    day: Int  # of the month
    servicer: Int  # of payees.payee_names()

    def take(self, some: Int) -> Loans:
        """Those of some rows."""
        return Loans(*(getattr(self, name)[some] for name in Loans.__dataclass_fields__))


def loans(run: OutsideRun, index: int, who: Users, said: Everyday) -> Loans:
    """The loans of a shard's users."""
    draw = stream(run.seed, run.named("loan"))
    lean = np.where(who.bracket <= EARLY, _YOUNG, 0.0)
    score = np.stack([lean, np.zeros(SHARD_USERS)], axis=1)
    share = said.student_loan
    has = mixed(run, index, run.named("loan.has"), [share, 1 - share], score)
    u, v = draw.uniform(who.number), draw.uniform(who.number, 1)
    low, high = said.loan_balance.cents
    balance = low + ((high - low) * u * (0.45 + 0.55 * u)).astype(np.int64)
    bottom, top = (round(end * 100) for end in (said.loan_rate.low, said.loan_rate.high))
    # The largest balances cost less, or no payment of the document would ever pay them back.
    rate = bottom + ((top - bottom - 60 * u) * v).astype(np.int64) // 5 * 5
    payment = _payment(who, balance, rate, said.loan_payment.cents)
    day = 1 + draw.below(who.number, 28, 2)
    servicer = FIRST_SERVICER + draw.below(who.number, len(SERVICERS), 3)
    return Loans(has == 0, balance, rate, payment, day, servicer)


def _payment(who: Users, balance: Int, rate: Int, limits: tuple[int, int]) -> Int:
    """The annuity of the shortest term that the payer can bear, within the document's range."""
    found = np.zeros(len(balance), dtype=np.int64)
    bears = np.clip((who.monthly * _BEARS).astype(np.int64), *limits)
    for years in _TERMS:
        annuity = _annuity(balance, rate, 12 * years)
        fit = (found == 0) & ((annuity <= bears) | (years == _TERMS[-1]))
        found[fit] = annuity[fit]
    return np.clip(found, *limits)


def _annuity(balance: Int, rate: Int, months: int) -> Int:
    """The monthly payment in cents, by products alone: powers differ between processors."""
    i = rate / 120_000
    growth, power, rest = np.ones(len(rate)), 1 + i, months
    while rest:
        growth = growth * power if rest & 1 else growth
        power, rest = power * power, rest >> 1
    return np.asarray(np.floor(balance * i * growth / (growth - 1) + 0.5).astype(np.int64))


def owed(run: OutsideRun, account: Int, some: Loans) -> Liabilities:
    """The liabilities of loans: paid on their day of the month or the business day before it."""
    due = monthly(some.day, run.first, run.last + 45)
    day = due.day.reshape(len(account), -1)
    paid = backward(due.day).reshape(day.shape)
    # Times from the first month on: the last one that is paid, and the next one.
    last = np.sum(paid <= run.last, axis=1) - 1
    row = np.arange(len(account))
    following = day[row, last + 1]
    issued = np.where(following - _BILLED <= run.last, following, day[row, last]) - _BILLED
    interest = (some.balance * some.rate + 60_000) // 120_000
    before = some.balance + np.maximum(some.payment - interest, 0)
    return Liabilities(
        account, some.rate, some.payment, some.payment, paid[row, last],
        np.where(issued >= paid[row, last], some.balance, before), issued, following,
        np.zeros(len(account), dtype=bool),
    )  # fmt: skip
