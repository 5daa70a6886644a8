"""Takes policies, gives their sums insured and their premiums, in cents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, folded, one_of, stream
from dhub.memo import of_shard
from dhub.model import Run, Shard
from dhub.profiles.insurance import Insurance
from dhub.world.cover.kinds import HEALTH, LIFE, PROPERTY, TYPES, VEHICLE
from dhub.world.cover.policies import Policies, age_at, policies
from dhub.world.credit.worth import appraised, financed, mortgaged
from dhub.world.income import incomes

Int = NDArray[np.int64]
Float = NDArray[np.float64]

PPM = 1_000_000
THOUSAND = 100_000  # cents
# What is insured by type: years of gross income, and its log-deviation (assumed); a house or car
# that the bank lent for, at about the value it was appraised at.
_YEARS = np.array([6.0, 5.5, 0.42, 3.2, 0.38])
_SIGMA = np.array([0.55, 0.45, 0.4, 0.5, 0.45])
_OF_VALUE, _SIGMA_OF_VALUE = 0.98, 0.10
# What sums are rounded to, from which sum on, in cents.
_FROM = np.array([0, 100 * THOUSAND, 500 * THOUSAND])
_UNIT = np.array([1, 5, 25]) * THOUSAND


@of_shard(2)
def amounts(shard: Shard) -> tuple[Int, Int]:
    """Coverage of each policy and the premium of one instalment."""
    return _amounts(shard.run, shard.index)


@of_shard()
def _amounts(run: Run, index: int) -> tuple[Int, Int]:
    p = policies(Shard(run, index))
    coverage = _coverage(run, index, p)
    return coverage, _premium(run, index, p, coverage)


def _coverage(run: Run, index: int, p: Policies) -> Int:
    """What is insured: a value or years of income, within the range of the type, rounded."""
    shard, kind = Shard(run, index), p.policy_type
    worth = incomes(shard).gross[p.owner] * _YEARS[kind]
    sigma = _SIGMA[kind]
    for line, row in ((PROPERTY, mortgaged(run, index)), (VEHICLE, financed(run, index))):
        owed = np.flatnonzero((kind == line) & (row[p.owner] >= 0))
        worth[owed] = appraised(run, index)[row[p.owner[owed]]] * _OF_VALUE
        sigma[owed] = _SIGMA_OF_VALUE
    z = stream(run.seed, "cover.coverage").normal(p.place)
    low, high = np.array([run.profile.insurance.coverage[name].cents for name in TYPES]).T
    wish = np.floor(worth * exp(sigma * z)).astype(np.int64)
    raw = folded(wish, low[kind], high[kind])
    unit = _UNIT[np.searchsorted(_FROM, raw, side="right") - 1]
    least = -(-low // THOUSAND) * THOUSAND
    most = np.maximum(high // THOUSAND * THOUSAND, least)
    rounded = np.clip((raw + unit // 2) // unit * unit, least[kind], most[kind])
    return np.asarray(np.minimum(rounded, high[kind]))


def _premium(run: Run, index: int, p: Policies, coverage: Int) -> Int:
    """Coverage times a rate of the type's range, over the instalments of a year.

    Life and health cost more with age (assumed).
    """
    low, high = _rates(run.profile.insurance)
    chance = stream(run.seed, "cover.premium").uniform(p.place)
    age = age_at(run, index, p.owner, p.terms.start_date)
    aged = one_of(p.policy_type, (LIFE, HEALTH))
    old = np.clip((age - 20) / 50, 0.0, 1.0)
    part = np.where(aged, 0.75 * old + 0.25 * chance, chance)
    low, high = low[p.policy_type], high[p.policy_type]
    rate = low + np.floor(part * (high - low + 1)).astype(np.int64)
    year = PPM * (12 // p.months)
    least = -(-coverage * low // year)
    return np.asarray(np.maximum(np.maximum(coverage * rate // year, least), 1))


def _rates(figures: Insurance) -> tuple[Int, Int]:
    """Premium of a year in millionths of the coverage, by type."""
    pairs = [figures.premium_rate[name] for name in TYPES]
    low = np.array([round(pair.low * PPM) for pair in pairs])
    return low, np.array([round(pair.high * PPM) for pair in pairs])
