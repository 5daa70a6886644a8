"""Takes a shard, gives the persona of each customer, and what follows from it for each one.

A persona is a row of the profile's table; the first that fits a customer is theirs. What one does
beside others of the same persona is log-normal about its rates.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, stream
from dhub.model import Run, Shard
from dhub.profiles.life import GROUPS, Life, Persona
from dhub.world.households import households
from dhub.world.income import WORK, incomes
from dhub.world.people import CORPORATE, people

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

YEAR = 365.25
HABITS = ("in_full", "in_part", "minimum")
IN_FULL, IN_PART, MINIMUM = range(3)
# How much people of one persona differ: the logarithm of all their rates, and of each (assumed).
_OVERALL, _EACH = 0.25, 0.35


@dataclass(frozen=True)
class Habits:
    """One element a customer of the whole shard."""

    persona: Int  # row of the profile's table
    rates: Float  # by group of GROUPS: events a month that one wishes
    rents: Bools
    insures: Bools
    exercises: Bools
    subscriptions: Int
    cards: Int  # credit cards at other banks
    on_card: Float  # of purchases, if there is a card
    pays_card: Int  # index into HABITS
    saves: Bools
    saving: Float  # of the net pay


def life_of(run: Run) -> Life:
    """The section `life` of a run that has one."""
    assert run.profile.life is not None, "a profile without lives has a listing"
    return run.profile.life


def persona_names(run: Run) -> tuple[str, ...]:
    """The personas in the profile's order."""
    return tuple(persona.name for persona in life_of(run).personas)


@lru_cache(maxsize=2)
def habits(shard: Shard) -> Habits:
    """The habits of a shard; the same whatever `shard.customers` and `attempt` are."""
    return _habits(shard.run, shard.index)


@lru_cache(maxsize=2)
def _habits(run: Run, index: int) -> Habits:
    who = people(Shard(run, index))
    table, persona = life_of(run).personas, _persona(run, index)
    draw, place = stream(run.seed, "life.habits"), who.place

    def has(name: str, lane: int) -> Bools:
        share = np.array([getattr(p, name) for p in table])[persona]
        return draw.chance(place, share, lane)

    low, high = (np.array([getattr(p.saving, end) for p in table]) for end in ("low", "high"))
    u = draw.uniform(place, 6)
    return Habits(
        persona, _rates(run, table, persona, place), has("rents", 0), has("insures", 1),
        has("exercises", 2), _numbers(run, "subscriptions", persona, place),
        _numbers(run, "cards", persona, place), np.array([p.on_card for p in table])[persona],
        _pays_card(run, persona, place), has("saves", 5),
        low[persona] + u * (high - low)[persona],
    )  # fmt: skip


def _persona(run: Run, index: int) -> Int:
    """The first persona that fits each customer, the last one of all where none does."""
    shard, table = Shard(run, index), life_of(run).personas
    who, work = people(shard), incomes(shard).work
    age = (run.today - who.date_of_birth).astype(np.int64) / YEAR
    children = households(shard).children > 0
    found = np.full(len(age), len(table) - 1)
    for row in range(len(table) - 1, -1, -1):
        found[_fits(table[row], age, work, children & (who.segment != CORPORATE))] = row
    return found


def _fits(persona: Persona, age: Float, work: Int, children: Bools) -> Bools:
    ages = (age >= persona.ages.low) & (age < persona.ages.high + 1)
    works = np.isin(work, [WORK.index(name) for name in persona.work])
    family = True if persona.children is None else children == persona.children
    return np.asarray(ages & works & family)


def _rates(run: Run, table: list[Persona], persona: Int, place: Int) -> Float:
    usual = np.array([[p.rates[name] for name in GROUPS] for p in table])[persona]
    draw = stream(run.seed, "life.rates")
    person = exp(_OVERALL * draw.normal(place))
    each = [exp(_EACH * draw.normal(place, 1 + group)) for group in range(len(GROUPS))]
    return np.asarray(usual * person[:, None] * np.stack(each, axis=1))


def _numbers(run: Run, name: str, persona: Int, place: Int) -> Int:
    """A number of each customer from the persona's mix of counts."""
    draw, found = stream(run.seed, f"life.{name}"), np.zeros(len(place), dtype=np.int64)
    for row, p in enumerate(life_of(run).personas):
        mine, mix = np.flatnonzero(persona == row), getattr(p, name)
        found[mine] = np.array(mix.numbers)[draw.pick(place[mine], mix.weights)]
    return found


def _pays_card(run: Run, persona: Int, place: Int) -> Int:
    draw, found = stream(run.seed, "life.pays_card"), np.zeros(len(place), dtype=np.int64)
    for row, p in enumerate(life_of(run).personas):
        mine = np.flatnonzero(persona == row)
        weights = [p.pays_card.share(name) for name in HABITS]
        found[mine] = draw.pick(place[mine], weights)
    return found


