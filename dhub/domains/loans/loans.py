"""Takes a shard, gives the rows of `loans`: terms, and where the instalments paid leave them."""

from __future__ import annotations

import numpy as np

from dhub.domains.loans.approval import approvers
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Shard, Table
from dhub.profiles.loans import LOAN_TYPES
from dhub.world.accounts import accounts
from dhub.world.credit import LOAN_STATUSES, loans, payments
from dhub.world.credit.applicants import MOST_APPLICATIONS
from dhub.world.credit.volume import expected_loans
from dhub.world.ledger import movements, transaction_ids
from dhub.world.obligations import DISBURSEMENT, PAYOFF, booked


def loan_rows(shard: Shard) -> Rows:
    """One row a loan, ordered by customer."""
    lent, state = loans(shard), payments(shard)
    linked = lent.linked_account >= 0
    account = accounts(shard).account_id[np.maximum(lent.linked_account, 0)]
    columns = {
        "loan_id": lent.loan_id,
        "application_id": lent.application_id,
        "customer_id": shard.first + lent.owner + 1,
        "loan_type": Coded(lent.loan_type, LOAN_TYPES),
        "principal_amount": lent.principal_amount,
        "interest_rate": lent.interest_rate,
        "term_months": lent.term_months,
        "disbursement_date": lent.disbursement_date,
        "maturity_date": lent.maturity_date,
        "loan_status": Coded(lent.status, LOAN_STATUSES),
        "outstanding_balance": state.outstanding_balance,
        "days_past_due": state.days_past_due,
        "payoff_date": lent.payoff_date,
        "linked_account_id": Maybe(account, linked),
        "approved_by": approvers(shard),
        "autopay": lent.autopay,
        "disbursement_transaction_id": _booked(shard, DISBURSEMENT, len(lent.owner)),
        "payoff_transaction_id": _booked(shard, PAYOFF, len(lent.owner)),
    }
    return Rows(columns, lent.owner)


def _booked(shard: Shard, what: int, count: int) -> Maybe:
    """The movement that books it of each of so many loans."""
    return Maybe(*booked(shard, what, movements(shard).pays, transaction_ids(shard), count))


TABLE = Table(
    name="loans",
    phase=5,
    key="loan_id",
    columns=(
        Column("loan_id", "bigint"),
        Column("application_id", "bigint"),
        Column("customer_id", "bigint"),
        Column("loan_type", "text"),
        Column("principal_amount", "numeric(15,2)"),
        Column("interest_rate", "numeric(6,3)"),
        Column("term_months", "smallint"),
        Column("disbursement_date", "date"),
        Column("maturity_date", "date"),
        Column("loan_status", "text"),
        Column("outstanding_balance", "numeric(15,2)"),
        Column("days_past_due", "integer"),
        Column("payoff_date", "date", null=True),
        Column("linked_account_id", "bigint", null=True),
        Column("approved_by", "bigint"),
        Column("autopay", "boolean"),
        Column("disbursement_transaction_id", "bigint", null=True),
        Column("payoff_transaction_id", "bigint", null=True),
    ),
    expected=expected_loans,
    rows=loan_rows,
    stride=SHARD_CUSTOMERS * MOST_APPLICATIONS,
)
