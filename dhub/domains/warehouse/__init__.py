"""warehouse_db: a star of the same bank, five dimensions and four facts; and what it can tell."""

from dhub.domains.warehouse import (
    accounts,
    cross_sell,
    customers,
    dates,
    interactions,
    merchants,
    products,
    schedule,
    snapshots,
    transactions,
)
from dhub.model import Domain

DOMAIN = Domain(
    "warehouse_db",
    (
        dates.TABLE,
        customers.TABLE,
        products.TABLE,
        merchants.TABLE,
        accounts.TABLE,
        transactions.TABLE,
        snapshots.TABLE,
        interactions.TABLE,
        schedule.TABLE,
    ),
)
# What a model would be asked to find; no table of the star names it.
TRUTH = Domain("ground_truth", (cross_sell.TABLE,))
