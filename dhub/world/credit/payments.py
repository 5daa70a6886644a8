"""Takes a shard, gives what became of each instalment, and where that leaves each loan.

Payments clear the oldest instalment first, so what is unpaid is always the tail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, one_of, ordered, spread, stream
from dhub.memo import of_shard
from dhub.model import Run, Shard
from dhub.world.calendar import DAY, next_business
from dhub.world.credit.applications import ACTIVE, DEFAULTED, PAID_OFF, RESTRUCTURED, SAFE
from dhub.world.credit.loans import Loans, loans
from dhub.world.credit.schedule import Schedule, schedule
from dhub.world.credit.settle import barred, permitted

Int = NDArray[np.int64]
Flags = NDArray[np.bool_]
Days = NDArray[np.datetime64]

PAYMENT_STATUSES = ("scheduled", "pending", "paid", "late", "missed")
SCHEDULED, PENDING, PAID, LATE, MISSED = range(5)

DEFAULT_DAYS = 91  # past due: 90 days and the day of the assessment
_ON_THE_DAY = 0.6  # share of payments by standing order (assumed)
_EARLY, _TARDY = 3, 9  # days before and after the due date for the others (assumed)
_LATEST = 5  # a late payment comes this many days after the grace, before the next one is due
_WORSE = 1.5  # the share missed of a loan in default is at most this many times the mean (assumed)
_TOGETHER = 8  # loans among which late payments fall on the worst


@dataclass(frozen=True)
class Payments:
    """The state of instalments (rows of `schedule`) and of loans (rows of `loans`)."""

    status: Int  # by instalment: index into PAYMENT_STATUSES
    payment_date: Days  # by instalment: NaT unless paid or late
    paid_amount: Int  # by instalment: cents, 0 unless paid or late
    due: Int  # by loan: instalments due before the as-of date
    paid: Int  # by loan: instalments paid, also late or ahead of time
    outstanding_balance: Int  # by loan, cents
    days_past_due: Int  # by loan: 0 within the days of grace
    unpaid_since: Days  # by loan: due date of the oldest instalment that is overdue, NaT for none


def payments(shard: Shard) -> Payments:
    """The payments of a shard; the same whatever its `customers` and `attempt` are."""
    return _payments(shard.run, shard.index)


@of_shard()
def _payments(run: Run, index: int) -> Payments:
    shard = Shard(run, index)
    lent, plan = loans(shard), schedule(shard)
    past = plan.due_date < run.today
    due = np.bincount(plan.loan[past], minlength=len(lent.owner))
    paid = _paid_counts(run, index, lent, plan, due)
    status = _statuses(run, lent, plan, past, paid)
    late = _late(run, index, lent, plan, due, paid)
    status[late] = LATE
    overdue = paid < due
    oldest = plan.start + np.minimum(paid, lent.term_months - 1)
    since = np.where(overdue, plan.due_date[oldest], np.datetime64("NaT", "D"))
    graced = (run.today - since).astype(np.int64) <= run.profile.loans.grace_days
    paid_on = _payment_dates(run, lent, plan, status, past)
    return Payments(
        status,
        paid_on,
        _paid_amounts(lent, plan, paid_on),
        due,
        paid,
        np.where(
            paid > 0,
            plan.remaining_balance[oldest - (paid < lent.term_months)],
            lent.principal_amount,
        ),
        np.where(overdue & ~graced, (run.today - plan.due_date[oldest]).astype(np.int64), 0),
        since,
    )


def _age(run: Run, plan: Schedule, due: Int, back: int) -> Int:
    """Days since the last instalment but `back` fell due, by loan; 0 where there is none."""
    row = plan.start + np.maximum(due - 1 - back, 0)
    days = (run.today - plan.due_date[row]).astype(np.int64)
    return np.where(due > back, days, 0)


def _paid_counts(run: Run, index: int, lent: Loans, plan: Schedule, due: Int) -> Int:
    """Instalments paid so far, by loan."""
    paid = due.copy()
    active = np.flatnonzero(lent.status == ACTIVE)
    paid[active] -= _behind(run, index, lent, plan, due)[active]
    paid = np.where(lent.status == DEFAULTED, _before_default(run, lent, plan, due), paid)
    return np.where(lent.status == PAID_OFF, lent.term_months, paid)


def _before_default(run: Run, lent: Loans, plan: Schedule, due: Int) -> Int:
    """About the profile's share is missed; the oldest for so long that it is a default."""
    share = run.profile.loans.defaulted_missed
    chance = stream(run.seed, "credit.defaulted").uniform(lent.place)
    part = share * (1 + (_WORSE - 1) * (2 * chance - 1) * (1 - share))
    kept = due - np.floor(part * due + 0.5).astype(np.int64)
    old = plan.due_date <= run.today - DEFAULT_DAYS * DAY
    eligible = np.bincount(plan.loan[old], minlength=len(due))
    return np.maximum(np.minimum(kept, eligible - 1), 0)


