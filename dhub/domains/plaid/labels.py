"""Takes a shard, gives what is known of its users beforehand, for whoever tests a classifier."""

from __future__ import annotations

import numpy as np

from dhub.domains.plaid.keys import user_ids
from dhub.model import Column, Rows, Shard, Table
from dhub.world.outside.plans import labels
from dhub.world.outside.run import SHARD_USERS
from dhub.world.outside.users import users


def label_rows(shard: Shard) -> Rows:
    """One row a user, by number."""
    import pyarrow as pa

    told = labels(shard)

    def column(words: tuple[str, ...]) -> object:
        return pa.array([word or None for word in words], pa.string())

    columns = {
        "user_id": user_ids(users(shard).number),
        "archetype": column(told.archetype),
        "edge_case": column(told.edge_case),
        "personas": column(told.personas),
        "pay_frequency": column(told.pay_frequency),
        "life_event": column(told.life_event),
    }
    return Rows(columns, np.arange(SHARD_USERS))


TABLE = Table(
    name="labels",
    phase=2,
    key="",
    columns=(
        Column("user_id", "text"),
        Column("archetype", "text", null=True),
        Column("edge_case", "text", null=True),
        Column("personas", "text", null=True),
        Column("pay_frequency", "text", null=True),
        Column("life_event", "text", null=True),
    ),
    expected=lambda run, users: users,
    rows=label_rows,
    natural_keys=("user_id",),
)
