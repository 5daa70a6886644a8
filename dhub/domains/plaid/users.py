"""Takes a shard, gives the rows of `users`: customers of the bank, as an app would know them."""

from __future__ import annotations

import numpy as np

from dhub.domains.plaid.keys import user_ids
from dhub.draw import pools, text
from dhub.model import Coded, Column, Rows, Shard, Table
from dhub.profiles.preset import BRACKETS, INCOMES, REGIONS
from dhub.world.outside.run import SHARD_USERS
from dhub.world.outside.users import STAGES, Users, users
from dhub.world.places import postal_codes

_METADATA = (
    '{"age": {age}, "age_bracket": "{bracket}", "income": {income}, "income_bracket": "{tier}", '
    '"region": "{region}", "life_stage": "{stage}", "customer_id": {customer}, '
    '"date_of_birth": "{born}", "city": "{city}", "state": "{state}", "postal_code": "{postal}"}'
)


def user_rows(shard: Shard) -> Rows:
    """One row a user, by number."""
    who = users(shard)
    first, last = pools.pool("first_names"), pools.pool("last_names")
    columns = {
        "user_id": user_ids(who.number),
        "name": text.join([Coded(who.first_name, first), " ", Coded(who.last_name, last)]),
        "email": text.join(["user", text.digits(who.number, 3), "@example.com"]),
        "created_at": who.created_at,
        "consent_status": who.consent,
        "consent_updated_at": who.consent_updated_at,
        "metadata": _metadata(who),
    }
    return Rows(columns, np.arange(SHARD_USERS))


def _metadata(who: Users) -> object:
    """What else is known of each, as JSON; no word of the pools needs an escape."""
    towns = pools.towns()
    return text.fill(
        np.zeros(SHARD_USERS, dtype=np.int64), (_METADATA,), age=who.age,
        bracket=Coded(who.bracket, BRACKETS), income=who.income,
        tier=Coded(who.income_bracket, INCOMES), region=Coded(who.region, REGIONS),
        stage=Coded(who.stage, STAGES), customer=who.customer_id,
        born=np.datetime_as_string(who.born, "D"),
        city=Coded(who.town, tuple(t.city for t in towns)),
        state=Coded(who.town, tuple(t.state for t in towns)),
        postal=Coded(who.postal_code, postal_codes()),
    )  # fmt: skip


TABLE = Table(
    name="users",
    phase=1,
    key="",
    columns=(
        Column("user_id", "text"),
        Column("name", "text"),
        Column("email", "text"),
        Column("created_at", "timestamp"),
        Column("consent_status", "boolean"),
        Column("consent_updated_at", "timestamp"),
        Column("metadata", "jsonb"),
    ),
    expected=lambda run, users: users,
    rows=user_rows,
    natural_keys=("user_id", "email"),
)
