"""Takes a shard, gives the rows of `interactions`: every contact, however it was made."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.crm.subjects import contact_subjects
from dhub.model import Coded, Column, Maybe, Rows, Shard, Table
from dhub.world.contacts.contacts import (
    CHANNELS,
    CONTACT_KEYS,
    EMAIL,
    OUTCOMES,
    TYPES,
    contacts,
    durations,
)
from dhub.world.contacts.desk import answering
from dhub.world.people import people

Int = NDArray[np.int64]

STRIDE = CONTACT_KEYS


def interaction_rows(shard: Shard) -> Rows:
    """One row a contact, ordered by customer and time."""
    made, who = contacts(shard.run, shard.index), people(shard)
    handler = answering(shard.run, who, made.owner, made.place, made.day)
    columns = {
        "interaction_id": TABLE.first_key(shard.index) + np.arange(len(made.owner)),
        "customer_id": who.customer_id[made.owner],
        "interaction_type": Coded(made.interaction_type, TYPES),
        "channel": Coded(made.channel, CHANNELS),
        "interaction_date": made.interaction_date,
        "duration_minutes": Maybe(durations(shard.run, made), made.channel != EMAIL),
        "handled_by": Maybe(handler, made.handled),
        "outcome": Coded(made.outcome, OUTCOMES),
        "subject": contact_subjects(shard, made),
    }
    return Rows(columns, made.owner)


TABLE = Table(
    name="interactions",
    phase=3,
    key="interaction_id",
    columns=(
        Column("interaction_id", "bigint"),
        Column("customer_id", "bigint"),
        Column("interaction_type", "text"),
        Column("channel", "text"),
        Column("interaction_date", "timestamptz"),
        Column("duration_minutes", "smallint", null=True),
        Column("handled_by", "bigint", null=True),
        Column("outcome", "text"),
        Column("subject", "text"),
    ),
    expected=lambda run, customers: customers * run.profile.crm.interactions.mean,
    rows=interaction_rows,
    stride=STRIDE,
)
