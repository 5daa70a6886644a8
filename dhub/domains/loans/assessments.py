"""Takes a shard, gives the rows of `risk_assessments`: of applications, and of running loans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.domains.loans.volume import expected_applications, expected_loans
from dhub.draw import child, expand, spread, stream, text
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.calendar import DAY, last_business
from dhub.world.credit import applications, loans, payments
from dhub.world.credit.applicants import MOST_APPLICATIONS
from dhub.world.credit.applications import ACTIVE, DEFAULTED, RESTRUCTURED
from dhub.world.credit.grades import GRADES, IN_DEFAULT, IN_TROUBLE, scale
from dhub.world.credit.settle import barred
from dhub.world.people import people
from dhub.world.staff import COMPLIANCE_OFFICER, SPECIALIST, staff

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

YEARLY = 3  # periodic assessments of a loan at most: applications go back three years
ASSESSORS = (COMPLIANCE_OFFICER, SPECIALIST)  # risk analysts are specialists
_SOONEST = 60  # days after the payout before a loan is looked at again (assumed)
_DRIFT = 16.0  # deviation of a score from one assessment to the next (assumed)
_BEHIND = 45.0  # points lost by a borrower in arrears (assumed)


@dataclass(frozen=True)
class Found:
    """Assessments of one occasion."""

    owner: Int
    place: Int
    subject: Int  # row of `applications`, or of `loans` for the others
    day: Days
    score: Int


def assessment_rows(shard: Shard) -> Rows:
    """One row an application, then those of its customer's loans, in order of time."""
    run = shard.run
    occasions = (_of_applications(shard), _periodic(shard), _of_troubled(shard))
    kind = np.repeat(np.arange(3), [len(found.owner) for found in occasions])
    owner, place, subject, day, score = (
        np.concatenate([getattr(found, name) for found in occasions])
        for name in ("owner", "place", "subject", "day", "score")
    )
    order = np.lexsort((place, day, owner))
    kind, owner, place, subject = kind[order], owner[order], place[order], subject[order]
    day, score, marks = day[order], score[order], scale(run.profile)
    asked = kind == 0
    columns = {
        "assessment_id": TABLE.first_key(shard.index) + np.arange(len(owner)),
        "application_id": Maybe(
            applications(shard).application_id[np.where(asked, subject, 0)], asked
        ),
        "loan_id": Maybe(_loan_ids(shard, np.where(asked, -1, subject)), ~asked),
        "customer_id": shard.first + owner + 1,
        "assessment_date": day,
        "risk_score": score,
        "pd_probability": marks.pd(score),
        "credit_grade": Coded(marks.grade(score), GRADES),
        "assessed_by": _assessors(run, shard.index, people(shard).branch[owner], place, day),
    }
    return Rows(columns, owner)


def _loan_ids(shard: Shard, loan: Int) -> Int:
    """Ids of loans by row; 0 for row -1."""
    return np.append(loans(shard).loan_id, 0)[loan]


def _of_applications(shard: Shard) -> Found:
    """Before the decision, or before today while there is none."""
    a, today = applications(shard), shard.run.today
    end: Days = np.where(np.isnat(a.decision_date), today, a.decision_date)
    room = np.maximum((end - a.application_date).astype(np.int64) - 1, 0)
    draw = stream(shard.run.seed, "assessments.application")
    # Most are done within days.
    wait = np.minimum(draw.between(a.place, 0, room), draw.between(a.place, 0, room, 1))
    day = _at_work(a.application_date + wait * DAY, a.application_date)
    return Found(a.owner, child(a.place, 0), np.arange(len(a.owner)), day, a.risk_score)


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
    return Found(lent.owner[loan], place, loan, day, score)


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
    return Found(lent.owner[loan], place, loan, first + wait * DAY, score)


def _assessors(run: Run, index: int, home: Int, place: Int, day: Days) -> object:
    """An employee's id as text, or SYSTEM for the profile's share."""
    import pyarrow as pa
    import pyarrow.compute as pc

    share = run.profile.loans.assessed_by_system
    draw = stream(run.seed, "assessments.assessed_by").uniform(place)
    employee = text.text(staff(run).near(ASSESSORS, home, draw, day))
    if not share:
        return employee
    automatic = stream(run.seed, f"assessments.system.{index}")
    system = spread(automatic, [share, 1 - share], len(place)) == 0
    return pc.if_else(pa.array(system), "SYSTEM", employee)


def _expected(run: Run, customers: int) -> float:
    """All applications, and the periodic ones: somewhat more than one a loan."""
    figures = run.profile.loans
    again = figures.loan_status.share("active") * figures.reassessed * 1.3
    again += figures.loan_status.share("defaulted", "restructured")
    return expected_applications(run, customers) + expected_loans(run, customers) * again


TABLE = Table(
    name="risk_assessments",
    phase=5,
    key="assessment_id",
    columns=(
        Column("assessment_id", "bigint"),
        Column("application_id", "bigint", null=True),
        Column("loan_id", "bigint", null=True),
        Column("customer_id", "bigint"),
        Column("assessment_date", "date"),
        Column("risk_score", "smallint"),
        Column("pd_probability", "numeric(5,4)"),
        Column("credit_grade", "text"),
        Column("assessed_by", "text"),
    ),
    expected=_expected,
    rows=assessment_rows,
    stride=SHARD_CUSTOMERS * MOST_APPLICATIONS * (2 + YEARLY),
)
