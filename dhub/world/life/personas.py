"""Takes a shard, gives the persona of each customer, and what follows from it for each one.

A persona is a row of the profile's table; the first that fits a customer is theirs. What one does
beside others of the same persona is log-normal about its rates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, stream
from dhub.memo import of_shard
from dhub.model import Run, Shard
from dhub.profiles.life import GROUPS, Life, Persona
from dhub.world.households import households
from dhub.world.income import WORK, incomes
from dhub.world.people import CORPORATE, people
from dhub.world.personas import kinds, personas_of

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]

YEAR = 365.25
HABITS = ("in_full", "in_part", "minimum")
IN_FULL, IN_PART, MINIMUM = range(3)
# How much people of one persona differ: the logarithm of all their rates, and of each (assumed).
_OVERALL, _EACH = 0.25, 0.35
# Where personas are what one is looked for by: more, so that they overlap (assumed).
_OVERALL_AMONG, _EACH_AMONG, _PHONES_AMONG = 0.28, 0.55, 0.45


@dataclass(frozen=True)
class Habits:
    """One element a customer of the whole shard."""

    persona: Int  # row of the profile's table
    rates: Float  # by group of GROUPS: events a month that one wishes
    rents: Bools
    insures: Bools
    exercises: Bools
    powered: Bools  # pays for power, and for a telephone
    phoned: Bools
    mobile: Float  # of purchases at a shop that are paid by telephone
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


def months_told(run: Run) -> int:
    """How many months before the as-of date the ledger begins."""
    months = run.profile.transactions.history_months
    assert months is not None, "a ledger of lives tells so many months"
    return months


def persona_names(run: Run) -> tuple[str, ...]:
    """The personas in the profile's order."""
    return tuple(persona.name for persona in life_of(run).personas)


@of_shard(2)
def habits(shard: Shard) -> Habits:
    """The habits of a shard; the same whatever `shard.customers` and `attempt` are."""
    return _habits(shard.run, shard.index)


@of_shard()
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
        has("exercises", 2), has("powered", 7), has("phoned", 8),
        _by_phone(run, table, persona, place),
        _numbers(run, "subscriptions", persona, place), _numbers(run, "cards", persona, place),
        np.array([p.on_card for p in table])[persona],
        _pays_card(run, persona, place), has("saves", 5),
        low[persona] + u * (high - low)[persona],
    )  # fmt: skip


def _persona(run: Run, index: int) -> Int:
    """The first persona that fits each customer, the last one of all where none does."""
    if kinds(run):
        names = list(persona_names(run))
        return np.array([names.index(kind.name) for kind in kinds(run)])[personas_of(run, index)]
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
    overall, sigma = (_OVERALL_AMONG, _EACH_AMONG) if kinds(run) else (_OVERALL, _EACH)
    person = exp(overall * draw.normal(place))
    each = [exp(sigma * draw.normal(place, 1 + group)) for group in range(len(GROUPS))]
    return np.asarray(usual * person[:, None] * np.stack(each, axis=1))


def _by_phone(run: Run, table: list[Persona], persona: Int, place: Int) -> Float:
    """Part of the purchases at a shop that each pays by telephone."""
    usual = np.array([p.mobile for p in table])[persona]
    if not kinds(run):
        return usual
    draw = stream(run.seed, "life.mobile")
    return np.asarray(np.minimum(usual * exp(_PHONES_AMONG * draw.normal(place)), 0.95))


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


