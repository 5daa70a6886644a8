"""Takes a shard, gives what is known of its users beforehand, for whoever tests a classifier."""

from __future__ import annotations

from dhub.model import Column, Table

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
    natural_keys=("user_id",),
)
