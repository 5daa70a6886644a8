"""Takes a shard, gives the rows of `accounts`: those of its users, all at other institutions."""

from __future__ import annotations

from dhub.model import Column, Table

TABLE = Table(
    name="accounts",
    phase=1,
    key="",
    columns=(
        Column("account_id", "text"),
        Column("user_id", "text"),
        Column("account_type", "text"),
        Column("account_subtype", "text"),
        Column("plaid_type", "text"),
        Column("name", "text"),
        Column("official_name", "text"),
        Column("mask", "text"),
        Column("institution_name", "text"),
        Column("balance_available", "numeric(14,2)", null=True),
        Column("balance_current", "numeric(14,2)"),
        Column("balance_limit", "numeric(14,2)", null=True),
        Column("iso_currency_code", "text"),
        Column("holder_category", "text"),
    ),
    expected=lambda run, users: 2.9 * users,
    natural_keys=("account_id",),
)
