"""Takes a run and its analysts, gives what all fiction of use reads: days, moments, draws, teams.

A day is counted back from the as-of date; 1 is the last one that has passed. Everything is a
function of the run's seed and of the names of what is told of.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from dhub.catalog import Catalog
from dhub.datahub import urns
from dhub.datahub.urns import Naming
from dhub.datahub.used.declared import Peak, Use
from dhub.draw import exp, stream
from dhub.world.calendar import is_business, next_business, weekday

Int = NDArray[np.int64]
Float = NDArray[np.float64]

DAYS = 90  # how far back anything is told
_MONDAY, _MONTH_END, _BETWEEN = 1.9, 3.2, 0.8  # beside a working day of the mean (assumed)
_REST = 0.04  # of a working day's reading, on others (assumed)
_DEVIATION = 0.35


@dataclass(frozen=True)
class Analyst:
    """An employee who reads data, as a user of the catalogue, and the teams of the user."""

    user: str
    name: str
    title: str
    email: str
    teams: tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """Everything that the fiction is a function of; `rows` are those of the bank's tables."""

    seed: int
    as_of: date
    catalog: Catalog
    naming: Naming
    use: Use
    analysts: Sequence[Analyst]
    manual: str
    rows: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def dataset(self, place: str) -> str:
        """The URN of what database.schema.table names."""
        return self.naming.dataset(*place.split("."))

    def day(self, ago: int) -> date:
        """The day so many days before the as-of date."""
        return self.as_of - timedelta(days=ago)

    def at(self, ago: int, hour: int = 0, minute: int = 0) -> int:
        """Milliseconds since 1970 of a moment of such a day, UTC."""
        day = self.day(ago)
        moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
        return int(moment.timestamp() * 1000)

    def stamp(self, when: int, user: str | None = None) -> dict[str, object]:
        """Who did something, and when."""
        return {"time": when, "actor": user or "urn:li:corpuser:datahub"}

    def busy(self, peak: Peak) -> Float:
        """How much is read on each of the days, 1 ago first, beside a working day of the mean."""
        days = np.datetime64(self.as_of, "D") - np.arange(1, DAYS + 1)
        load = np.where(is_business(days), 1.0, _REST)
        if peak == "monday":
            load = np.where(_opens_the_week(days), _MONDAY, load * _BETWEEN)
        elif peak == "month_end":
            end = next_business(days + 3).astype("datetime64[M]") != days.astype("datetime64[M]")
            load = np.where(end & is_business(days), _MONTH_END, load * _BETWEEN)
        return np.asarray(load)

    def counts(self, name: str, often: float, peak: Peak) -> Int:
        """How often something happens on each of the days: log-normal about the load, floored."""
        draw, place = stream(self.seed, f"used.{name}"), np.arange(DAYS)
        wish = often * self.busy(peak) * exp(_DEVIATION * draw.normal(place))
        return np.asarray(np.floor(wish + draw.uniform(place, 1)), dtype=np.int64)

    def chosen(self, name: str, n: int, some: int) -> Int:
        """Which of `some` does each of n things: the first ones far more often than the last."""
        weights = 1.0 / np.arange(1, max(some, 1) + 1) ** 1.3
        return stream(self.seed, f"used.who.{name}").pick(np.arange(n), weights)

    def team(self, group: str) -> list[Analyst]:
        """Who of a team reads data; where nobody was hired for it, its stewards do."""
        mine = [each for each in self.analysts if group in each.teams]
        stewards = [
            Analyst(each.id, each.name, each.title, each.email, each.groups)
            for each in self.catalog.users.values()
            if group in each.groups
        ]
        return mine or stewards or self.team("data-governance")

    def people(self, group: str, name: str, n: int) -> list[str]:
        """The users who did something n times, one each time."""
        team = self.team(group)
        turn = zlib.crc32(name.encode()) % len(team)
        team = team[turn:] + team[:turn]  # the heavy user of one page is not that of all
        return [urns.user(team[k].user) for k in self.chosen(name, n, len(team))]


def _opens_the_week(days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Whether it is the first business day of its week."""
    return np.asarray(next_business(days - weekday(days)) == days)
