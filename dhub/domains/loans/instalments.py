"""Takes a shard, gives the rows of `repayment_schedule`: every instalment of every loan."""

from __future__ import annotations

import numpy as np

from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Shard, Table
from dhub.world.credit import loans, payments, schedule
from dhub.world.credit.annuities import LONGEST
from dhub.world.credit.applicants import MOST_APPLICATIONS
from dhub.world.credit.payments import PAYMENT_STATUSES
from dhub.world.credit.volume import expected_instalments
from dhub.world.ledger import movements, transaction_ids
from dhub.world.obligations import INSTALMENT, booked


def instalment_rows(shard: Shard) -> Rows:
    """As many rows a loan as its term has months, ordered by loan and number."""
    lent, plan, state = loans(shard), schedule(shard), payments(shard)
    key, pays = transaction_ids(shard), movements(shard).pays
    columns = {
        "schedule_id": TABLE.first_key(shard.index) + np.arange(len(plan.loan)),
        "loan_id": lent.loan_id[plan.loan],
        "installment_number": plan.installment_number,
        "due_date": plan.due_date,
        "principal_amount": plan.principal_amount,
        "interest_amount": plan.interest_amount,
        "total_amount": plan.principal_amount + plan.interest_amount,
        "remaining_balance": plan.remaining_balance,
        "payment_status": Coded(state.status, PAYMENT_STATUSES),
        "payment_date": state.payment_date,
        "paid_amount": Maybe(state.paid_amount, ~np.isnat(state.payment_date)),
        "transaction_id": Maybe(*booked(shard, INSTALMENT, pays, key, len(plan.loan))),
    }
    return Rows(columns, lent.owner[plan.loan])


TABLE = Table(
    name="repayment_schedule",
    phase=5,
    key="schedule_id",
    columns=(
        Column("schedule_id", "bigint"),
        Column("loan_id", "bigint"),
        Column("installment_number", "smallint"),
        Column("due_date", "date"),
        Column("principal_amount", "numeric(15,2)"),
        Column("interest_amount", "numeric(15,2)"),
        Column("total_amount", "numeric(15,2)"),
        Column("remaining_balance", "numeric(15,2)"),
        Column("payment_status", "text"),
        Column("payment_date", "date", null=True),
        Column("paid_amount", "numeric(15,2)", null=True),
        Column("transaction_id", "bigint", null=True),
    ),
    expected=expected_instalments,
    rows=instalment_rows,
    stride=SHARD_CUSTOMERS * MOST_APPLICATIONS * LONGEST,
)
