"""Takes a run, gives the rows of `training_programs`: the profile's figures on the pool's names."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import pools
from dhub.draw.pools import Program
from dhub.model import Coded, Column, Rows, Run, Table
from dhub.world.org import apportion

TYPES = ("compliance", "product", "customer_service", "technical", "leadership")
_PARTS = ("", " II", " III", " IV", " V")  # of a program whose type has too few names


@lru_cache(maxsize=2)
def programs(run: Run) -> tuple[Program, ...]:
    """The run's programs: each type in its share, certificates at the longest of them."""
    figures = run.profile.staff
    mix = figures.program_type
    count = dict(zip(mix.names, apportion(mix.weights, figures.programs), strict=True))
    chosen = sorted(
        (turn, place) for kind in TYPES for turn, place in _places(kind)[: count.get(kind, 0)]
    )
    known = pools.programs()
    found = [replace(known[place], program_name=known[place].program_name + _PARTS[turn])
             for turn, place in chosen]  # fmt: skip
    likely = sorted(found, key=lambda p: (not p.offers_certification, -p.duration_hours))
    certified = set(likely[: int(figures.program_certification * len(found) + 0.5)])
    low, high = figures.program_hours.low, figures.program_hours.high
    return tuple(
        replace(p, offers_certification=p in certified,
                duration_hours=min(max(p.duration_hours, low), high))
        for p in found
    )  # fmt: skip


def plain(program: Program) -> str:
    """The name of a program without its part."""
    part = next((part for part in _PARTS[:0:-1] if program.program_name.endswith(part)), "")
    return program.program_name.removesuffix(part)


def _places(kind: str) -> list[tuple[int, int]]:
    """The pool's programs of a type, over and over again: (turn, place)."""
    places = [place for place, p in enumerate(pools.programs()) if p.program_type == kind]
    return [(turn, place) for turn in range(len(_PARTS)) for place in places]


def kinds(run: Run) -> NDArray[np.int64]:
    """The type of each of the run's programs."""
    return np.array([TYPES.index(p.program_type) for p in programs(run)])


def program_rows(run: Run, attempt: int) -> Rows:
    """One row a program."""
    known = programs(run)
    place = np.arange(len(known))
    return Rows(
        {
            "program_id": place + 1,
            "program_name": Coded(place, tuple(p.program_name for p in known)),
            "program_type": Coded(kinds(run), TYPES),
            "duration_hours": np.array([p.duration_hours for p in known]),
            "offers_certification": np.array([p.offers_certification for p in known]),
        }
    )


PROGRAMS = Table(
    name="training_programs",
    phase=1,
    key="program_id",
    columns=(
        Column("program_id", "bigint"),
        Column("program_name", "text"),
        Column("program_type", "text"),
        Column("duration_hours", "smallint"),
        Column("offers_certification", "boolean"),
    ),
    expected=lambda run, customers: run.profile.staff.programs,
    foundation=program_rows,
)
