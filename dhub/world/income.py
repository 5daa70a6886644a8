"""Takes a shard, gives what each customer earns: one income a person, whoever asks.

Applications state the gross, salaries are the net of a month, limits and cover follow from both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, stream
from dhub.memo import of_shard
from dhub.model import Run, Shard
from dhub.world.companies import PAYS, employers
from dhub.world.people import CORPORATE, People, in_order, people
from dhub.world.personas import kinds, personas_of

Int = NDArray[np.int64]
Float = NDArray[np.float64]

WORK = ("employed", "self_employed", "student", "retired", "not_working")
EMPLOYED, SELF_EMPLOYED, STUDENT, RETIRED, NOT_WORKING = range(len(WORK))
NOBODY = -1

# Gross income: median in dollars a year by segment (assumed), hump by age (realism).
_INCOME = np.array([52_000.0, 88_000.0, 190_000.0, 215_000.0])
_AGES = np.array([18, 24, 30, 38, 45, 54, 60, 68, 86])
_HUMP = np.array([0.7, 0.86, 0.98, 1.12, 1.18, 1.15, 1.0, 0.91, 0.86])
_SIGMA = 0.34
_LEAST = 18_000
# Share of the gross that taxes and contributions take, by income (assumed, US tables).
_GROSS = np.array([0, 25_000, 50_000, 90_000, 150_000, 300_000, 10_000_000])
_TAKEN = np.array([0.10, 0.14, 0.19, 0.235, 0.28, 0.335, 0.37])
_RAISES = (15, 55)  # thousandths a year, lowest and highest (assumed)
# What people of an age do, in the order of WORK (assumed).
_STEPS = np.array([0, 23, 62, 66, 72, 200])
_DOES = np.array([
    (0.55, 0.02, 0.40, 0.0, 0.03), (0.85, 0.09, 0.01, 0.0, 0.05), (0.66, 0.10, 0.0, 0.20, 0.04),
    (0.24, 0.07, 0.0, 0.66, 0.03), (0.05, 0.03, 0.0, 0.92, 0.0),
])  # fmt: skip


@dataclass(frozen=True)
class Incomes:
    """One element a customer of the whole shard."""

    work: Int  # index into WORK
    line: Int  # of business of the employer: index into companies.LINES
    employer: Int  # index into pools.companies(), -1 for whoever is not employed
    gross: Int  # cents a year on the as-of date, whole hundreds of dollars
    net_month: Int  # cents a month on the as-of date
    raise_part: Int  # thousandths more each year
    raise_month: Int  # month of the year in which pay rises, 0 for January

    def net_in(self, rows: Int, month: Int, now: int) -> Int:
        """Cents of a month's net pay of customers in a month (since 1970), raises taken back;
        `now` is the month of the as-of date."""
        pay, part = self.net_month[rows].astype(np.float64), 1 + self.raise_part[rows] / 1000
        turn = self.raise_month[rows]
        return np.floor(before_raises(pay, part, turn, month, now)).astype(np.int64)


def before_raises(now: Float, part: Float | float, turn: Int, month: Int, today: int) -> Float:
    """What is `now` in the month of `today`, in an earlier month (since 1970): it grew to `part`
    of itself each year, in month `turn` of the year (0 for January)."""
    years = (today - turn) // 12 - (month - turn) // 12
    for _ in range(int(years.max(initial=0))):
        now = np.where(years > 0, now / part, now)
        years = years - 1
    return now


@of_shard(2)
def incomes(shard: Shard) -> Incomes:
    """The incomes of a shard; the same whatever `shard.customers` and `attempt` are."""
    return _incomes(shard.run, shard.index)


@of_shard()
def _incomes(run: Run, index: int) -> Incomes:
    who = people(Shard(run, index))
    draw, age = stream(run.seed, "income"), _age(run, who)
    persona = personas_of(run, index)
    work = _work_of_personas(run, who, persona) if kinds(run) else _work(run, who, age)
    line, employer = employers(stream(run.seed, "income.employer"), who.place, who.branch)
    pays = np.where(work == EMPLOYED, PAYS[line], 1.0)
    wish = _INCOME[who.segment] * _by_age(age) * pays * exp(_SIGMA * draw.normal(who.place))
    wish = _of_personas(run, wish, persona) if kinds(run) else np.maximum(wish, _LEAST)
    gross = np.floor(wish / 100).astype(np.int64) * 10_000
    return Incomes(
        work, line, np.where(work == EMPLOYED, employer, NOBODY), gross, _net(gross),
        draw.between(who.place, *_raises(run), 1), draw.below(who.place, 12, 2),
    )  # fmt: skip


def _raises(run: Run) -> tuple[int, int]:
    life = run.profile.life
    if life is None:
        return _RAISES
    return round(life.raises.low * 1000), round(life.raises.high * 1000)


def _work_of_personas(run: Run, who: People, persona: Int) -> Int:
    """What each does, by persona."""
    table = np.array([in_order(kind.work, WORK) for kind in kinds(run)])
    u = stream(run.seed, "income.work").uniform(who.place)
    edges = np.cumsum(table, axis=1)[persona, :-1]
    return np.asarray((u[:, None] >= edges).sum(axis=1))


def _of_personas(run: Run, wish: Float, persona: Int) -> Float:
    """Dollars a year: by the persona's level, reflected into its range."""
    level, low, high = np.array([
        (kind.level, float(kind.income.low), float(kind.income.high)) for kind in kinds(run)
    ])[persona].T  # fmt: skip
    wish = wish * level
    wish = np.where(wish < low, low * low / wish, wish)
    wish = np.where(wish > high, high * high / wish, wish)
    return np.asarray(np.clip(wish, low, high))


def _age(run: Run, who: People) -> Float:
    return np.asarray((run.today - who.date_of_birth).astype(np.int64) / 365.25)


def _work(run: Run, who: People, age: Float) -> Int:
    """What each does; the contact of a company works for that."""
    u = stream(run.seed, "income.work").uniform(who.place)
    step = np.searchsorted(_STEPS, age, side="right") - 1
    work = (u[:, None] >= np.cumsum(_DOES, axis=1)[step, :-1]).sum(axis=1)
    return np.where(who.segment == CORPORATE, SELF_EMPLOYED, work)


def _by_age(age: Float) -> Float:
    return between(age, _AGES, _HUMP)


def between(x: Float, at: NDArray[np.int64], value: Float) -> Float:
    """Linear interpolation; np.interp may fuse its multiply and add, which changes the last bit."""
    left = np.clip(np.searchsorted(at, x, side="right") - 1, 0, len(at) - 2)
    part = (x - at[left]) / (at[left + 1] - at[left])
    return np.asarray(value[left] + (value[left + 1] - value[left]) * part)


def _net(gross: Int) -> Int:
    """Cents a month after taxes."""
    dollars = gross / 100
    return np.floor(gross * (1 - between(dollars, _GROSS, _TAKEN)) / 12).astype(np.int64)
