"""Takes a shard, gives the rows of `loan_applications`."""

from __future__ import annotations

from dhub.domains.loans.approval import officers
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Rows, Shard, Table
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.credit import APPLICATION_STATUSES, applications
from dhub.world.credit.applicants import MOST_APPLICATIONS
from dhub.world.credit.volume import expected_applications


def application_rows(shard: Shard) -> Rows:
    """One row an application, ordered by customer."""
    a = applications(shard)
    columns = {
        "application_id": a.application_id,
        "customer_id": shard.first + a.owner + 1,
        "loan_type": Coded(a.loan_type, LOAN_TYPES),
        "requested_amount": a.requested_amount,
        "annual_income": a.annual_income,
        "dti_ratio": a.dti_ratio,
        "status": Coded(a.status, APPLICATION_STATUSES),
        "officer_id": officers(shard),
        "application_date": a.application_date,
        "decision_date": a.decision_date,
    }
    return Rows(columns, a.owner)


TABLE = Table(
    name="loan_applications",
    phase=5,
    key="application_id",
    columns=(
        Column("application_id", "bigint"),
        Column("customer_id", "bigint"),
        Column("loan_type", "text"),
        Column("requested_amount", "numeric(15,2)"),
        Column("annual_income", "numeric(15,2)"),
        Column("dti_ratio", "numeric(6,4)"),
        Column("status", "text"),
        Column("officer_id", "bigint"),
        Column("application_date", "date"),
        Column("decision_date", "date", null=True),
    ),
    expected=expected_applications,
    rows=application_rows,
    stride=SHARD_CUSTOMERS * MOST_APPLICATIONS,
)
