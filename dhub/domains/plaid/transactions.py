"""Takes a shard, gives the rows of `transactions`, by user, date and id."""

from __future__ import annotations

from dhub.model import Column, Table

TABLE = Table(
    name="transactions",
    phase=2,
    key="",
    columns=(
        Column("transaction_id", "text"),
        Column("account_id", "text"),
        Column("user_id", "text"),
        Column("date", "date"),
        Column("authorized_date", "date"),
        Column("amount", "numeric(12,2)"),
        Column("iso_currency_code", "text"),
        Column("name", "text"),
        Column("merchant_name", "text", null=True),
        Column("payment_channel", "text"),
        Column("category_primary", "text"),
        Column("category_detailed", "text"),
        Column("pending", "boolean"),
        Column("location_city", "text", null=True),
        Column("location_region", "text", null=True),
        Column("location_postal_code", "text", null=True),
    ),
    expected=lambda run, users: 175 * users,
    natural_keys=("transaction_id",),
)
