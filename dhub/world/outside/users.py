"""Takes a shard, gives its users: which customers of the bank they are, and what they earn.

Brackets of age hold in every twenty places; user k is the next customer of its bracket in the
shard, in the order of customer_id. A bracket has more than it must give (100 of some 165 customers
of 18 to 25 in a shard of 2,000, with a deviation of 12); should one run out all the same, the
place goes to whoever is left and nearest in age, and `bracket` tells the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import spread, stream
from dhub.model import Shard
from dhub.profiles.preset import BRACKETS, INCOMES, REGIONS
from dhub.world.households import households
from dhub.world.names import names
from dhub.world.outside.personas import income_bounds, income_tiers, lives
from dhub.world.outside.run import SHARD_USERS, OutsideRun, run_of
from dhub.world.people import in_order, people

Int = NDArray[np.int64]
Float = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

YOUNG, EARLY, MIDDLE_AGED, LATE = range(len(BRACKETS))
LOW, MIDDLE, UPPER_MIDDLE, HIGH = range(len(INCOMES))
STAGES = ("student", "early_career", "mid_career", "late_career")
STUDENT, EARLY_CAREER, MID_CAREER, LATE_CAREER = range(len(STAGES))
OLDEST = 66  # both documents know payroll only
BLOCK = 20  # places in which the brackets of age hold
_FROM = np.array([18, 26, 36, 51])  # the youngest of each bracket
_NEVER = 99
# How an age leans towards each income, by bracket (assumed): a hump.
_EARNS = np.array([
    [0.9, 0.4, 0.0, 0.0], [0.4, 0.5, 0.4, 0.3], [0.0, 0.4, 0.7, 0.8], [0.2, 0.5, 0.5, 0.6],
])  # fmt: skip
_ROUND = 50  # dollars a year: incomes are multiples of it
_LONGEST = 900  # days from an account with the app to the window, at most (assumed)
_CHANGED = 0.2  # of users have settled their consent within the window (assumed)


@dataclass(frozen=True)
class Users:
    """The users of a whole shard, one element each (SHARD_USERS of them)."""

    number: Int  # from 1
    customer: Int  # row in the shard of the bank's customers
    customer_id: Int
    born: Days
    age: Int  # in years, on the last day
    bracket: Int  # index into BRACKETS
    income_bracket: Int  # index into INCOMES
    income: Int  # dollars paid out a year
    region: Int  # index into REGIONS
    stage: Int  # index into STAGES
    first_name: Int
    last_name: Int
    town: Int  # index into pools.towns()
    postal_code: Int  # index into places.postal_codes()
    created_at: NDArray[np.datetime64]  # [s]
    consent: Bools
    consent_updated_at: NDArray[np.datetime64]  # [s]

    @property
    def monthly(self) -> Int:
        """Cents of income a month."""
        return np.asarray(self.income * 100 // 12)


def users(shard: Shard) -> Users:
    """The users of a shard; the same whatever `shard.customers` is."""
    return _users(run_of(shard), shard.index)


def mixed(
    run: OutsideRun, index: int, name: str, weights: Sequence[float], score: Float | None = None
) -> Int:
    """A mix over the users of a shard, right at any number of users, by the stream of a name."""
    draw = stream(run.seed, name)
    return spread(draw, weights, SHARD_USERS, (index - 1) * SHARD_USERS, score)


@lru_cache(maxsize=4)
def _users(run: OutsideRun, index: int) -> Users:
    said, bank = run.figures.people, Shard(run.bank, index)
    number = (index - 1) * SHARD_USERS + np.arange(SHARD_USERS) + 1
    born = people(bank).date_of_birth
    age = ages(born, run.today)
    row = chosen(age, _wanted(run, index))
    bracket = np.searchsorted(_FROM, age[row], side="right") - 1
    kind = _tiers(run, index, _EARNS[bracket])
    region = mixed(run, index, "outside.region", in_order(said.region, REGIONS))
    called, home, created = names(bank), households(bank), _created(run, number)
    return Users(
        number, row, people(bank).customer_id[row], born[row], age[row], bracket, kind,
        _income(run, index, number, kind), region, _stage(age[row], kind), called.first[row],
        called.last[row], home.town[row], home.postal_code[row], created,
        number % 10 != said.no_consent, _settled(run, number, created),
    )  # fmt: skip


def ages(born: Days, today: np.datetime64) -> Int:
    """Completed years; who is born on February 29 is a year older on March 1 of other years."""
    months = (today.astype("datetime64[M]") - born.astype("datetime64[M]")).astype(np.int64)
    early = _into_month(np.array([today])) < _into_month(born)
    return np.asarray((months - early) // 12)


def _into_month(day: Days) -> Int:
    return np.asarray((day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64))


def _wanted(run: OutsideRun, index: int) -> Int:
    """The bracket of each place: every twenty places hold the brackets' counts, shuffled."""
    counts = np.array(run.figures.people.places.counts)
    pattern = np.repeat(np.arange(len(counts)), counts)
    place = (index - 1) * SHARD_USERS + np.arange(SHARD_USERS)
    order = stream(run.seed, "outside.bracket").uniform(place).reshape(-1, len(pattern))
    return np.asarray(pattern[np.argsort(order, axis=1, kind="stable")].ravel())


