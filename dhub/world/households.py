"""Takes a shard, gives its households: where they live, and the relatives who are no customers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, exp, pools, stream
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.world.calendar import DAY
from dhub.world.names import NOBODY, apart, names, surnames
from dhub.world.people import CORPORATE, People, people
from dhub.world.personas import kinds, personas_of
from dhub.world.places import postal_codes_of, towns_near

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

MOST_CHILDREN = 4
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

    def at(self, rows: Int) -> Persons:
        """Those of some rows."""
        return Persons(self.first[rows], self.last[rows], self.birth[rows], self.customer[rows])


@of_shard(2)
def households(shard: Shard) -> Households:
    """The households of a shard; the same whatever `shard.customers` and `attempt` are."""
    return _households(shard.run, shard.index)


@of_shard()
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
    if kinds(run):
        count = _of_personas(run, who, family)
    else:
        count = np.where(
            who.kin.married, draw.pick(family, _CHILDREN), draw.pick(family, _CHILDREN_ALONE)
        )
    age = (run.today - _elder(who)).astype(np.int64) / YEAR
    room = np.clip((age - 19) // 4, 0, MOST_CHILDREN).astype(np.int64)
    at_home = np.maximum(np.minimum(count, room), _grown(who) >= 0)
    return np.where(who.segment == CORPORATE, 0, at_home)


def _of_personas(run: Run, who: People, family: Int) -> Int:
    """Children by persona, of couples by that of the wife."""
    draw, first = stream(run.seed, "households.children"), who.place[0]
    persona = personas_of(run, int(first) // SHARD_CUSTOMERS + 1)[family - first]
    count = np.zeros(len(family), dtype=np.int64)
    for row, kind in enumerate(kinds(run)):
        mine = np.flatnonzero(persona == row)
        number = draw.pick(family[mine], kind.children.weights)
        count[mine] = np.array(kind.children.numbers)[number]
    return count


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


def one_by_one(found: Sequence[Persons], kind: Int) -> Persons:
    """Of several relatives of each row the one of its `kind`, an index into `found`."""
    row = np.arange(len(kind))
    first, last, customer = (
        np.stack([getattr(some, name) for some in found])[kind, row]
        for name in ("first", "last", "customer")
    )
    return Persons(first, last, np.stack([some.birth for some in found])[kind, row], customer)


def spouses(shard: Shard, owner: Int) -> Persons:
    """The husband or wife of each customer `owner`: one person, wherever he or she is named.

    For who is not married it is who would be: ask `Households.married` first.
    """
    return _spouses(shard.run, shard.index).at(owner)


@of_shard()
def _spouses(run: Run, index: int) -> Persons:
    shard = Shard(run, index)
    who, called = people(shard), names(shard)
    row, place = who.kin.spouse, who.place
    draw = stream(run.seed, "households.spouse")
    lag = draw.between(place, -3 * 365, 5 * 365)
    birth = who.date_of_birth + np.where(who.kin.woman, -lag, lag) * DAY
    first = apart(draw, place, ~who.kin.woman, birth, 1, [called.first])
    same = draw.chance(place, _TAKES, 2)
    last = np.where(same, called.last, surnames(draw, place, 3))
    there = row >= 0
    return Persons(
        np.where(there, called.first[row], first), np.where(there, called.last[row], last),
        np.where(there, who.date_of_birth[row], birth), np.where(there, row, NOBODY),
    )  # fmt: skip


def children(shard: Shard, owner: Int, number: Int) -> Persons:
    """The child `number` (from 0) of each customer, counted from the oldest on.

    For a number beyond `Households.children` it is who would be the next one.
    """
    who, called = people(shard), names(shard)
    grown = _grown(who)[owner]
    couple = [called.first[owner], spouses(shard, owner).first]
    first = _counted(couple, number, lambda turn, taken: _child(shard, owner, turn, taken))
    wife = who.kin.woman[owner] & (who.kin.spouse[owner] >= 0)
    last = called.last[np.where(wife, who.kin.spouse[owner], owner)]
    row = np.where(number == 0, grown, NOBODY)
    last = np.where(row >= 0, called.last[row], last)
    return Persons(first, last, _births(shard, owner, number), row)


def _child(shard: Shard, owner: Int, turn: int, taken: list[Int]) -> Int:
    """First name of the child `turn` of each customer, none of those `taken`."""
    who, draw = people(shard), stream(shard.run.seed, "households.child")
    place = child(_family(who)[owner], np.full(len(owner), turn))
    birth = _births(shard, owner, np.full(len(owner), turn))
    first = apart(draw, place, draw.chance(place, 0.5, 2), birth, 1, taken)
    grown = np.where(turn == 0, _grown(who)[owner], NOBODY)
    return np.where(grown >= 0, names(shard).first[grown], first)


def _births(shard: Shard, owner: Int, number: Int) -> Days:
    """Births of the children `number` of each customer."""
    run, who, draw = shard.run, people(shard), stream(shard.run.seed, "households.child")
    family = _family(who)[owner]
    elder, grown = _elder(who)[owner], _grown(who)[owner]
    count = np.maximum(households(shard).children[owner], 1)
    latest = np.maximum(
        (run.today - elder).astype(np.int64) - 30 - (count - 1) * (_GAP + _GAP_MORE), 0
    )
    oldest = np.minimum(draw.between(family, 21 * 365, 33 * 365), latest)
    gap = draw.between(child(family, number), 0, _GAP_MORE) + number * _GAP
    eldest = np.where(grown >= 0, who.date_of_birth[grown], elder + oldest * DAY)
    return np.minimum(eldest + np.where(number > 0, gap, 0) * DAY, run.today - 20 * DAY)


def _counted(taken: list[Int], number: Int, name: Callable[[int, list[Int]], Int]) -> Int:
    """First names of the relative `number` of each: `name` gives those of one number, which are
    none of `taken` nor of those with a lower one."""
    found: list[Int] = []
    for turn in range(int(number.max(initial=0)) + 1):
        found.append(name(turn, taken + found))
    return np.asarray(np.stack(found)[number, np.arange(len(number))])


def parents(shard: Shard, owner: Int, mother: Bools) -> Persons:
    """The mother or the father of each customer: those with whom a customer lives, or others."""
    run, who, called = shard.run, people(shard), names(shard)
    row = np.where(mother, who.kin.mother[owner], who.kin.father[owner])
    draw = stream(run.seed, "households.parent")
    place = child(who.place[owner], mother.astype(np.int64))
    lag = draw.between(place, 22 * 365, 36 * 365)
    birth = who.date_of_birth[owner] - lag * DAY
    first = apart(draw, place, mother, birth, 1, [called.first[owner]])
    there = row >= 0
    return Persons(
        np.where(there, called.first[row], first),
        np.where(there, called.last[row], called.born[owner]),
        np.where(there, who.date_of_birth[row], birth), row,
    )  # fmt: skip


def siblings(shard: Shard, owner: Int, number: Int) -> Persons:
    """A brother or sister of each customer; the one of a number is always the same."""
    called = names(shard)
    first = _counted(
        [called.first[owner]], number, lambda turn, taken: _sibling(shard, owner, turn, taken)
    )
    birth = _sibling_births(shard, owner, number)
    return Persons(first, called.born[owner], birth, np.full(len(owner), NOBODY))


def _sibling(shard: Shard, owner: Int, turn: int, taken: list[Int]) -> Int:
    """First name of the sibling `turn` of each customer, none of those `taken`."""
    number = np.full(len(owner), turn)
    draw = stream(shard.run.seed, "households.sibling")
    place = child(people(shard).place[owner], number)
    birth = _sibling_births(shard, owner, number)
    return apart(draw, place, draw.chance(place, 0.5, 2), birth, 1, taken)


def _sibling_births(shard: Shard, owner: Int, number: Int) -> Days:
    """Births of the siblings `number` of each customer, up to eight years before or after."""
    who, draw = people(shard), stream(shard.run.seed, "households.sibling")
    place = child(who.place[owner], number)
    lag = draw.between(place, 500, 3000) * np.where(draw.chance(place, 0.5, 3), 1, -1)
    return np.minimum(who.date_of_birth[owner] + lag * DAY, shard.run.today - 20 * DAY)
