"""Takes a shard, gives the rows of `liabilities`: one for each card and student loan."""

from __future__ import annotations

from dhub.model import Column, Table

TABLE = Table(
    name="liabilities",
    phase=2,
    key="",
    columns=(
        Column("liability_id", "text"),
        Column("account_id", "text"),
        Column("user_id", "text"),
        Column("liability_type", "text"),
        Column("apr_percentage", "numeric(5,2)", null=True),
        Column("apr_type", "text", null=True),
        Column("interest_rate", "numeric(5,2)", null=True),
        Column("interest_rate_type", "text", null=True),
        Column("minimum_payment_amount", "numeric(12,2)", null=True),
        Column("last_payment_amount", "numeric(12,2)", null=True),
        Column("last_payment_date", "date", null=True),
        Column("last_statement_balance", "numeric(14,2)", null=True),
        Column("last_statement_issue_date", "date", null=True),
        Column("next_payment_due_date", "date", null=True),
        Column("is_overdue", "boolean"),
    ),
    expected=lambda run, users: 1.5 * users,
    natural_keys=("liability_id",),
)
