"""Takes a shard, gives the rows of `fact_loan_schedule`: every instalment of every loan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.warehouse.holdings import account_keys, slots
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Shard, Table
from dhub.world.credit import loans, payments, schedule
from dhub.world.credit.annuities import LONGEST
from dhub.world.credit.applicants import MOST_APPLICATIONS
from dhub.world.credit.payments import PAYMENT_STATUSES, SCHEDULED
from dhub.world.credit.volume import expected_instalments
from dhub.world.star.days import date_keys, in_calendar
from dhub.world.star.products import LOAN, of_loans

Days = NDArray[np.datetime64]

OVERDUE = 15  # days late from beyond which an instalment is overdue, or ahead of time, prepaid


def instalment_rows(shard: Shard) -> Rows:
    """As many rows a loan as its term has months, ordered by loan and number."""
    run, lent, plan, state = shard.run, loans(shard), schedule(shard), payments(shard)
    first = 1 + (shard.index - 1) * SHARD_CUSTOMERS * MOST_APPLICATIONS * LONGEST
    key = first + np.arange(len(plan.loan))
    paid = state.payment_date
    until: Days = np.where(np.isnat(paid), run.today, paid)
    late = (until - plan.due_date).astype(np.int64)
    due = state.status != SCHEDULED
    columns = {
        "schedule_key": key,
        "schedule_id": key,
        "account_key": account_keys(shard.index, slots(LOAN, lent.owner))[plan.loan],
        "customer_key": shard.first + lent.owner[plan.loan] + 1,
        "product_key": of_loans(shard)[plan.loan],
        "installment_number": plan.installment_number,
        "due_date": plan.due_date,
        "due_date_key": Maybe(date_keys(plan.due_date), in_calendar(run, plan.due_date)),
        "principal_amount": plan.principal_amount,
        "interest_amount": plan.interest_amount,
        "total_amount": plan.principal_amount + plan.interest_amount,
        "remaining_balance": plan.remaining_balance,
        "payment_status": Coded(state.status, PAYMENT_STATUSES),
        "payment_date": paid,
        "payment_date_key": Maybe(date_keys(until), ~np.isnat(paid) & in_calendar(run, until)),
        "days_late": Maybe(late, due),
        "is_overdue": due & (late > OVERDUE),
        "is_prepaid": due & (late < -OVERDUE),
    }
    return Rows(columns, lent.owner[plan.loan])


TABLE = Table(
    name="fact_loan_schedule",
    phase=8,
    key="schedule_key",
    columns=(
        Column("schedule_key", "bigint"),
        Column("schedule_id", "bigint"),
        Column("account_key", "bigint"),
        Column("customer_key", "bigint"),
        Column("product_key", "bigint"),
        Column("installment_number", "smallint"),
        Column("due_date", "date"),
        Column("due_date_key", "integer", null=True),
        Column("principal_amount", "numeric(15,2)"),
        Column("interest_amount", "numeric(15,2)"),
        Column("total_amount", "numeric(15,2)"),
        Column("remaining_balance", "numeric(15,2)"),
        Column("payment_status", "text"),
        Column("payment_date", "date", null=True),
        Column("payment_date_key", "integer", null=True),
        Column("days_late", "integer", null=True),
        Column("is_overdue", "boolean"),
        Column("is_prepaid", "boolean"),
    ),
    expected=expected_instalments,
    rows=instalment_rows,
    stride=SHARD_CUSTOMERS * MOST_APPLICATIONS * LONGEST,
)
