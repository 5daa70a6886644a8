"""Takes a shard, gives its households: where they live, and the relatives who are no customers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, exp, pools, stream
from dhub.model import Run, Shard
from dhub.world.calendar import DAY
from dhub.world.names import given, names, surnames
from dhub.world.people import CORPORATE, People, people
from dhub.world.places import postal_codes_of, towns_near

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

MOST_CHILDREN = 4
NOBODY = -1
YEAR = 365.25
_FLATS = (0.45, 0.16)  # of households in a branch's own city, and around it, live in a flat
_NUMBER = 6.6  # logarithm of the middling house number, and its deviation (assumed)
_NUMBER_SIGMA = 1.2
_LONGEST = 9999
# How many children a family has, and of those of one parent alone (assumed).
_CHILDREN = (0.18, 0.22, 0.36, 0.17, 0.07)
_CHILDREN_ALONE = (0.74, 0.15, 0.08, 0.02, 0.01)
_GAP, _GAP_MORE = 950, 400  # days between siblings, at least and above that (assumed)
_TAKES = 0.85  # of spouses who are no customers share the surname (assumed)
_STREAM = "households"


@dataclass(frozen=True)
class Households:
    """One element a customer of the whole shard; a household's customers share the address."""

    head: Int  # row of the household's first customer
    town: Int  # index into pools.towns()
    postal_code: Int  # index into places.postal_codes()
    street: Int  # index into the pool `streets`
    street_number: Int
    flat: Int  # number of the flat, 0 for a house
    married: Bools
    children: Int  # how many

    @property
    def floor(self) -> Int:
        """Floor of a flat, from 1; 0 for a house."""
        return np.asarray(np.where(self.flat > 0, 1 + (self.flat - 1) // 8, 0))


@dataclass(frozen=True)
class Persons:
    """Relatives asked for: codes into the pools of names, births, and who of them is a customer."""

    first: Int
    last: Int
    birth: Days
    customer: Int  # row within the shard, -1 for none


@lru_cache(maxsize=4)
def households(shard: Shard) -> Households:
    """The households of a shard; the same whatever `shard.customers` and `attempt` are."""
    return _households(shard.run, shard.index)


@lru_cache(maxsize=4)
def _households(run: Run, index: int) -> Households:
    who = people(Shard(run, index))
    head, draw = who.kin.head, stream(run.seed, _STREAM)
    home = who.place[head]
    town = towns_near(who.branch, stream(run.seed, "households.town"), home)
    wish = exp(_NUMBER + _NUMBER_SIGMA * draw.normal(home, 1))
    number = 1 + wish.astype(np.int64) % _LONGEST
    city = np.array([t.weight for t in pools.towns()])[town] >= 50
    flat = draw.chance(home, np.where(city, *_FLATS), 2)
    return Households(
        head, town, postal_codes_of(town, draw, home, 3),
        draw.below(home, len(pools.pool("streets")), 4), number,
        np.where(flat, 1 + draw.below(home, 48, 5), 0), who.kin.married,
        _children(run, who),
    )  # fmt: skip


def _family(who: People) -> Int:
    """Place that names each one's family: that of the wife of a couple, else the own one."""
    wife = np.where(who.kin.woman, np.arange(len(who.place)), who.kin.spouse)
    return np.where(who.kin.spouse >= 0, who.place[wife], who.place)


def _children(run: Run, who: People) -> Int:
    """Children of each customer: the same ones of both partners; those old enough to have them."""
    draw, family = stream(run.seed, "households.children"), _family(who)
    count = np.where(
        who.kin.married, draw.pick(family, _CHILDREN), draw.pick(family, _CHILDREN_ALONE)
    )
    age = (run.today - _elder(who)).astype(np.int64) / YEAR
    room = np.clip((age - 19) // 4, 0, MOST_CHILDREN).astype(np.int64)
    at_home = np.maximum(np.minimum(count, room), _grown(who) >= 0)
    return np.where(who.segment == CORPORATE, 0, at_home)


def _elder(who: People) -> Days:
    """Birth of the younger of two partners, or of the one: children count from it."""
    other = who.date_of_birth[who.kin.spouse]
    own = who.date_of_birth
    return np.where(who.kin.spouse >= 0, np.maximum(own, other), own)


def _grown(who: People) -> Int:
    """Row of a customer who is the child of each customer, -1 for none: the first such."""
    found = np.full(len(who.place), NOBODY)
    for parent in (who.kin.mother, who.kin.father):
        children = np.flatnonzero(parent >= 0)[::-1]
        found[parent[children]] = children
    return found


def spouses(shard: Shard, owner: Int) -> Persons:
    """The husband or wife of each customer `owner`: one person, wherever he or she is named.

    For who is not married it is who would be: ask `Households.married` first.
    """
    run, who, called = shard.run, people(shard), names(shard)
    row, place = who.kin.spouse[owner], who.place[owner]
    draw = stream(run.seed, "households.spouse")
    lag = draw.between(place, -3 * 365, 5 * 365)
    birth = who.date_of_birth[owner] + np.where(who.kin.woman[owner], -lag, lag) * DAY
    first = given(draw, place, ~who.kin.woman[owner], birth, 1)
    same = draw.chance(place, _TAKES, 2)
    last = np.where(same, called.last[owner], surnames(draw, place, 3))
    there = row >= 0
    return Persons(
        np.where(there, called.first[row], first), np.where(there, called.last[row], last),
        np.where(there, who.date_of_birth[row], birth), np.where(there, row, NOBODY),
    )  # fmt: skip


def children(shard: Shard, owner: Int, number: Int) -> Persons:
    """The child `number` (from 0) of each customer, counted from the oldest on.

    For a number beyond `Households.children` it is who would be the next one.
    """
    run, who, called = shard.run, people(shard), names(shard)
    family, draw = _family(who)[owner], stream(run.seed, "households.child")
    place = child(family, number)
    age = (run.today - _elder(who)[owner]).astype(np.int64)
    count = np.maximum(households(shard).children[owner], 1)
    latest = np.maximum(age - 30 - (count - 1) * (_GAP + _GAP_MORE), 0)
    oldest = np.minimum(draw.between(family, 21 * 365, 33 * 365), latest)
    gap = np.where(number > 0, draw.between(place, 0, _GAP_MORE), 0) + number * _GAP
    grown = _grown(who)[owner]
    eldest = np.where(grown >= 0, who.date_of_birth[grown], _elder(who)[owner] + oldest * DAY)
    birth = np.minimum(eldest + gap * DAY, run.today - 20 * DAY)
    row = np.where(number == 0, grown, NOBODY)
    first = given(draw, place, draw.chance(place, 0.5, 2), birth, 1)
    wife = who.kin.woman[owner] & (who.kin.spouse[owner] >= 0)
    last = called.last[np.where(wife, who.kin.spouse[owner], owner)]
    there = row >= 0
    return Persons(
        np.where(there, called.first[row], first), np.where(there, called.last[row], last),
        np.where(there, who.date_of_birth[row], birth), row,
    )  # fmt: skip


def parents(shard: Shard, owner: Int, mother: Bools) -> Persons:
    """The mother or the father of each customer: those with whom a customer lives, or others."""
    run, who, called = shard.run, people(shard), names(shard)
    row = np.where(mother, who.kin.mother[owner], who.kin.father[owner])
    draw = stream(run.seed, "households.parent")
    place = child(who.place[owner], mother.astype(np.int64))
    lag = draw.between(place, 22 * 365, 36 * 365)
    birth = who.date_of_birth[owner] - lag * DAY
    first = given(draw, place, mother, birth, 1)
    there = row >= 0
    return Persons(
        np.where(there, called.first[row], first),
        np.where(there, called.last[row], called.born[owner]),
        np.where(there, who.date_of_birth[row], birth), row,
    )  # fmt: skip


def siblings(shard: Shard, owner: Int, number: Int) -> Persons:
    """A brother or sister of each customer; the one of a number is always the same."""
    run, who, called = shard.run, people(shard), names(shard)
    draw, place = stream(run.seed, "households.sibling"), child(who.place[owner], number)
    lag = draw.between(place, 500, 3000) * np.where(draw.chance(place, 0.5, 3), 1, -1)
    birth = who.date_of_birth[owner] + lag * DAY
    woman = draw.chance(place, 0.5, 2)
    first = given(draw, place, woman, birth, 1)
    size = len(pools.pool("first_names"))
    first = np.where(first == called.first[owner], (first + 1) % size, first)
    return Persons(first, called.born[owner], birth, np.full(len(owner), NOBODY))
