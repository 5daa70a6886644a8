"""Takes a shard, gives the names of its customers: families share them, decades have their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, pools, stream
from dhub.draw.given import DECADES
from dhub.memo import of_shard
from dhub.model import Run, Shard
from dhub.world.calendar import year_of
from dhub.world.people import People, people

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
Bools = NDArray[np.bool_]

NOBODY = -1
_FARTHEST = 0.6180339887498949  # of a circle: few steps of this length lie well apart
_TAKES = 0.8  # of wives have their husband's surname (measured, US)


@dataclass(frozen=True)
class Names:
    """Codes into the pools `first_names` and `last_names`, one a customer of the whole shard."""

    first: Int
    last: Int
    born: Int  # the surname of their parents: that of birth


def names(shard: Shard) -> Names:
    """The names of a shard's customers."""
    return _names(shard.run, shard.index)


@of_shard()
def _names(run: Run, index: int) -> Names:
    draw, who = stream(run.seed, "customers.name"), people(Shard(run, index))
    kin = who.kin
    own = surnames(draw, who.place)
    born = np.where(kin.father >= 0, own[kin.father], own)
    takes = kin.woman & (kin.spouse >= 0) & draw.chance(who.place, _TAKES, 2)
    last = np.where(takes, own[kin.spouse], born)
    wives = _told_apart(draw, who, given(draw, who.place, kin.woman, who.date_of_birth),
                        [np.where(kin.woman, kin.spouse, NOBODY)])  # fmt: skip
    return Names(_told_apart(draw, who, wives, [kin.mother, kin.father]), last, born)


def _told_apart(draw: Stream, who: People, first: Int, relatives: Sequence[Int]) -> Int:
    """The first names, others where they are those of the relatives (rows, -1 for none)."""
    taken = [np.where(row >= 0, first[row], NOBODY) for row in relatives]
    return apart(draw, who.place, who.kin.woman, who.date_of_birth, 0, taken, first)


def surnames(draw: Stream, place: Int, lane: int = 1) -> Int:
    """Codes into the pool `last_names`, by frequency."""
    return draw.pick(place, _surnames(), lane)


@lru_cache(maxsize=1)
def _surnames() -> NDArray[np.float64]:
    return np.array(pools.weights("last_names"))


def apart(
    draw: Stream, place: Int, woman: Bools, birth: Days, lane: int, taken: Sequence[Int],
    first: Int | None = None,
) -> Int:  # fmt: skip
    """First names as `given` draws them (`first`, if it has), but none that is `taken`."""
    first = (given(draw, place, woman, birth, lane) if first is None else first).copy()
    for turn in range(1, len(taken) + 1):
        alike = np.zeros(len(first), dtype=bool)
        for other in taken:
            alike |= first == other
        row = np.flatnonzero(alike)
        if not len(row):
            break
        first[row] = given(draw, place[row], woman[row], birth[row], lane, turn)
    return first


def given(draw: Stream, place: Int, woman: Bools, birth: Days, lane: int = 0, turn: int = 0) -> Int:
    """Codes into the pool `first_names`, by frequency among those of a sex born in that decade.

    Each further `turn` is another name: it lies farther away than any name is wide.
    """
    codes, edges = _by_decade()
    year = year_of(birth)
    decade = np.clip((year - DECADES[0]) // 10, 0, len(DECADES) - 1)
    group = 2 * decade + woman
    where = (draw.uniform(place, lane) + turn * _FARTHEST) % 1.0
    at = np.searchsorted(edges, group + where, side="right")
    return codes[np.minimum(at, len(codes) - 1)]


@lru_cache(maxsize=1)
def _by_decade() -> tuple[Int, NDArray[np.float64]]:
    """Codes of all names, group by group of decade and sex, and where each ends in its group of
    length one."""
    everybody, codes, edges = pools.first_names(), [], []
    # A name of both sexes stands twice in the pool; its first code stands for both, so that equal
    # codes are equal names.
    same = {name.text: code for code, name in reversed(list(enumerate(everybody)))}
    for decade in range(len(DECADES)):
        for woman in (False, True):
            some = [code for code, name in enumerate(everybody) if name.woman == woman
                    and name.by_decade[decade]]  # fmt: skip
            weight = np.cumsum([everybody[code].by_decade[decade] for code in some])
            codes.append(np.array([same[everybody[code].text] for code in some]))
            edges.append(2 * decade + woman + weight / weight[-1])
    return np.concatenate(codes), np.concatenate(edges)