def _behind(run: Run, index: int, lent: Loans, plan: Schedule, due: Int) -> Int:
    """How many instalments an active loan is behind: in arrears, or the last one in its grace."""
    figures = run.profile.loans
    active = np.flatnonzero(lent.status == ACTIVE)
    ages = [_age(run, plan, due, back)[active] for back in (0, 1, 2)]
    days = figures.arrears_days
    two, three = ((days.low <= age) & (age <= days.high) for age in ages[1:])
    three &= ages[0] <= figures.grace_days  # a third one past its grace would be a default
    able = np.stack([two | three, np.ones(len(active), dtype=bool)], axis=1)
    score = barred(able)
    score[:, 0] -= 1.5 * lent.standing[active] + SAFE[lent.loan_type[active]]
    draw = stream(run.seed, f"credit.arrears.{index}")
    share = [figures.arrears, 1 - figures.arrears]
    arrears = permitted(spread(draw, share, len(active), 0, score), able) == 0
    half = stream(run.seed, "credit.arrears.third").chance(lent.place[active], 0.4)
    behind = np.where(arrears & able[:, 0], np.where(three & (~two | half), 3, 2), 0)
    fresh = (ages[0] > 0) & (ages[0] <= figures.grace_days)
    pending = _pending(run, index, behind, fresh, int(due[active].sum()))
    out = np.zeros(len(due), dtype=np.int64)
    out[active] = np.where(pending, 1, behind)
    return out


def _pending(run: Run, index: int, behind: Int, fresh: Flags, due: int) -> Flags:
    """Which other loans have yet to pay the instalment in its grace: the profile's share of all."""
    wanted = run.profile.loans.instalment_status.share("pending") * due
    wanted -= int((fresh & (behind > 0)).sum())
    free = np.flatnonzero(fresh & (behind == 0))
    share = min(1.0, max(0.0, wanted / max(len(free), 1)))
    out = np.zeros(len(fresh), dtype=bool)
    draw = stream(run.seed, f"credit.pending.{index}")
    out[free] = spread(draw, [share, 1 - share], len(free)) == 0 if share > 0 else False
    return out


def _statuses(run: Run, lent: Loans, plan: Schedule, past: Flags, paid: Int) -> Int:
    """Status of each instalment before any counts as late."""
    grace = run.today - run.profile.loans.grace_days * DAY
    waiting = (plan.due_date >= grace) & (lent.status[plan.loan] == ACTIVE)
    status = np.where(past, np.where(waiting, PENDING, MISSED), SCHEDULED)
    return np.where(plan.installment_number <= paid[plan.loan], PAID, status)


def _late(run: Run, index: int, lent: Loans, plan: Schedule, due: Int, paid: Int) -> Int:
    """Rows that were paid after their grace: rather those of the weak; never of loans paid off.

    Spread in blocks of several loans, instalment by instalment, so that the weak pay late again
    and again while the share stays right from block to block.
    """
    figures = run.profile.loans
    last = run.today - (figures.grace_days + 2) * DAY
    settled = (plan.installment_number <= paid[plan.loan]) & (plan.due_date <= last)
    third = np.maximum(due // 3, 3)[plan.loan]
    nth = plan.installment_number - third // 2
    middle = (nth > 0) & (nth <= third)
    status = lent.status[plan.loan]
    renegotiated = np.flatnonzero(settled & (status == RESTRUCTURED) & middle)
    row = np.flatnonzero(settled & one_of(status, (ACTIVE, DEFAULTED)))
    order = ordered(plan.loan[row] // _TOGETHER, plan.installment_number[row], plan.loan[row])
    row = row[order]
    wanted = figures.instalment_status.share("late") * int(due[lent.status != RESTRUCTURED].sum())
    share = min(0.9, max(0.0, wanted / max(len(row), 1)))
    if not share:
        return renegotiated
    weak = 1.6 * (1 - lent.standing) + stream(run.seed, "credit.tardy").uniform(lent.place)
    score = np.stack([weak[plan.loan[row]], np.zeros(len(row))], axis=1)
    drawn = spread(stream(run.seed, f"credit.late.{index}"), [share, 1 - share], len(row), 0, score)
    return np.concatenate([row[drawn == 0], renegotiated])


def _payment_dates(run: Run, lent: Loans, plan: Schedule, status: Int, past: Flags) -> Days:
    """Business days about the due date, after the grace when late, the payoff for what it ended."""
    grace = run.profile.loans.grace_days
    day = np.full(len(status), np.datetime64("NaT", "D"))
    row = np.flatnonzero(one_of(status, (PAID, LATE)) & past)
    place = child(lent.place[plan.loan[row]], plan.installment_number[row])
    draw = stream(run.seed, "credit.payment_date")
    punctual = draw.chance(place, _ON_THE_DAY) | lent.autopay[plan.loan[row]]
    shift = np.where(punctual, 0, draw.between(place, -_EARLY, min(_TARDY, grace), 1))
    shift = np.where(status[row] == LATE, draw.between(place, grace + 1, grace + _LATEST, 1), shift)
    paid = next_business(plan.due_date[row] + shift * DAY)
    paid = np.where(status[row] == PAID, np.minimum(paid, plan.due_date[row] + grace * DAY), paid)
    day[row] = np.minimum(paid, run.today - DAY)
    payoff = lent.payoff_date[plan.loan]
    ahead = ~np.isnat(payoff) & ((day > payoff) | (plan.due_date >= payoff))
    return np.where(ahead, payoff, day)


def _paid_amounts(lent: Loans, plan: Schedule, paid_on: Days) -> Int:
    """Cents: the instalment; ahead of its day the principal, with what interest had accrued.

    An early payoff owes interest from the last due date to its own day, and none of later months.
    """
    amount = np.where(np.isnat(paid_on), 0, plan.principal_amount + plan.interest_amount)
    payoff = lent.payoff_date[plan.loan]
    row = np.flatnonzero(plan.due_date > payoff)
    first = plan.installment_number[row] == 1
    before = lent.disbursement_date[plan.loan[row]]
    before = np.where(first, before, plan.due_date[row - 1])
    month = (plan.due_date[row] - before).astype(np.int64)
    lived = np.clip((payoff[row] - before).astype(np.int64), 0, month)
    amount[row] = plan.principal_amount[row] + plan.interest_amount[row] * lived // month
    return amount
