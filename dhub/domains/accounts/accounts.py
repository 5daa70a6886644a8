"""Takes a shard, gives the rows of `accounts`, each with the balances its ledger came to."""

from __future__ import annotations

from dhub.model import SHARD_CUSTOMERS, Coded, Column, Rows, Shard, Table
from dhub.world.account_numbers import account_numbers
from dhub.world.accounts import CURRENCIES, MOST_ACCOUNTS, STATUSES, TYPES, accounts
from dhub.world.ledger import movements
from dhub.world.places import branch_codes
from dhub.world.standing import accounts_per_customer


def account_rows(shard: Shard) -> Rows:
    """One row an account, ordered by customer."""
    a, money = accounts(shard), movements(shard)
    columns = {
        "account_id": a.account_id,
        "account_number": account_numbers(shard),
        "customer_id": shard.first + a.owner + 1,
        "account_type": Coded(a.account_type, TYPES),
        "status": Coded(a.status, STATUSES),
        "opening_balance": money.opening_balance,
        "balance": money.closing_balance,
        "currency": Coded(a.currency, CURRENCIES),
        "branch_code": Coded(a.branch, branch_codes(shard.run)),
        "opened_date": a.opened_date,
        "closed_date": a.closed_date,
    }
    return Rows(columns, a.owner)


TABLE = Table(
    name="accounts",
    phase=2,
    key="account_id",
    columns=(
        Column("account_id", "bigint"),
        Column("account_number", "text"),
        Column("customer_id", "bigint"),
        Column("account_type", "text"),
        Column("status", "text"),
        Column("opening_balance", "numeric(15,2)"),
        Column("balance", "numeric(15,2)"),
        Column("currency", "text"),
        Column("branch_code", "text"),
        Column("opened_date", "date"),
        Column("closed_date", "date", null=True),
    ),
    expected=lambda run, customers: customers * accounts_per_customer(run.profile),
    rows=account_rows,
    stride=SHARD_CUSTOMERS * MOST_ACCOUNTS,
    natural_keys=("account_number",),
)