def chosen(age: Int, wanted: Int) -> Int:
    """The row of the customer for each place, by the ages of a shard's customers."""
    bracket = np.where(age > OLDEST, -1, np.searchsorted(_FROM, age, side="right") - 1)
    found = np.full(len(wanted), -1)
    for code in range(len(_FROM)):
        there, places = np.flatnonzero(bracket == code), np.flatnonzero(wanted == code)
        some = min(len(there), len(places))
        found[places[:some]] = there[:some]
    for place in np.flatnonzero(found < 0):  # next to never
        free = np.setdiff1d(np.flatnonzero(bracket >= 0), found)
        off = np.abs(age[free] - _FROM[wanted[place]])
        found[place] = free[np.argmin(off)]
    return found


def _tiers(run: OutsideRun, index: int, leaning: Float) -> Int:
    """The tier of each income; not every one suits every persona."""
    weights = in_order(run.figures.people.income_mix, INCOMES)
    if run.figures.archetypes:
        return income_tiers(lives(run, index), weights, leaning)
    return mixed(run, index, "outside.income", weights, leaning)


def _income(run: OutsideRun, index: int, number: Int, kind: Int) -> Int:
    """Dollars a year, more of them in the lower part of each tier; of who shows a persona what its
    payrolls can pay out."""
    said = run.figures.people.income
    low = np.array([said[name].low for name in INCOMES])[kind]
    high = np.array([said[name].high for name in INCOMES])[kind]
    if run.figures.archetypes:
        least, most = income_bounds(lives(run, index))
        low, high = np.maximum(low, least), np.minimum(high, most)
    u = stream(run.seed, "outside.income.amount").uniform(number)
    wish = low + (high - low) * u * (0.4 + 0.6 * u)
    return np.asarray(np.minimum(np.ceil(wish / _ROUND).astype(np.int64) * _ROUND, high))


def _stage(age: Int, kind: Int) -> Int:
    young = np.where(kind == LOW, STUDENT, EARLY_CAREER)
    return np.select([age <= 25, age <= 35, age <= 50], [young, EARLY_CAREER, MID_CAREER],
                     LATE_CAREER)  # fmt: skip


def _created(run: OutsideRun, number: Int) -> NDArray[np.datetime64]:
    """When each user joined the app: at some second of a day before the window."""
    draw = stream(run.seed, "outside.created")
    u = draw.uniform(number)
    day = run.first - 1 - np.floor(_LONGEST * u * u).astype(np.int64)
    second = draw.between(number, 7 * 3600, 23 * 3600 - 1, 1)
    return np.asarray((day * 86400 + second).astype("datetime64[s]"))


def _settled(
    run: OutsideRun, number: Int, created: NDArray[np.datetime64]
) -> NDArray[np.datetime64]:
    """When each agreed, or withdrew: some minutes after joining, or on a day of the window."""
    draw = stream(run.seed, "outside.consent")
    soon = created + draw.between(number, 40, 900).astype("timedelta64[s]")
    day = draw.between(number, run.first, run.last - 1, 1) * 86400
    later = (day + draw.between(number, 7 * 3600, 23 * 3600 - 1, 2)).astype("datetime64[s]")
    changed = draw.chance(number, _CHANGED, 3)
    return np.asarray(np.where(changed, later, soon))


