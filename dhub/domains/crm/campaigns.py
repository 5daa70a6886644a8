"""Takes a run, gives its campaigns and the rows of `campaigns`: few, whatever the bank's size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.draw import pools, stream
from dhub.model import Coded, Column, Rows, Run, Table
from dhub.world.calendar import DAY
from dhub.world.contacts.mixes import apportion
from dhub.world.people import SEGMENTS, YEAR, in_order

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]

TYPES = ("email", "digital", "cross_sell", "direct_mail", "retention")
CROSS_SELL = TYPES.index("cross_sell")
TARGETS = ("all", *SEGMENTS)
ALL = 0

_SHORTEST, _LONGEST = 21, 75  # days a campaign runs (assumed)
# Budget in thousands of dollars by type, low and high (assumed): letters cost more than mails.
_BUDGETS = np.array([[8, 40], [20, 120], [30, 150], [40, 180], [25, 110]])
_SHARE_OF_BUDGET = np.array([1.0, 0.6, 0.5, 0.4, 0.35])  # of a campaign for all, by target

_SEASONS = ("winter", "spring", "summer", "autumn")  # December to February, and so on
# Months in which a name is used that says more than the season.
_MONTHS = {"New Year": (1,), "Tax Season": (2, 3, 4), "Back to School": (7, 8, 9), "Holiday": (11,)}


@dataclass(frozen=True)
class Campaigns:
    """The campaigns of a run in order of their start; campaign_id = position + 1."""

    campaign_type: Int
    target: Int  # index of TARGETS
    start_date: Days
    end_date: Days
    name: tuple[str, ...]
    budget: Int  # cents


@lru_cache(maxsize=4)
def campaigns(run: Run) -> Campaigns:
    """The campaigns of a run: all within the last years, all over by the as-of date."""
    allowed = run.profile.crm.campaigns
    draw = stream(run.seed, "crm.campaigns")
    count = int(draw.between(0, allowed.low, allowed.high))
    place = np.arange(count)
    kind = _dealt(run, "type", in_order(run.profile.crm.campaign_type, TYPES), count)
    target = _dealt(run, "segment", in_order(run.profile.crm.campaign_segment, TARGETS), count)
    start, end = _dates(run, place)
    low, high = _BUDGETS[kind].T * _SHARE_OF_BUDGET[target]
    budget = np.floor(low + (high - low) * draw.uniform(place, 1)).astype(np.int64) * 100_000
    return Campaigns(kind, target, start, end, _names(run, kind, start), budget)


def _dealt(run: Run, name: str, weights: list[float], count: int) -> Int:
    """Each category as often as its weight says, in a random order."""
    codes = np.repeat(np.arange(len(weights)), apportion(weights, count))
    shuffled = stream(run.seed, f"crm.campaigns.{name}").uniform(np.arange(count))
    return codes[np.argsort(shuffled, kind="stable")]


def _dates(run: Run, place: Int) -> tuple[Days, Days]:
    """Start and end: one start in each equal part of the period."""
    draw = stream(run.seed, "crm.campaigns.date")
    period = int(run.profile.crm.campaign_years * YEAR) - 2
    length = draw.between(place, _SHORTEST, _LONGEST)
    room = period - _LONGEST
    offset = np.floor((place + draw.uniform(place, 1)) * room / max(len(place), 1))
    start = run.today - (period - offset.astype(np.int64)) * DAY
    return start, np.minimum(start + length * DAY, run.today - DAY)


def _names(run: Run, kind: Int, start: Days) -> tuple[str, ...]:
    """Names that fit type, season and year; one that is taken gets a number."""
    taken: dict[str, int] = {}
    names = []
    turn = stream(run.seed, "crm.campaigns.name").uniform(np.arange(len(kind)))
    for code, day, share in zip(kind.tolist(), start.tolist(), turn.tolist(), strict=True):
        season = _SEASONS[day.month % 12 // 3]
        year = day.year + (day.month == 12)
        lines = [line for line in pools.pool(f"campaigns/{TYPES[code]}.{season}")
                 if day.month in _months(line)]  # fmt: skip
        first = int(share * len(lines))
        fresh = [line.replace("{year}", str(year)) for line in lines[first:] + lines[:first]]
        name = min(fresh, key=lambda n: taken.get(n, 0))
        taken[name] = taken.get(name, 0) + 1
        names.append(name if taken[name] == 1 else f"{name}, Wave {taken[name]}")
    return tuple(names)


def _months(line: str) -> tuple[int, ...]:
    """Months in which a campaign of this name may start; any month of its season by default."""
    return next((m for word, m in _MONTHS.items() if line.startswith(word)), tuple(range(1, 13)))


def campaign_rows(run: Run, attempt: int) -> Rows:
    """One row a campaign; a retry gives all of them other names."""
    import pyarrow as pa

    made = campaigns(run)
    again = f", Edition {attempt + 1}" if attempt else ""
    columns = {
        "campaign_id": TABLE.first_key(0) + np.arange(len(made.name)),
        "campaign_name": pa.array([name + again for name in made.name], pa.string()),
        "campaign_type": Coded(made.campaign_type, TYPES),
        "target_segment": Coded(made.target, TARGETS),
        "start_date": made.start_date,
        "end_date": made.end_date,
        "budget": made.budget,
    }
    return Rows(columns)


def _mean_count(run: Run, customers: int) -> float:
    return float(len(campaigns(run).name))


TABLE = Table(
    name="campaigns",
    phase=3,
    key="campaign_id",
    columns=(
        Column("campaign_id", "bigint"),
        Column("campaign_name", "text"),
        Column("campaign_type", "text"),
        Column("target_segment", "text"),
        Column("start_date", "date"),
        Column("end_date", "date"),
        Column("budget", "numeric(15,2)"),
    ),
    expected=_mean_count,
    foundation=campaign_rows,
    natural_keys=("campaign_name",),
)
