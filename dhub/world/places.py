"""Takes a run, gives its branches and the towns around them: codes, regions, time zones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import Stream, pools
from dhub.model import Run

Int = NDArray[np.int64]


def branch_codes(run: Run) -> tuple[str, ...]:
    """The codes of the run's branches; facts name a branch by its index here."""
    return _branch_codes(run.profile.staff.branches)


@lru_cache(maxsize=16)
def _branch_codes(number: int) -> tuple[str, ...]:
    return tuple(branch.branch_code for branch in pools.branches()[:number])


@lru_cache(maxsize=1)
def branch_cities() -> tuple[str, ...]:
    """The city of each branch."""
    return tuple(branch.city for branch in pools.branches())


@lru_cache(maxsize=1)
def towns() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """City and state of each town."""
    known = pools.towns()
    return tuple(town.city for town in known), tuple(town.state for town in known)


def regions() -> tuple[str, ...]:
    """The regions of the bank, in the order in which the branches name them."""
    return tuple(dict.fromkeys(branch.region for branch in pools.branches()))


@lru_cache(maxsize=1)
def region_of_branch() -> Int:
    """Index into `regions()` of each branch."""
    return np.array([regions().index(branch.region) for branch in pools.branches()])


@lru_cache(maxsize=1)
def zone_of_branch() -> Int:
    """Index into `clock.ZONES` of each branch; its towns keep the same time."""
    from dhub.world.clock import ZONES

    return np.array([ZONES.index(branch.time_zone) for branch in pools.branches()])


@dataclass(frozen=True)
class _Towns:
    """The towns of the pool in columns; `first` and `edge` have one element a branch more."""

    edge: Int  # running weight behind each town
    first: Int  # first town of each branch, and the number of all
    codes: tuple[str, ...]  # the postal codes of all towns, one town after the other
    first_code: Int
    code_count: Int


@lru_cache(maxsize=1)
def _towns() -> _Towns:
    towns = pools.towns()
    codes = [branch.branch_code for branch in pools.branches()]
    branch = np.array([codes.index(town.branch_code) for town in towns])
    count = np.array([len(town.postal_codes) for town in towns])
    return _Towns(
        np.cumsum([town.weight for town in towns]),
        np.searchsorted(branch, np.arange(len(codes) + 1)),
        tuple(code for town in towns for code in town.postal_codes),
        np.cumsum(count) - count, count,
    )  # fmt: skip


def towns_near(branch: Int, draw: Stream, place: Int) -> Int:
    """A town around each branch, by its weight: an index into `pools.towns()`."""
    known = _towns()
    edge = np.append(0, known.edge)
    low, high = edge[known.first[branch]], edge[known.first[branch + 1]]
    point = draw.below(place, high - low) + low
    return np.asarray(np.searchsorted(known.edge, point, side="right"), dtype=np.int64)


def postal_codes() -> tuple[str, ...]:
    """All postal codes; see `postal_codes_of`."""
    return _towns().codes


def postal_codes_of(town: Int, draw: Stream, place: Int, lane: int = 0) -> Int:
    """One of each town's own postal codes: an index into `postal_codes()`."""
    known = _towns()
    return known.first_code[town] + draw.below(place, known.code_count[town], lane)
