"""Takes policies, gives their sums insured and their premiums, in cents."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import exp, quantile, stream
from dhub.model import Run, Shard
from dhub.profiles import Profile
from dhub.profiles.insurance import Insurance
from dhub.world.cover.kinds import HEALTH, LIFE, TYPES
from dhub.world.cover.policies import Policies, age_at, policies
from dhub.world.people import people

Int = NDArray[np.int64]
Float = NDArray[np.float64]

PPM = 1_000_000
THOUSAND = 100_000  # cents
TAIL = 0.01  # of the log-normal cut off at each end: there the ranges end
REACH = 2.3264  # standard deviations from the median to the cut
CALM = 0.85  # share of the deviation that is chance; the rest is the segment's
_SEGMENT = np.array([-0.30, 0.12, 0.30, 0.33])  # retail, premium, corporate, private banking
# What sums are rounded to, from which sum on, in cents.
_FROM = np.array([0, 100 * THOUSAND, 500 * THOUSAND])
_UNIT = np.array([1, 5, 25]) * THOUSAND


@lru_cache(maxsize=4)
def amounts(shard: Shard) -> tuple[Int, Int]:
    """Coverage of each policy and the premium of one instalment."""
    return _amounts(shard.run, shard.index)


@lru_cache(maxsize=4)
def _amounts(run: Run, index: int) -> tuple[Int, Int]:
    p = policies(Shard(run, index))
    coverage = _coverage(run, index, p)
    return coverage, _premium(run, index, p, coverage)


def _coverage(run: Run, index: int, p: Policies) -> Int:
    """Log-normal within the range of the type, more for the richer, rounded as people round."""
    low, high, median, sigma = _ranges(run.profile)
    even = TAIL + (1 - 2 * TAIL) * stream(run.seed, "cover.coverage").uniform(p.place)
    segment = people(Shard(run, index)).segment[p.owner]
    z = CALM * quantile(even) + _SEGMENT[segment]
    raw = (median[p.policy_type] * exp(sigma[p.policy_type] * z)).astype(np.int64)
    unit = _UNIT[np.searchsorted(_FROM, raw, side="right") - 1]
    least = -(-low // THOUSAND) * THOUSAND
    most = np.maximum(high // THOUSAND * THOUSAND, least)
    rounded = np.clip(raw // unit * unit, least[p.policy_type], most[p.policy_type])
    return np.asarray(np.minimum(rounded, high[p.policy_type]))


@lru_cache(maxsize=16)
def _ranges(profile: Profile) -> tuple[Int, Int, Float, Float]:
    """Lowest and highest coverage, median and log-deviation by type, in cents."""
    pairs = [profile.insurance.coverage[name].cents for name in TYPES]
    medians = [math.sqrt(low * high) for low, high in pairs]
    sigmas = [_sigma(high / middle) for (_, high), middle in zip(pairs, medians, strict=True)]
    low, high = np.array(pairs, dtype=np.int64).T
    return low, high, np.array(medians), np.array(sigmas)


def _sigma(factor: float) -> float:
    """The log-deviation that leads from the median to `factor` times it at REACH.

    By halving, because a logarithm's last bit depends on the processor.
    """
    low, high = 0.0, 20.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if exp(np.array([middle * REACH]))[0] < factor else (low, middle)
    return low


def _premium(run: Run, index: int, p: Policies, coverage: Int) -> Int:
    """Coverage times a rate of the type's range, over the instalments of a year.

    Life and health cost more with age (assumed).
    """
    low, high = _rates(run.profile.insurance)
    chance = stream(run.seed, "cover.premium").uniform(p.place)
    age = age_at(run, index, p.owner, p.terms.start_date)
    aged = np.isin(p.policy_type, (LIFE, HEALTH))
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
