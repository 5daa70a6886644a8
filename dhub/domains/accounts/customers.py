"""Takes a shard, gives the rows of `customers`: names and addresses that nobody has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import pools, stream, text
from dhub.keys import address, scatter
from dhub.model import SHARD_CUSTOMERS, Coded, Column, Rows, Shard, Table
from dhub.world.companies import company_names
from dhub.world.households import Households, households
from dhub.world.names import Names, names
from dhub.world.people import People, people
from dhub.world.places import postal_codes

Int = NDArray[np.int64]

# Of 640 million telephone numbers 600 million are the customers', the rest is the staff's. Half of
# an area's are those of the customers of one branch, as long as they last: for the first 500,000
# customers. Later ones have one of the other halves or of the areas without a branch.
AREA, AREA_OF_BRANCH, PHONES = 8_000_000, 4_000_000, 600_000_000
BRANCHES = 20
_DOORS = tuple("ABCDEFGH")
_DOMAINS = (0, 2)  # example.com and example.org; example.net is the staff's


def customer_rows(shard: Shard) -> Rows:
    """One row a customer, in the order of their places."""
    seed, who = shard.run.seed, people(shard)
    called = names(shard)
    home, towns = households(shard), pools.towns()
    key = address(who.place, shard.attempt)
    columns = {
        "customer_id": who.customer_id,
        "customer_number": text.join(
            ["C", text.digits(scatter(stream(seed, "customers.number"), key, 10**9), 9)]
        ),
        "first_name": Coded(called.first, pools.pool("first_names")),
        "last_name": Coded(called.last, pools.pool("last_names")),
        "email": _emails(shard, who, called),
        "phone": text.phone(phones(seed, who.branch, key)),
        "date_of_birth": who.date_of_birth,
        "street_address": _streets(home),
        "city": Coded(home.town, tuple(t.city for t in towns)),
        "state": Coded(home.town, tuple(t.state for t in towns)),
        "postal_code": Coded(home.postal_code, postal_codes()),
        "country": Coded(np.zeros(SHARD_CUSTOMERS, dtype=np.int64), ("US",)),
        "created_at": who.created_at,
        "company_name": company_names(shard),
    }
    return Rows(columns, np.arange(SHARD_CUSTOMERS))


def phones(seed: int, branch: Int, key: Int) -> Int:
    """Indexes of telephone numbers, one to one with the keys: of the area of each home branch."""
    draw, near = stream(seed, "customers.phone"), key < AREA_OF_BRANCH
    number = branch * AREA
    number[near] += scatter(draw, key[near], AREA_OF_BRANCH)
    halves = BRANCHES * AREA_OF_BRANCH
    far = scatter(draw, key[~near] - AREA_OF_BRANCH, PHONES - halves)
    other = far // AREA_OF_BRANCH * AREA + AREA_OF_BRANCH + far % AREA_OF_BRANCH
    number[~near] = np.where(far < halves, other, far + halves)
    return number


def _emails(shard: Shard, who: People, called: Names) -> object:
    """Unique by a number: the shard's places in another order."""
    turn = np.argsort(stream(shard.run.seed, "customers.email").uniform(who.place), kind="stable")
    domain = np.array(_DOMAINS)[
        stream(shard.run.seed, "customers.email.domain").below(who.place, len(_DOMAINS))
    ]
    style = stream(shard.run.seed, "customers.email.style").below(who.place, 4)
    number = shard.first + turn + 1
    return text.email(called.first, called.last, number, domain, shard.attempt, style)


def _streets(home: Households) -> object:
    """Number, street and, in a house of many, the flat: 770 Condor Lane, Apt 3B."""
    flat = np.where(home.flat > 0, (home.flat - 1) % 8, -1)
    unit = text.join([", Apt ", home.floor, Coded(flat, _DOORS)])
    return text.join([home.street_number, " ", Coded(home.street, pools.pool("streets")),
                      text.or_nothing(unit)])  # fmt: skip


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
