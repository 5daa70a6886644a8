"""Takes a shard, gives the rows of `customers`: names and addresses that nobody has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import pools, stream, text
from dhub.keys import address, scatter
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Rows, Shard, Table
from dhub.world.names import Names, names
from dhub.world.people import People, people

Int = NDArray[np.int64]

PHONES = 600_000_000  # of the 640 million; the rest is the staff's
_DOMAINS = (0, 2)  # example.com and example.org; example.net is the staff's


def customer_rows(shard: Shard) -> Rows:
    """One row a customer, in the order of their places."""
    seed, who = shard.run.seed, people(shard)
    draw = stream(seed, "customers.address")
    called = names(shard)
    town = _towns(seed, who)
    towns = pools.towns()
    number = stream(seed, "customers.street_number").between(who.place, 1, 1999)
    street = Coded(draw.below(who.place, len(pools.pool("streets")), 2), pools.pool("streets"))
    key = address(who.place, shard.attempt)
    columns = {
        "customer_id": who.customer_id,
        "customer_number": text.join(
            ["C", text.digits(scatter(stream(seed, "customers.number"), key, 10**9), 9)]
        ),
        "first_name": Coded(called.first, pools.pool("first_names")),
        "last_name": Coded(called.last, pools.pool("last_names")),
        "email": _emails(shard, who, called),
        "phone": text.phone(scatter(stream(seed, "customers.phone"), key, PHONES)),
        "date_of_birth": who.date_of_birth,
        "street_address": text.join([number, " ", street]),
        "city": Coded(town, tuple(t.city for t in towns)),
        "state": Coded(town, tuple(t.state for t in towns)),
        "postal_code": text.join(
            [
                Coded(town, tuple(t.zip_prefix for t in towns)),
                text.digits(draw.between(who.place, 1, 99, 3), 2),
            ]
        ),
        "country": Coded(np.zeros(SHARD_CUSTOMERS, dtype=np.int64), ("US",)),
        "created_at": who.created_at,
    }
    return Rows(columns, np.arange(SHARD_CUSTOMERS))


def _emails(shard: Shard, who: People, called: Names) -> object:
    """Unique by a number: the shard's places in another order."""
    turn = np.argsort(stream(shard.run.seed, "customers.email").uniform(who.place), kind="stable")
    domain = np.array(_DOMAINS)[
        stream(shard.run.seed, "customers.email.domain").below(who.place, len(_DOMAINS))
    ]
    style = stream(shard.run.seed, "customers.email.style").below(who.place, 4)
    number = shard.first + turn + 1
    return text.email(called.first, called.last, number, domain, shard.attempt, style)


def _towns(seed: int, who: People) -> Int:
    """A town around the home branch, by its weight; towns are grouped by branch."""
    towns = pools.towns()
    code = {branch.branch_code: number for number, branch in enumerate(pools.branches())}
    branch = np.array([code[t.branch_code] for t in towns])
    edges = np.cumsum([t.weight for t in towns])
    first = np.searchsorted(branch, who.branch, side="left")
    after = np.searchsorted(branch, who.branch, side="right")
    low = np.where(first > 0, edges[first - 1], 0)
    point = stream(seed, "customers.town").below(who.place, edges[after - 1] - low) + low
    return np.asarray(np.searchsorted(edges, point, side="right"), dtype=np.int64)


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
    ),
    expected=lambda run, customers: customers,
    rows=customer_rows,
    stride=SHARD_CUSTOMERS,
    natural_keys=("customer_number", "email", "phone"),
)
