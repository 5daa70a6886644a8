"""Takes a shard, gives how its customers are told apart and reached: what nobody else has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import pools, stream, text
from dhub.keys import address, scatter
from dhub.model import BLOCK_CUSTOMERS, Coded, Shard
from dhub.world.blocks import numbered
from dhub.world.households import households
from dhub.world.names import names
from dhub.world.people import people

Int = NDArray[np.int64]

# Of 640 million telephone numbers 600 million are the customers', the rest is the staff's. Half of
# an area's are those of the customers of one branch, as long as they last: for the first 500,000
# customers of a block. Later ones have one of the other halves or of the areas without a branch.
AREA, AREA_OF_BRANCH, PHONES = 8_000_000, 4_000_000, 600_000_000
BRANCHES = 20
MILLIARD = 10**9
_DOORS = tuple("ABCDEFGH")
_DOMAINS = (0, 2)  # example.com and example.org; example.net is the staff's


def customer_numbers(shard: Shard) -> object:
    """A C and nine digits each, the block's number before them."""
    number = numbered(shard, "customers.number", people(shard).place, MILLIARD)
    return text.join(["C", text.digits(shard.block * MILLIARD + number, 9)])


def phone_numbers(shard: Shard) -> object:
    """One a customer, of the area of the home branch where there are enough."""
    who, block = people(shard), shard.block
    key = address(who.place - block * BLOCK_CUSTOMERS, shard.attempt)
    return text.phone(phones(shard.run.seed, who.branch, key, block), block)


def phones(seed: int, branch: Int, key: Int, block: int = 0) -> Int:
    """Indexes of telephone numbers, one to one with a block's keys: of each home branch's area."""
    draw = stream(seed, f"customers.phone.{block}" if block else "customers.phone")
    near = key < AREA_OF_BRANCH
    number = branch * AREA
    number[near] += scatter(draw, key[near], AREA_OF_BRANCH)
    halves = BRANCHES * AREA_OF_BRANCH
    far = scatter(draw, key[~near] - AREA_OF_BRANCH, PHONES - halves)
    other = far // AREA_OF_BRANCH * AREA + AREA_OF_BRANCH + far % AREA_OF_BRANCH
    number[~near] = np.where(far < halves, other, far + halves)
    return number


def emails(shard: Shard) -> object:
    """Unique by a number: the shard's places in another order."""
    who, called = people(shard), names(shard)
    turn = np.argsort(stream(shard.run.seed, "customers.email").uniform(who.place), kind="stable")
    domain = np.array(_DOMAINS)[
        stream(shard.run.seed, "customers.email.domain").below(who.place, len(_DOMAINS))
    ]
    style = stream(shard.run.seed, "customers.email.style").below(who.place, 4)
    number = shard.first + turn + 1
    return text.email(called.first, called.last, number, domain, shard.attempt, style)


def street_addresses(shard: Shard) -> object:
    """Number, street and, in a house of many, the flat: 770 Condor Lane, Apt 3B."""
    home = households(shard)
    flat = np.where(home.flat > 0, (home.flat - 1) % 8, -1)
    unit = text.join([", Apt ", home.floor, Coded(flat, _DOORS)])
    return text.join([home.street_number, " ", Coded(home.street, pools.pool("streets")),
                      text.or_nothing(unit)])  # fmt: skip
