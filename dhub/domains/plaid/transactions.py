"""Takes a shard, gives the rows of `transactions`, by user, date and id."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dhub.domains.plaid.keys import account_ids, user_ids
from dhub.domains.plaid.texts import texts
from dhub.draw import pools, stream, text
from dhub.model import Coded, Column, Rows, Shard, Table
from dhub.world.outside.ids import ids, mixed
from dhub.world.outside.kinds import CATEGORIES, CHANNELS, IN_STORE, PRIMARIES
from dhub.world.outside.payees import payee_names
from dhub.world.outside.plans import expected, plan, slices
from dhub.world.outside.run import SHARD_USERS, run_of
from dhub.world.outside.users import users
from dhub.world.places import postal_codes

Int = NDArray[np.int64]


def transaction_rows(shard: Shard) -> Rows:
    """One row a transaction, by user, date and id."""
    return _rows(shard, 0, SHARD_USERS)


def transaction_slices(shard: Shard) -> Iterator[Rows]:
    """The same rows, some users at a time."""
    for low, high in slices(shard):
        yield _rows(shard, low, high)


def _rows(shard: Shard, low: int, high: int) -> Rows:
    run, who, made = run_of(shard), users(shard), plan(shard, low, high)
    draw = stream(run.seed, run.named("transaction.id"))
    e = made.events
    owner = made.accounts.owner[e.account]
    order = np.lexsort((mixed(draw, e.place), owner << 20 | e.day))
    e, owner = e.take(order), owner[order]
    town = np.where(e.channel == IN_STORE, who.town[owner], -1)
    towns = pools.towns()
    columns = {
        "transaction_id": ids(draw, "txn_", e.place),
        "account_id": text.text(account_ids(shard, made.accounts), e.account),
        "user_id": text.text(user_ids(who.number), owner),
        "date": e.day.astype("datetime64[D]"),
        "authorized_date": (e.day - e.lag).astype("datetime64[D]"),
        "amount": e.cents if run.sign == "plaid" else -e.cents,
        "iso_currency_code": Coded(np.zeros(len(e), dtype=np.int64), ("USD",)),
        "name": texts(shard, made.accounts, e),
        "merchant_name": Coded(e.merchant, payee_names()),
        "payment_channel": Coded(e.channel, CHANNELS),
        "category_primary": Coded(e.category, PRIMARIES),
        "category_detailed": Coded(e.category, CATEGORIES),
        "pending": e.pending,
        "location_city": Coded(town, tuple(t.city for t in towns)),
        "location_region": Coded(town, tuple(t.state for t in towns)),
        "location_postal_code": Coded(
            np.where(town >= 0, who.postal_code[owner], -1), postal_codes()
        ),
    }
    return Rows(columns, owner)


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
    expected=lambda run, users: expected(run)[2] * users,
    rows=transaction_rows,
    slices=transaction_slices,
    natural_keys=("transaction_id",),
)
