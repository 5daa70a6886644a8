"""Takes a shard, gives the rows of `risk_assessments`: of applications, and of running loans."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import spread, stream, text
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.credit import applications, loans
from dhub.world.credit.applicants import MOST_APPLICATIONS
from dhub.world.credit.assessments import YEARLY, assessments
from dhub.world.credit.grades import GRADES, scale
from dhub.world.credit.volume import expected_applications, expected_loans
from dhub.world.people import people
from dhub.world.staff import COMPLIANCE_OFFICER, SPECIALIST, staff

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

ASSESSORS = (COMPLIANCE_OFFICER, SPECIALIST)  # risk analysts are specialists

def assessment_rows(shard: Shard) -> Rows:
    """One row an application, then those of its customer's loans, in order of time."""
    run, found = shard.run, assessments(shard)
    owner, subject, asked = found.owner, found.subject, found.asked
    place, day, score, marks = found.place, found.day, found.score, scale(run.profile)
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
