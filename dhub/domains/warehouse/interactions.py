"""Takes a shard, gives the rows of `fact_interaction`: contacts with complaint and score."""

from __future__ import annotations

import numpy as np

from dhub.model import Coded, Column, Maybe, Rows, Shard, Table
from dhub.world.contacts.contacts import (
    CHANNELS,
    COMPLAINT,
    CONTACT_KEYS,
    EMAIL,
    OUTCOMES,
    TYPES,
    contacts,
    durations,
)
from dhub.world.contacts.desk import answering
from dhub.world.contacts.scores import scores
from dhub.world.people import people
from dhub.world.star.days import date_keys

# The words of the star for those of customer_db.
_SAID = {"mobile_app": "app", "web": "chatbot", "phone": "call_center"}
STAR_CHANNELS = tuple(_SAID.get(name, name) for name in CHANNELS)


def interaction_rows(shard: Shard) -> Rows:
    """One row a contact, ordered by customer and time."""
    run, who = shard.run, people(shard)
    made, rated = contacts(run, shard.index), scores(run, shard.index)
    first, rows = 1 + (shard.index - 1) * CONTACT_KEYS, len(made.owner)
    complains = made.interaction_type == COMPLAINT
    key = first + np.arange(rows)
    nps, rating = (np.full(rows, -1) for _ in range(2))
    nps[rated.contact], rating[rated.contact] = rated.nps, rated.rating + 1
    columns = {
        "interaction_key": key,
        "interaction_id": key,
        "date_key": date_keys(made.day),
        "customer_key": who.customer_id[made.owner],
        "interaction_date": made.interaction_date,
        "channel": Coded(made.channel, STAR_CHANNELS),
        "interaction_type": Coded(made.interaction_type, TYPES),
        "duration_minutes": Maybe(durations(run, made), made.channel != EMAIL),
        "outcome": Coded(made.outcome, OUTCOMES),
        "is_complaint": complains,
        "complaint_id": Maybe(first + np.cumsum(complains) - 1, complains),
        "handled_by": Maybe(answering(run, who, made.owner, made.place, made.day), made.handled),
        "nps_score": Maybe(nps, nps >= 0),
        "satisfaction_rating": Maybe(rating, rating >= 0),
    }
    return Rows(columns, made.owner)


TABLE = Table(
    name="fact_interaction",
    phase=8,
    key="interaction_key",
    columns=(
        Column("interaction_key", "bigint"),
        Column("interaction_id", "bigint"),
        Column("date_key", "integer"),
        Column("customer_key", "bigint"),
        Column("interaction_date", "timestamptz"),
        Column("channel", "text"),
        Column("interaction_type", "text"),
        Column("duration_minutes", "smallint", null=True),
        Column("outcome", "text"),
        Column("is_complaint", "boolean"),
        Column("complaint_id", "bigint", null=True),
        Column("handled_by", "bigint", null=True),
        Column("nps_score", "smallint", null=True),
        Column("satisfaction_rating", "smallint", null=True),
    ),
    expected=lambda run, customers: customers * run.profile.crm.interactions.mean,
    rows=interaction_rows,
    stride=CONTACT_KEYS,
)
