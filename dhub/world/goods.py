"""Takes a shard and customers of it, gives in words what they own and insure: house and car."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import pools, stream, text
from dhub.model import Coded, Shard
from dhub.world.calendar import year_of
from dhub.world.credit.loans import loans
from dhub.world.credit.worth import financed
from dhub.world.households import households
from dhub.world.people import people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

HOUSES = ("Detached house", "Townhouse", "Bungalow", "Semi-detached house", "Ranch house", "Duplex")
FLATS = ("Condominium", "Apartment", "Loft")
# How often each occurs (assumed).
_HOUSES = (0.5, 0.16, 0.1, 0.09, 0.1, 0.05)
_FLATS = (0.65, 0.27, 0.08)
_HOMES = HOUSES + FLATS
CARS = (
    "sedan", "compact sedan", "SUV", "compact SUV", "pickup truck", "hatchback", "minivan",
    "station wagon", "coupe", "hybrid sedan", "electric hatchback", "electric SUV", "convertible",
)  # fmt: skip
_CARS = (0.15, 0.1, 0.17, 0.16, 0.15, 0.05, 0.05, 0.03, 0.03, 0.04, 0.02, 0.03, 0.02)
_NEWEST, _OLDEST = 0, 5  # model years before a car was bought (assumed)


def towns_of(shard: Shard, owner: Int) -> object:
    """Town and state in which each customer lives."""
    return Coded(households(shard).town[owner], _towns())


@lru_cache(maxsize=1)
def _towns() -> tuple[str, ...]:
    return tuple(f"{town.city}, {town.state}" for town in pools.towns())


def homes(shard: Shard, owner: Int) -> object:
    """The house or flat in which the household of each customer lives, and its town."""
    home = households(shard)
    draw, place = stream(shard.run.seed, "goods.home"), people(shard).place[home.head[owner]]
    flat = home.flat[owner] > 0
    kind = np.where(flat, len(HOUSES) + draw.pick(place, _FLATS), draw.pick(place, _HOUSES))
    return text.join([Coded(kind, _HOMES), " in ", towns_of(shard, owner)])


def cars(shard: Shard, owner: Int, year: Int) -> object:
    """The car of each customer, of a model year."""
    draw, place = stream(shard.run.seed, "goods.car"), people(shard).place[owner]
    return text.join([text.digits(year), " ", Coded(draw.pick(place, _CARS), CARS)])


def year_of_loan(shard: Shard, row: Int) -> Int:
    """Model year of the car that a loan (row of `loans`) was taken for."""
    lent = loans(shard)
    return _model(shard, lent.owner[row], lent.disbursement_date[row])


def year_of_policy(shard: Shard, owner: Int, start: Days) -> Int:
    """Model year of the car that a policy insures: the financed one, when it was there by then."""
    row, lent = financed(shard.run, shard.index)[owner], loans(shard)
    bought = lent.disbursement_date[np.maximum(row, 0)] if len(lent.owner) else start
    same = (row >= 0) & (bought <= start)
    return _model(shard, owner, np.where(same, bought, start))


def _model(shard: Shard, owner: Int, bought: Days) -> Int:
    age = stream(shard.run.seed, "goods.model_year").between(
        people(shard).place[owner], _NEWEST, _OLDEST
    )
    return year_of(bought) - age
