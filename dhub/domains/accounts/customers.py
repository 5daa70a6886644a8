"""Takes a shard, gives the rows of `customers`: names and addresses that nobody has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import pools
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Rows, Shard, Table
from dhub.world.companies import company_names
from dhub.world.households import households
from dhub.world.names import names
from dhub.world.people import people
from dhub.world.places import postal_codes, towns
from dhub.world.register import customer_numbers, emails, phone_numbers, street_addresses

Int = NDArray[np.int64]


def customer_rows(shard: Shard) -> Rows:
    """One row a customer, in the order of their places."""
    who = people(shard)
    called = names(shard)
    home, (cities, states) = households(shard), towns()
    columns = {
        "customer_id": who.customer_id,
        "customer_number": customer_numbers(shard),
        "first_name": Coded(called.first, pools.pool("first_names")),
        "last_name": Coded(called.last, pools.pool("last_names")),
        "email": emails(shard),
        "phone": phone_numbers(shard),
        "date_of_birth": who.date_of_birth,
        "street_address": street_addresses(shard),
        "city": Coded(home.town, cities),
        "state": Coded(home.town, states),
        "postal_code": Coded(home.postal_code, postal_codes()),
        "country": Coded(np.zeros(SHARD_CUSTOMERS, dtype=np.int64), ("US",)),
        "created_at": who.created_at,
        "company_name": company_names(shard),
    }
    return Rows(columns, np.arange(SHARD_CUSTOMERS))


TABLE = Table(
    name="customers",
    phase=1,
    key="customer_id",
    columns=(
        Column("customer_id", "bigint"),
        Column("customer_number", "text"),
        Column("first_name", "text"),
        Column("last_name", "text"),
        Column("email", "text"),
        Column("phone", "text"),
        Column("date_of_birth", "date"),
        Column("street_address", "text"),
        Column("city", "text"),
        Column("state", "text"),
        Column("postal_code", "text"),
        Column("country", "text"),
        Column("created_at", "timestamptz"),
        Column("company_name", "text", null=True),
    ),
    expected=lambda run, customers: customers,
    rows=customer_rows,
    stride=SHARD_CUSTOMERS,
    natural_keys=("customer_number", "email", "phone"),
)
