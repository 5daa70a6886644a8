"""Takes a shard, gives the instalments of all its loans, to the cent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import expand
from dhub.memo import of_shard
from dhub.model import Run, Shard
from dhub.world.calendar import month_of, month_start
from dhub.world.credit.annuities import MILLI, level_payments, running
from dhub.world.credit.loans import Loans, loans

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

_YEARLY = 1200 * MILLI  # a rate in thousandths of a percent a year, as a fraction a month


@dataclass(frozen=True)
class Schedule:
    """The instalments of a whole shard, ordered by loan, then by number; amounts in cents."""

    loan: Int  # row of `loans`
    installment_number: Int
    due_date: Days
    principal_amount: Int
    interest_amount: Int
    remaining_balance: Int
    start: Int  # by loan: row of its first instalment


def schedule(shard: Shard) -> Schedule:
    """The instalments of a shard; the same whatever its `customers` and `attempt` are."""
    return _schedule(shard.run, shard.index)


@of_shard()
def _schedule(run: Run, index: int) -> Schedule:
    lent = loans(Shard(run, index))
    loan, number = expand(lent.term_months)
    number += 1
    order = np.argsort(-lent.term_months, kind="stable")
    interest, balance = amortised(
        lent.principal_amount[order], lent.interest_rate[order], lent.term_months[order]
    )
    column = np.empty_like(order)
    column[order] = np.arange(len(order))
    cell = (number - 1) * len(order) + column[loan]  # the grids are months × loans
    remaining = balance.ravel()[cell]
    before = balance.ravel()[cell - len(order)]
    start = np.cumsum(lent.term_months) - lent.term_months
    before[start] = lent.principal_amount
    return Schedule(
        loan,
        number,
        _due_dates(lent, loan, number),
        before - remaining,
        interest.ravel()[cell],
        remaining,
        start,
    )


def amortised(principal: Int, rate: Int, months: Int) -> tuple[Int, Int]:
    """Interest and balance after each instalment, as grids of (months, loans), in cents.

    30/360 monthly: interest is round(balance · rate / 1200, 2), half a cent up; the last
    instalment takes the remainder. Rates are thousandths of a percent a year. The loans are in
    falling order of their terms, so that each month looks only at those that still run.
    """
    payment = level_payments(principal, rate, months)
    alive = np.append(running(months), 0)
    interest = np.zeros((len(alive) - 1, len(principal)), dtype=np.int64)
    balance = np.zeros_like(interest)
    left, twice = principal, 2 * rate
    for month in range(len(interest)):
        count, after = alive[month], alive[month + 1]
        interest[month, :count] = (left[:count] * twice[:count] + _YEARLY) // (2 * _YEARLY)
        left = left[:after] + interest[month, :after] - payment[:after]
        balance[month, :after] = left
    return interest, balance


def _due_dates(lent: Loans, loan: Int, number: Int) -> Days:
    """The day of the payout in later months, or those months' last day: by table of months."""
    origin = month_of(lent.disbursement_date)
    offset = (lent.disbursement_date - month_start(origin)).astype(np.int64)
    last = int((origin + lent.term_months).max(initial=0))
    begins = month_start(np.arange(last + 2)).astype(np.int64)
    length = np.diff(begins)
    target = origin[loan] + number
    days = begins[target] + np.minimum(offset[loan], length[target] - 1)
    return np.asarray(days.astype("datetime64[D]"))
