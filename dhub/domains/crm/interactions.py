"""Takes a shard, gives the rows of `interactions`: every contact, however it was made."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.domains.crm.contacts import (
    CHANNELS,
    COMPLAINT,
    EMAIL,
    ESCALATED,
    MOST_CONTACTS,
    OUTCOMES,
    TYPES,
    Contacts,
    contacts,
)
from dhub.domains.crm.desk import answering
from dhub.domains.crm.subjects import contact_subjects
from dhub.draw import exp, stream
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Maybe, Rows, Run, Shard, Table
from dhub.world.people import people

Int = NDArray[np.int64]

STRIDE = SHARD_CUSTOMERS * MOST_CONTACTS
_SPREAD = 0.5  # standard deviation of the logarithm of durations (assumed)


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
        "duration_minutes": Maybe(_durations(shard.run, made), made.channel != EMAIL),
        "handled_by": Maybe(handler, made.handled),
        "outcome": Coded(made.outcome, OUTCOMES),
        "subject": contact_subjects(shard, made),
    }
    return Rows(columns, made.owner)


def _durations(run: Run, made: Contacts) -> Int:
    """Minutes: log-normal about the median of the channel, longer where there is trouble."""
    crm = run.profile.crm
    medians = [crm.duration_median.get(channel, 1) for channel in CHANNELS]
    noise = stream(run.seed, "crm.duration").normal(made.place)
    minutes = np.array(medians)[made.channel] * exp(_SPREAD * noise)
    minutes *= np.where(made.interaction_type == COMPLAINT, 1.3, 1.0)
    minutes *= np.where(made.outcome == ESCALATED, 1.2, 1.0)
    whole = np.floor(minutes + 0.5).astype(np.int64)
    return np.clip(whole, crm.duration.low, crm.duration.high)


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
