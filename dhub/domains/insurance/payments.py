"""Takes a shard, gives the rows of `premium_payments`: every instalment that has fallen due."""

from __future__ import annotations

import numpy as np

from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.accounts import accounts
from dhub.world.cover import policies, premiums
from dhub.world.cover.kinds import FREQUENCIES, MONTHS, MOST_POLICIES, policies_per_customer
from dhub.world.cover.methods import METHODS
from dhub.world.cover.premiums import STATUSES
from dhub.world.ledger import movements, transaction_ids
from dhub.world.obligations import PREMIUM, booked

MOST = 12 * 50 + 1  # instalments of a policy: monthly for the longest a profile may ask for


def payment_rows(shard: Shard) -> Rows:
    """Rows ordered by customer, policy and due date."""
    p, due = policies(shard), premiums(shard)
    key, pays = transaction_ids(shard), movements(shard).pays
    account = accounts(shard).account_id[np.maximum(p.account[due.policy], 0)]
    columns = {
        "payment_id": TABLE.first_key(shard.index) + np.arange(len(due.policy)),
        "policy_id": p.policy_id[due.policy],
        "due_date": due.due,
        "payment_date": due.payment_date,
        "amount": due.amount,
        "payment_method": Coded(due.method, METHODS),
        "payment_status": Coded(due.status, STATUSES),
        "account_id": Maybe(account, due.from_account),
        "transaction_id": Maybe(*booked(shard, PREMIUM, pays, key, len(due.policy))),
    }
    return Rows(columns, p.owner[due.policy])


def _expected(run: Run, customers: int) -> float:
    figures = run.profile.insurance
    yearly = sum(
        figures.frequency.share(name) * (12 // int(months))
        for name, months in zip(FREQUENCIES, MONTHS, strict=True)
    )
    paying = 1 - (1 - figures.status.share("active")) / 2  # who left did so halfway, on average
    mean = (figures.mean_age_years * yearly + 0.5) * paying
    return customers * policies_per_customer(run.profile) * mean


TABLE = Table(
    name="premium_payments",
    phase=6,
    key="payment_id",
    columns=(
        Column("payment_id", "bigint"),
        Column("policy_id", "bigint"),
        Column("due_date", "date"),
        Column("payment_date", "date", null=True),
        Column("amount", "numeric(15,2)"),
        Column("payment_method", "text"),
        Column("payment_status", "text"),
        Column("account_id", "bigint", null=True),
        Column("transaction_id", "bigint", null=True),
    ),
    expected=_expected,
    rows=payment_rows,
    stride=SHARD_CUSTOMERS * MOST_POLICIES * MOST,
)
