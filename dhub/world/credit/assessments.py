"""Takes a shard, gives its assessments of risk: of applications, and of running loans."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, expand, spread, stream
from dhub.memo import of_shard
from dhub.model import Run, Shard
from dhub.world.calendar import DAY, last_business
from dhub.world.credit.applications import ACTIVE, DEFAULTED, RESTRUCTURED, applications
from dhub.world.credit.grades import IN_DEFAULT, IN_TROUBLE
from dhub.world.credit.loans import loans
from dhub.world.credit.payments import payments
from dhub.world.credit.settle import barred

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

YEARLY = 3  # periodic assessments of a loan at most: applications go back three years
_SOONEST = 60  # days after the payout before a loan is looked at again (assumed)
_DRIFT = 16.0  # deviation of a score from one assessment to the next (assumed)
_BEHIND = 45.0  # points lost by a borrower in arrears (assumed)


@dataclass(frozen=True)
class Found:
    """Assessments, one element each."""

    owner: Int
    place: Int
    subject: Int  # row of `applications`, or of `loans` for the others
    day: Days
    score: Int
    asked: Bools  # of an application


def assessments(shard: Shard) -> Found:
    """The assessments of a shard, ordered by customer and time."""
    return _assessments(shard.run, shard.index)


@of_shard()
def _assessments(run: Run, index: int) -> Found:
    shard = Shard(run, index)
    occasions = (_of_applications(shard), _periodic(shard), _of_troubled(shard))
    whole = [np.concatenate([getattr(some, f.name) for some in occasions]) for f in fields(Found)]
    owner, place, _, day, _, _ = whole
    order = np.lexsort((place, day, owner))
    return Found(*(values[order] for values in whole))


def _of_applications(shard: Shard) -> Found:
    """Before the decision, or before today while there is none."""
    a, today = applications(shard), shard.run.today
    end: Days = np.where(np.isnat(a.decision_date), today, a.decision_date)
    room = np.maximum((end - a.application_date).astype(np.int64) - 1, 0)
    draw = stream(shard.run.seed, "assessments.application")
    # Most are done within days.
    wait = np.minimum(draw.between(a.place, 0, room), draw.between(a.place, 0, room, 1))
    day = _at_work(a.application_date + wait * DAY, a.application_date)
    asked = np.ones(len(a.owner), dtype=bool)
    return Found(a.owner, child(a.place, 0), np.arange(len(a.owner)), day, a.risk_score, asked)


def _at_work(day: Days, first: Days) -> Days:
    """The business day before a weekend or holiday, but where nothing had begun by then."""
    back = last_business(day)
    return np.where(back < first, day, back)


def _periodic(shard: Shard) -> Found:
    """A share of the active loans, once a year; younger ones at some day since the payout."""
    run, lent, state = shard.run, loans(shard), payments(shard)
    low = run.profile.loans.score.low + IN_TROUBLE
    active = np.flatnonzero(lent.status == ACTIVE)
    age = (run.today - lent.disbursement_date).astype(np.int64)
    able = np.stack([age[active] >= _SOONEST, np.ones(len(active), dtype=bool)], axis=1)
    share = run.profile.loans.reassessed
    draw = stream(run.seed, f"assessments.loans.{shard.index}")
    chosen = active[spread(draw, [share, 1 - share], len(active), 0, barred(able)) == 0]
    number, year = expand(np.clip(age[chosen] // 365, 1, YEARLY))
    loan = chosen[number]
    place = child(lent.place[loan], 1 + year)
    draw = stream(run.seed, "assessments.periodic")
    since = np.where(
        age[loan] >= 365 + 21,
        365 * (year + 1) + draw.between(place, -20, 20),
        draw.between(place, np.minimum(_SOONEST // 2, age[loan] - 1), age[loan] - 1, 1),
    )
    paid_out = lent.disbursement_date[loan]
    day = _at_work(paid_out + np.clip(since, 0, age[loan] - 1) * DAY, paid_out)
    old = applications(shard).risk_score[lent.application[loan]]
    behind = _BEHIND * (state.days_past_due[loan] >= 30)
    move = np.floor(_DRIFT * draw.normal(place, 2) - behind + 0.5).astype(np.int64)
    score = np.clip(old + move, low, run.profile.loans.score.high)
    return Found(lent.owner[loan], place, loan, day, score, np.zeros(len(loan), dtype=bool))


def _of_troubled(shard: Shard) -> Found:
    """Each loan in default, when it got there, and each with a new agreement."""
    run, lent, state = shard.run, loans(shard), payments(shard)
    loan = np.flatnonzero(np.isin(lent.status, (DEFAULTED, RESTRUCTURED)))
    place = child(lent.place[loan], 1 + YEARLY)
    default = lent.status[loan] == DEFAULTED
    first: Days = np.where(
        default, state.unpaid_since[loan] + 90 * DAY, lent.disbursement_date[loan] + 180 * DAY
    )
    room = np.maximum((run.today - DAY - first).astype(np.int64), 0)
    draw = stream(run.seed, "assessments.troubled")
    wait = draw.between(place, 0, np.where(default, np.minimum(room, 30), room))
    low = run.profile.loans.score.low
    score = np.where(
        default,
        draw.between(place, low, low + IN_DEFAULT - 1, 1),
        draw.between(place, low + IN_DEFAULT, low + IN_TROUBLE - 1, 1),
    )
    day = first + wait * DAY
    return Found(lent.owner[loan], place, loan, day, score, np.zeros(len(loan), dtype=bool))
