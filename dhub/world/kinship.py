"""Takes a shard's customers with their births, gives who of them are couples, parents, children.

Relatives are found among BLOCK neighbouring customers, so that a small bank is the beginning of a
large one. Men and women of a block who are nearest to each other in age become couples; young
singles live with a couple that is a generation older.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import stream
from dhub.model import Run

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

SINGLE = 2
BLOCK = 40  # customers; SHARD_CUSTOMERS is a multiple of it
_PASSES = 4  # of pairing: who is whose nearest changes with each couple that is found
_YEAR = 365.25
_MARRY_AT = 22  # youngest age of a partner (assumed)
_OLDER = 2 * _YEAR  # days by which men are older than their wives (measured, US)
_APART = 6 * _YEAR  # days at most between two partners
_PAIRED = 0.82  # of those old enough look for a partner who is a customer, too (assumed)
_ELSEWHERE = 0.35  # of the others are married to somebody who is not (assumed)
_GROWN = 30  # age up to which single children live with their parents
_AT_HOME = 0.7  # of those who could (assumed)
_GENERATION = (20 * _YEAR, 40 * _YEAR)  # days between parents and children
_USUAL = 28 * _YEAR  # days between most mothers and their children
_SPAN = 2**24  # more days than there are between any two births


@dataclass(frozen=True)
class Kin:
    """One element a customer of the whole shard; rows are customers within the shard."""

    woman: Bools
    married: Bools  # also to somebody who is no customer
    spouse: Int  # row of the spouse among the customers, -1 for none
    mother: Int  # rows of the parents with whom a customer lives, -1 for none
    father: Int
    head: Int  # the first row of the household: all of it share that one's address and branch


def kin(run: Run, place: Int, birth: Days, able: Bools, like: Int) -> Kin:
    """The families among the `able` customers of a shard (companies have none); couples are of one
    number in `like`, 0 or 1, and who is SINGLE there is in none."""
    draw = stream(run.seed, "kinship")
    woman = draw.chance(place, 0.5)
    born = birth.astype(np.int64)
    age = (run.today.astype(np.int64) - born) / _YEAR
    old = able & (age >= _MARRY_AT) & (like != SINGLE)
    looks = old & draw.chance(place, _PAIRED, 1)
    spouse = _couples(2 * (place // BLOCK) + like % SINGLE, born, woman, looks)
    married = (spouse >= 0) | (old & draw.chance(place, _ELSEWHERE, 2))
    young = able & ~married & (age < _GROWN) & draw.chance(place, _AT_HOME, 3)
    mother = _mothers(2 * (place // BLOCK), born, woman & (spouse >= 0), spouse, young)
    father = np.where(mother >= 0, spouse[mother], -1)
    own = np.arange(len(place))
    head = np.where(spouse >= 0, np.minimum(own, spouse), own)
    return Kin(woman, married, spouse, mother, father, np.where(mother >= 0, head[mother], head))


def _couples(group: Int, born: Int, woman: Bools, looks: Bools) -> Int:
    """Row of each one's spouse, -1 for none: pairs that are nearest to each other in age."""
    spouse = np.full(len(group), -1)
    for _ in range(_PASSES):
        free = looks & (spouse < 0)
        men, women = np.flatnonzero(free & ~woman), np.flatnonzero(free & woman)
        if not len(men) or not len(women):
            break
        wife = _nearest(group, born, men, women, int(_OLDER))
        husband = _nearest(group, born, women, men, -int(_OLDER))
        of_row = np.full(len(group), -1)
        of_row[women] = husband
        fits = (wife >= 0) & (of_row[wife] == men)
        fits &= np.abs(born[men] - born[wife]) <= _APART
        spouse[men[fits]], spouse[wife[fits]] = wife[fits], men[fits]
    return spouse


def _nearest(group: Int, born: Int, rows: Int, others: Int, later: int) -> Int:
    """For each row the other of its group who was born nearest to `later` days after it, or -1."""
    others = others[np.lexsort((born[others], group[others]))]
    key = group[others] * _SPAN + born[others]
    wanted = group[rows] * _SPAN + born[rows] + later
    after = np.minimum(np.searchsorted(key, wanted), len(others) - 1)
    before = np.maximum(after - 1, 0)
    closer = np.abs(key[before] - wanted) < np.abs(key[after] - wanted)
    found = others[np.where(closer, before, after)]
    return np.where(group[found] == group[rows], found, -1)


def _mothers(group: Int, born: Int, wife: Bools, spouse: Int, young: Bools) -> Int:
    """Row of the mother with whom each young one lives, -1 for none."""
    mother = np.full(len(group), -1)
    wives, rows = np.flatnonzero(wife), np.flatnonzero(young)
    if not len(wives) or not len(rows):
        return mother
    found = _nearest(group, born, rows, wives, -int(_USUAL))
    fits = found >= 0
    for parent in (found, spouse[found]):
        gap = born[rows] - born[parent]
        fits &= (gap >= _GENERATION[0]) & (gap <= _GENERATION[1])
    mother[rows[fits]] = found[fits]
    return mother
